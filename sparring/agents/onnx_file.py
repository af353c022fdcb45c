"""Looks at an ONNX file that somebody handed in without running it, or the library that would.

An ONNX file is a message of Protocol Buffers. Only what matters here is read: that it holds a graph, that its weights
lie in the file itself, and that its operators are ONNX's own. Field numbers: the schema ``onnx.proto3``.
"""

from __future__ import annotations

from collections.abc import Iterator

from sparring.errors import SparringError

DOMAINS = (b"", b"ai.onnx", b"ai.onnx.ml")
GRAPH, FUNCTIONS = 7, 25
"""Of a model."""
NODE, INITIALIZER, SPARSE_INITIALIZER = 1, 5, 15
"""Of a graph."""
OPERATOR, ATTRIBUTE, DOMAIN = 4, 5, 7
"""Of a node."""
TENSOR, SUBGRAPH, TENSORS, SUBGRAPHS, SPARSE_TENSOR, SPARSE_TENSORS = 5, 6, 10, 11, 22, 23
"""Of an attribute."""
SPARSE_VALUES, SPARSE_INDICES = 1, 2
EXTERNAL_DATA, DATA_LOCATION = 13, 14
"""Of a tensor."""
VARINT, EIGHT_BYTES, COUNTED, FOUR_BYTES = 0, 1, 2, 5
DEEPEST = 16

Fields = Iterator[tuple[int, "int | memoryview"]]


def check_network_file(content: bytes, name: str) -> None:
    """Raise SparringError, about the file ``name``, for what is no ONNX network or not one that may be handed in."""
    try:
        graphs = [value for field, value in _fields(memoryview(content)) if field == GRAPH]
        functions = any(field == FUNCTIONS for field, _ in _fields(memoryview(content)))
        if len(graphs) != 1 or not isinstance(graphs[0], memoryview) or not len(graphs[0]):
            raise SparringError(f"{name} is no ONNX network: it holds no graph.")
        if functions:
            raise SparringError(f"{name} defines functions of its own; export it with ONNX's own operators.")
        _check_graph(graphs[0], name, 0)
    except (IndexError, ValueError, TypeError) as error:
        raise SparringError(f"{name} is no ONNX network that can be read.") from error


def _check_graph(graph: memoryview, name: str, depth: int) -> None:
    if depth > DEEPEST:
        raise SparringError(f"{name} nests graphs more than {DEEPEST} deep.")
    for field, value in _fields(graph):
        if field == INITIALIZER:
            _check_tensor(_message(value), name)
        elif field == SPARSE_INITIALIZER:
            _check_sparse(_message(value), name)
        elif field == NODE:
            _check_node(_message(value), name, depth)


def _check_node(node: memoryview, name: str, depth: int) -> None:
    parts = list(_fields(node))
    texts = {field: bytes(_message(value)) for field, value in parts if field in (OPERATOR, DOMAIN)}
    if texts.get(DOMAIN, b"") not in DOMAINS:
        operator, domain = (texts.get(field, b"").decode(errors="replace")[:60] for field in (OPERATOR, DOMAIN))
        raise SparringError(f"{name} uses the operator {operator} of '{domain}'; only ONNX's own may be used.")
    for field, value in parts:
        if field == ATTRIBUTE:
            _check_attribute(_message(value), name, depth)


def _check_attribute(attribute: memoryview, name: str, depth: int) -> None:
    for field, value in _fields(attribute):
        if field in (TENSOR, TENSORS):
            _check_tensor(_message(value), name)
        elif field in (SPARSE_TENSOR, SPARSE_TENSORS):
            _check_sparse(_message(value), name)
        elif field in (SUBGRAPH, SUBGRAPHS):
            _check_graph(_message(value), name, depth + 1)


def _check_sparse(tensor: memoryview, name: str) -> None:
    for field, value in _fields(tensor):
        if field in (SPARSE_VALUES, SPARSE_INDICES):
            _check_tensor(_message(value), name)


def _check_tensor(tensor: memoryview, name: str) -> None:
    for field, value in _fields(tensor):
        if field == EXTERNAL_DATA or (field == DATA_LOCATION and value != 0):
            raise SparringError(f"{name} keeps weights in another file; export it with everything in one file.")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number where a message belongs")
    return value


def _fields(message: memoryview) -> Fields:
    """Number and value of each field. Raises IndexError or ValueError where the message ends too early."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == COUNTED:
            size, at = _varint(message, at)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            size = 8 if kind == EIGHT_BYTES else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if at + size > len(message):
            raise ValueError("a field that ends after its message")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for place in range(10):
        byte = message[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("a number without end")
