"""The graph of an ONNX file, put together node by node from the layers of a PyTorch network.

Only the layers that our networks are made of can be written; that needs the small package ``onnx`` and nothing else,
and gives a graph that a person can read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from sparring.errors import SparringError

if TYPE_CHECKING:
    from torch import nn


class Graph:
    """Nodes and weights, collected in the order of the computation. Names stand for what flows between nodes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """A node; returns the name of its output."""
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def weight(self, tensor: Any, name: str) -> str:
        """A constant: a torch tensor or an array."""
        array = tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else np.asarray(tensor)
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def split(self, name: str, sizes: Iterable[int], label: str) -> list[str]:
        """[B, L] cut into [B, size] one after the other."""
        sizes = list(sizes)
        outputs = [f"{label}_{index}" for index in range(len(sizes))]
        lengths = self.weight(np.array(sizes, np.int64), f"{label}.sizes")
        self.nodes.append(helper.make_node("Split", [name, lengths], outputs, axis=1))
        return outputs

    def layers(self, layers: Iterable[nn.Module], prefix: str, name: str) -> str:
        """One layer after the other. Raises SparringError for one that has no ONNX form."""
        writers = _layer_writers()
        for index, layer in enumerate(layers):
            kind = type(layer).__name__
            if kind not in writers:
                raise SparringError(f"A layer of kind {kind} can't be exported to ONNX. Known: {', '.join(writers)}.")
            name = writers[kind](self, layer, f"{prefix}.{index}", name)
        return name

    def linear(self, layer: nn.Linear, name: str, input_name: str) -> str:
        weight, bias = self.weight(layer.weight, f"{name}.weight"), self.weight(layer.bias, f"{name}.bias")
        return self.add("Gemm", input_name, weight, bias, transB=1)

    def convolution(self, layer: nn.Conv2d, name: str, input_name: str) -> str:
        weight, bias = self.weight(layer.weight, f"{name}.weight"), self.weight(layer.bias, f"{name}.bias")
        pads = [int(side) for side in layer.padding] * 2
        return self.add("Conv", input_name, weight, bias, kernel_shape=list(layer.kernel_size), pads=pads)

    def residual(self, block: Any, name: str, input_name: str) -> str:
        inner = self.add("Relu", self.convolution(block.first, f"{name}.first", input_name))
        return self.add("Relu", self.add("Add", input_name, self.convolution(block.second, f"{name}.second", inner)))

    def memory(self, cell: Any, name: str, input_name: str) -> str:
        """What an LSTM makes of its input and of ``memory [B, 2 W]``; ``memory_after`` is what is remembered then."""
        width = cell.hidden_size
        hidden, kept = self.split("memory", [width, width], f"{name}.before")
        gates = []
        for part, x in (("ih", input_name), ("hh", hidden)):
            weight = self.weight(getattr(cell, f"weight_{part}"), f"{name}.weight_{part}")
            bias = self.weight(getattr(cell, f"bias_{part}"), f"{name}.bias_{part}")
            gates.append(self.add("Gemm", x, weight, bias, transB=1))
        take, keep, new, show = self.split(self.add("Add", *gates), [width] * 4, f"{name}.gates")
        taken = self.add("Mul", self.add("Sigmoid", take), self.add("Tanh", new))
        after = self.add("Add", self.add("Mul", self.add("Sigmoid", keep), kept), taken)
        shown = self.add("Mul", self.add("Sigmoid", show), self.add("Tanh", after))
        self.add("Concat", shown, after, output="memory_after", axis=1)
        return shown

    def planes(self, layer: Any, name: str, input_name: str) -> str:
        if not layer.sides:
            return self.add("Flatten", input_name, axis=1)
        sides = self.weight(np.array([0, -1, *layer.sides], np.int64), f"{name}.shape")
        return self.add("Reshape", input_name, sides)

    def own_body(self, layer: Any, name: str, seen: str) -> tuple[str, str, str]:
        """See ``OwnBody`` of the networks; the names of its three answers."""
        size, sides = layer.views.shape[0], layer.sides
        rows = self.reshaped(self.add("MatMul", seen, self.weight(layer.views, f"{name}.views")), -1, size)
        turned = self.reshaped(self.from_own_body(layer.from_front, f"{name}.front", rows), -1, sides, layer.width)
        ahead = self.weight(np.array([layer.from_front.AHEAD], np.int64), f"{name}.ahead")
        best = self.add("ArgMax", self.add("Gather", turned, ahead, axis=2), axis=1, keepdims=1)
        numbers = self.weight(np.arange(sides, dtype=np.int64)[:, None], f"{name}.sides")
        side = self.add("Cast", self.add("Equal", best, numbers), to=FLOAT)
        view = self.of_side(self.reshaped(rows, -1, sides, size), side)
        view = self.add("Mul", view, self.weight(layer.kept, f"{name}.kept"))
        return view, self.of_side(turned, side), self.reshaped(side, -1, sides)

    def reshaped(self, name: str, *shape: int) -> str:
        return self.add("Reshape", name, self.weight(np.array(shape, np.int64), f"{name}.shape.{len(self.nodes)}"))

    def of_side(self, each: str, side: str) -> str:
        """[B, G, n] of all sides, and which side it is, [B, G, 1] as 0 and 1 -> [B, n]."""
        axis = self.weight(np.array([1], np.int64), f"{each}.axis")
        return self.add("ReduceSum", self.add("Mul", each, side), axis, keepdims=0)

    def from_own_body(self, layer: Any, name: str, seen: str) -> str:
        """Quadratic forms of attitudes, and vectors turned by the own one: see ``FromOwnBody`` of the networks."""
        weights = ("left", "right", "sums", "constants", "along", "across")
        left, right, sums, constants, *axes = (self.weight(getattr(layer, each), f"{name}.{each}") for each in weights)
        products = self.add("Mul", *(self.add("Gather", seen, places, axis=1) for places in (left, right)))
        forms = self.add("Gemm", products, sums, constants)
        sizes = [1, layer.bodies - 1, 1, layer.bodies - 1, 3 * layer.bodies]
        own_along, along, own_across, across, upright = self.split(forms, sizes, f"{name}.forms")
        squares = (self.add("Mul", part, part) for part in (own_along, own_across))
        length = self.add("Sqrt", self.add("Add", *squares))
        length = self.add("Add", length, self.weight(np.float32(layer.TINY), f"{name}.tiny"))
        cosine, sine = (self.add("Div", part, length) for part in (own_along, own_across))
        xs, ys = (
            self.add("Concat", self.add("MatMul", seen, axis), looks, axis=1)
            for axis, looks in zip(axes, (along, across), strict=True)
        )
        ahead = self.add("Add", self.add("Mul", cosine, xs), self.add("Mul", sine, ys))
        aside = self.add("Sub", self.add("Mul", cosine, ys), self.add("Mul", sine, xs))
        return self.add("Concat", ahead, aside, upright, axis=1)

    def normaliser(self, layer: Any, name: str, input_name: str) -> str:
        mean = self.weight(layer.mean, f"{name}.mean")
        deviation = self.weight(layer.deviation, f"{name}.deviation")
        limits = [self.weight(np.float32(sign * layer.limit), f"{name}.{sign}") for sign in (-1, 1)]
        return self.add("Clip", self.add("Div", self.add("Sub", input_name, mean), deviation), *limits)


def _layer_writers() -> dict[str, Callable[[Graph, Any, str, str], str]]:
    return {
        "Flatten": lambda graph, _layer, _name, x: graph.add("Flatten", x, axis=1),
        "Planes": lambda graph, layer, name, x: graph.planes(layer, name, x),
        "Linear": lambda graph, layer, name, x: graph.linear(layer, name, x),
        "Conv2d": lambda graph, layer, name, x: graph.convolution(layer, name, x),
        "ResidualBlock": lambda graph, layer, name, x: graph.residual(layer, name, x),
        "Normaliser": lambda graph, layer, name, x: graph.normaliser(layer, name, x),
        "Dropout": lambda _graph, _layer, _name, x: x,
        "ReLU": lambda graph, _layer, _name, x: graph.add("Relu", x),
        "Tanh": lambda graph, _layer, _name, x: graph.add("Tanh", x),
        "GELU": lambda graph, _layer, _name, x: graph.add("Gelu", x),
        "SiLU": lambda graph, _layer, _name, x: graph.add("Mul", x, graph.add("Sigmoid", x)),
    }


FLOAT, BOOL, INT64 = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT64
