"""From a PyTorch network to an ONNX file, node by node, and the proof that both say the same.

Only the layers that our networks are made of can be exported; that needs the small package ``onnx`` and nothing else,
and gives a graph that a person can read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sparring.engine import Batch, Game
from sparring.errors import SparringError

if TYPE_CHECKING:
    from torch import Tensor, nn

OPSET = 20
IR_VERSION = 10
TOLERANCE = 1e-5


class ExportableNetwork(Protocol):
    """A body shared by two linear heads; called with observations, it answers (logits [B, A], values [B])."""

    body: nn.Sequential
    policy: nn.Linear
    value: nn.Linear

    def __call__(self, observations: Tensor) -> tuple[Tensor, Tensor]: ...


class _Graph:
    """Nodes and weights, collected in the order of the computation."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def weight(self, tensor: Any, name: str) -> str:
        array = tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else np.asarray(tensor)
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
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


def _layer_writers() -> dict[str, Callable[[_Graph, Any, str, str], str]]:
    return {
        "Flatten": lambda graph, _layer, _name, x: graph.add("Flatten", x, axis=1),
        "Linear": lambda graph, layer, name, x: graph.linear(layer, name, x),
        "Conv2d": lambda graph, layer, name, x: graph.convolution(layer, name, x),
        "ResidualBlock": lambda graph, layer, name, x: graph.residual(layer, name, x),
        "ReLU": lambda graph, _layer, _name, x: graph.add("Relu", x),
        "Tanh": lambda graph, _layer, _name, x: graph.add("Tanh", x),
        "GELU": lambda graph, _layer, _name, x: graph.add("Gelu", x),
        "SiLU": lambda graph, _layer, _name, x: graph.add("Mul", x, graph.add("Sigmoid", x)),
    }


def export_onnx(network: ExportableNetwork, game: Game) -> bytes:
    """The network as an ONNX file (see ``onnx_form``), whose answers on real positions are the network's own.

    Raises SparringError when they differ by more than 1e-5.
    """
    content = onnx_form(network, game)
    check_same(network, content, sample_observations(game))
    return content


def onnx_form(network: ExportableNetwork, game: Game) -> bytes:
    """An ONNX file: ``observations: dtype [B, *shape]`` in, ``logits [B, A]`` and ``values [B]`` out.

    Observations come in the game's own type. Legal actions are the caller's business. Raises SparringError for a layer
    that has no ONNX form.
    """
    graph, writers = _Graph(), _layer_writers()
    x = graph.add("Cast", "observations", to=TensorProto.FLOAT)
    for index, layer in enumerate(network.body):
        kind = type(layer).__name__
        if kind not in writers:
            raise SparringError(f"A layer of kind {kind} can't be exported to ONNX. Known: {', '.join(writers)}.")
        x = writers[kind](graph, layer, f"body.{index}", x)
    logits = graph.linear(network.policy, "policy", x)
    graph.add("Identity", logits, output="logits")
    value = graph.linear(network.value, "value", x)
    axes = graph.weight(np.array([1], np.int64), "value.axis")
    graph.add("Squeeze", value, axes, output="values")
    return bytes(_model(graph, game).SerializeToString())


def _model(graph: _Graph, game: Game) -> Any:
    element = helper.np_dtype_to_tensor_dtype(game.observation_dtype)
    inputs = [helper.make_tensor_value_info("observations", element, ["batch", *game.observation_shape])]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", game.num_actions]),
        helper.make_tensor_value_info("values", TensorProto.FLOAT, ["batch"]),
    ]
    body = helper.make_graph(graph.nodes, game.name, inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="sparring")
    onnx.checker.check_model(model)
    return model


def sample_observations(game: Game, positions: int = 256) -> NDArray[Any]:
    """Observations from random play: dtype [positions, *shape]."""
    batch = Batch(game, positions, seed=1)
    for _ in range(12):
        batch.step(batch.random_actions())
    return batch.observations.reshape(-1, *game.observation_shape)[:positions].copy()


def check_same(network: ExportableNetwork, content: bytes, observations: NDArray[Any]) -> float:
    """The largest difference between the network and its ONNX form. Raises SparringError above 1e-5."""
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    served = session.run(["logits", "values"], {"observations": observations})
    with torch.inference_mode():
        trained = [answer.numpy() for answer in network(torch.from_numpy(observations))]
    difference = max(float(np.abs(a - b).max()) for a, b in zip(served, trained, strict=True))
    if not difference <= TOLERANCE:
        raise SparringError(
            f"The exported network differs from the trained one by {difference:.2g}; {TOLERANCE} is allowed."
        )
    return difference
