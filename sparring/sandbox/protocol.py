"""The wire protocol between the arena and the code of an author.

A frame is a 4-byte little-endian length and a msgpack map; an array in it is ``{"dtype", "shape", "data"}`` with raw
little-endian bytes. The arena asks, the runner answers every request once, with the same number ``call``:

============================================================  =========================================
request                                                       answer
============================================================  =========================================
``load``: folder, kind, entry, game, limits, uid              ``ready``, then ``loaded``: lanes, batched; or ``failed``
``begin``: lanes, seats, seeds, seconds                       ``begun``: faults
``act``: lanes, observations, masks, rewards, seconds         ``acted``: actions, seconds, cpu, faults
``end``: lanes, scores, finals, seconds                       ``ended``
============================================================  =========================================

``seconds`` in a request is what each row may take (float64 [B], or [1] for all rows together). Before an answer the
runner may send ``working`` frames, which say that it goes on to the next row.

A program in another language speaks the same protocol, in simpler words: it gets ``load`` with the game, answers
``loaded``, and may leave out whatever it has nothing to say about (lanes, seconds, faults). Its answers to ``act`` may
be a list of numbers. ``docs/wire-protocol.md`` has an exchange byte by byte.

Only light imports: the runner reads this module.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply
from sparring.errors import AgentFault, SparringError

Message = dict[str, Any]

VERSION = 1
"""Raised when a program that keeps to the protocol would not be understood any more."""

HEADER = struct.Struct("<I")
MOST_ANSWER_BYTES = 16 * 1024 * 1024
"""The largest frame that the arena accepts from a runner."""
MOST_REQUEST_BYTES = 1024 * 1024 * 1024
FAULT_KINDS = ("illegal", "crash", "time", "memory", "start")
MOST_FAULT_TEXTS = 20
MOST_LISTED = 10_000
"""Numbers in an answer that is a list; a longer one is shown as it looks."""
MOST_MESSAGE = 1_000
MOST_LOG = 20_000


class FrameError(SparringError):
    """A frame that does not keep to the protocol."""


class OddAnswer:
    """Stands for an answer of an agent that is neither a number nor a text: only how it looks came through the pipe."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def pack(message: Message) -> bytes:
    """The frame of a message whose values are plain or come from ``pack_array``."""
    body: bytes = msgpack.packb(message)
    return HEADER.pack(len(body)) + body


def unpack(body: bytes | bytearray) -> Message:
    """The message in the body of a frame. Raises FrameError, whatever the bytes are."""
    try:
        message = msgpack.unpackb(body)
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError, msgpack.UnpackException) as error:
        raise FrameError(f"a frame is no msgpack: {str(error)[:100]}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise FrameError("a frame holds no map with a type")
    return message


def pack_array(array: NDArray[Any]) -> Message:
    """An array as a value of a message."""
    array = np.asarray(array, order="C")
    return {"dtype": array.dtype.str, "shape": array.shape, "data": array.data if array.size else b""}


def unpack_array(value: Any) -> NDArray[Any]:
    """The array of a trusted message, read-only. Raises FrameError."""
    try:
        return np.frombuffer(value["data"], np.dtype(value["dtype"])).reshape(value["shape"])
    except (TypeError, ValueError, KeyError, OverflowError, SyntaxError) as error:
        raise FrameError("a frame holds something that is no array") from error


def unpack_column(value: Any, dtype: str, rows: int, width: int | None = None) -> NDArray[Any]:
    """The array [rows] or [rows, width] of ``dtype`` of a message that nobody should trust. Raises FrameError."""
    wanted = np.dtype(dtype)
    shape = [rows] if width is None else [rows, width]
    if (
        not isinstance(value, dict)
        or value.get("dtype") != wanted.str
        or value.get("shape") != shape
        or not isinstance(value.get("data"), bytes)
        or len(value["data"]) != rows * (1 if width is None else width) * wanted.itemsize
    ):
        raise FrameError(f"a frame holds no {dtype} array of shape {shape} where one belongs")
    return np.frombuffer(value["data"], wanted).reshape(shape)


def pack_actions(actions: Sequence[object] | NDArray[Any], listed: bool = False) -> Message | list[Any]:
    """The answers of an agent: an array if all are numbers of one kind, else a list that keeps what each one was.

    ``listed``: an answer should be a list of numbers.
    """
    if isinstance(actions, np.ndarray):
        if actions.dtype.kind in "iu" and actions.dtype != np.uint64:
            return pack_array(actions.astype(np.int64, copy=False))
        if listed and actions.dtype.kind == "f":
            with np.errstate(over="ignore"):
                return pack_array(actions.astype(np.float32, copy=False))
        actions = list(actions)
    return [_pack_list(answer) if listed else _pack_answer(answer) for answer in actions]


def _pack_list(answer: object) -> Any:
    """An answer that should be a list, with each of its parts packed."""
    if type(answer) is np.ndarray and answer.ndim == 1:
        answer = list(answer)
    if type(answer) in (list, tuple) and len(answer) <= MOST_LISTED:  # type: ignore[arg-type]
        return [_pack_answer(part) for part in answer]  # type: ignore[attr-defined]
    return _pack_answer(answer)


def _pack_answer(answer: object) -> Any:
    if answer is None or isinstance(answer, (bool, np.bool_)):
        return None if answer is None else bool(answer)
    if isinstance(answer, (int, np.integer)) and -(2**63) <= int(answer) < 2**63:
        return int(answer)
    if isinstance(answer, (float, np.floating)):
        return float(answer)
    if type(answer) is str:
        return answer[:100].encode("utf-8", "replace").decode()
    try:
        text = repr(answer)[:100].encode("utf-8", "replace").decode()
    except Exception:  # noqa: BLE001  an author's __repr__ may raise anything, and the answer is wrong in any case
        text = "<something that can't be shown>"
    return {"odd": f"{type(answer).__name__} {text}"}


def unpack_actions(value: Any, rows: int, width: int | None = None) -> Sequence[object] | NDArray[Any]:
    """The answers of a message that nobody should trust. ``width``: how many numbers an action is a list of.

    Raises FrameError.
    """
    if isinstance(value, dict):
        floats = width is not None and value.get("dtype") == "<f4"
        return unpack_column(value, "<f4" if floats else "<i8", rows, width)
    if not isinstance(value, list) or len(value) != rows:
        raise FrameError(f"a frame does not hold {rows} answers")
    return [_unpack_answer(answer) if width is None else _unpack_list(answer) for answer in value]


def _unpack_list(answer: Any) -> object:
    if isinstance(answer, list) and len(answer) <= MOST_LISTED:
        return [_unpack_answer(part) for part in answer]
    return _unpack_answer(answer)


def _unpack_answer(answer: Any) -> object:
    if answer is None or isinstance(answer, (bool, int, float, str)):
        return answer
    if isinstance(answer, dict) and isinstance(answer.get("odd"), str):
        return OddAnswer(answer["odd"][:200])
    return OddAnswer("<something that can't be shown>")


def pack_faults(faults: Faults) -> Message:
    """Faults by row; texts that many rows share travel once, and only the first few different ones travel at all."""
    texts: dict[tuple[str, str, str], int] = {}
    which = []
    for fault in faults.values():
        text = (fault.kind, str(fault)[:MOST_MESSAGE], fault.log[-MOST_LOG:])
        which.append(texts.setdefault(text, len(texts)) if len(texts) < MOST_FAULT_TEXTS else texts.get(text, 0))
    rows = np.fromiter(faults, np.int64, len(faults))
    listed = [[_clean(part) for part in text] for text in texts]
    return {"rows": pack_array(rows), "which": pack_array(np.array(which, np.int64)), "texts": listed}


def unpack_faults(value: Any, rows: int) -> Faults:
    """The faults of a message that nobody should trust; None stands for none. Raises FrameError."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not isinstance(value.get("texts"), list):
        raise FrameError("a frame holds no faults where they belong")
    texts = [unpack_fault(text) for text in value["texts"][:MOST_FAULT_TEXTS]]
    listed = value.get("rows")
    shape = listed.get("shape") if isinstance(listed, dict) else None
    count = shape[0] if isinstance(shape, list) and len(shape) == 1 and isinstance(shape[0], int) else -1
    if not 0 <= count <= rows:
        raise FrameError("a frame holds faults of no rows")
    guilty = unpack_column(listed, "<i8", count)
    which = unpack_column(value.get("which"), "<i8", count)
    if count and (guilty.min() < 0 or guilty.max() >= rows or which.min() < 0 or which.max() >= len(texts)):
        raise FrameError("a frame holds faults of rows that were not asked for")
    return {row: texts[text] for row, text in zip(guilty.tolist(), which.tolist(), strict=True)}


def unpack_fault(value: Any) -> AgentFault:
    """One fault, ``[kind, message, log]``. Raises FrameError."""
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(part, str) for part in value):
        raise FrameError("a frame holds a fault that is none")
    kind, message, log = value
    return AgentFault(kind if kind in FAULT_KINDS else "crash", message[:MOST_MESSAGE], log[-MOST_LOG:])


def pack_fault(fault: AgentFault) -> list[str]:
    return [_clean(fault.kind), _clean(str(fault)[:MOST_MESSAGE]), _clean(fault.log[-MOST_LOG:])]


def unpack_reply(message: Message, rows: int, width: int | None = None) -> Reply:
    """The reply of an ``acted`` message that nobody should trust. Raises FrameError."""
    claimed = message.get("seconds")
    seconds = np.zeros(rows) if claimed is None else unpack_column(claimed, "<f8", rows)
    if not (np.isfinite(seconds).all() and (seconds >= 0).all()):
        raise FrameError("a frame holds times that are none")
    actions = unpack_actions(message.get("actions"), rows, width)
    cpu = seconds if message.get("cpu") is None else unpack_column(message["cpu"], "<f8", rows)
    if not (np.isfinite(cpu).all() and (cpu >= 0).all()):
        raise FrameError("a frame holds times that are none")
    return Reply(actions, seconds, unpack_faults(message.get("faults"), rows), cpu)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
