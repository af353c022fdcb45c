"""From a PyTorch network to an ONNX file, and the proof that both say the same.

Inputs: ``observations``, in the game's own type, [B, *shape], or [B, frames, *shape] for a network that sees its last
observations, too; where an action is several choices also ``masks`` and ``noise`` (see ``onnx_policies.py``); and
``memory [B, 2 W]`` of a network that remembers: zeros in a seat's first turn, then ``memory_after`` of the turn before.
Outputs: ``logits [B, A]``, and the ``actions`` of several heads; or ``means`` and ``deviations`` [B, n] for a box; and
``values [B]``, in the learner's units of reward, unless the value looks at more than its own seat can see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from sparring.engine import Batch, Game
from sparring.errors import SparringError
from sparring.models.onnx_graph import FLOAT, Graph
from sparring.models.onnx_policies import Ends, Facing, write_policy

if TYPE_CHECKING:
    from torch import Tensor, nn

OPSET = 20
IR_VERSION = 10
TOLERANCE = 1e-5
PRESENT = (0,)


class ExportableNetwork(Protocol):
    """Layers, a policy and a value; called with observations, it answers (logits [B, A], values [B]).

    It may also have ``normalise``, ``bearings``, ``actor``, ``critic_body``, ``critic``, ``privileged`` and
    ``value_scale``, as ``sparring.learning.networks.PolicyValueNetwork`` has them.
    """

    body: nn.Sequential
    policy: Any
    value: nn.Linear

    def __call__(self, observations: Tensor, **known: Tensor) -> tuple[Tensor, Tensor]: ...


def export_onnx(network: ExportableNetwork, game: Game, past: Sequence[int] = PRESENT) -> bytes:
    """The network as an ONNX file (see ``onnx_form``), whose answers on real positions are the network's own.

    Raises SparringError when they differ by more than 1e-5.
    """
    content = onnx_form(network, game, past)
    inputs = sample_inputs(game, past)
    if getattr(network, "memory", None) is not None:
        inputs["memory"] = sample_memory(network, len(inputs["observations"]))
    check_same(network, content, inputs)
    return content


def onnx_form(network: ExportableNetwork, game: Game, past: Sequence[int] = PRESENT) -> bytes:
    """An ONNX file with the inputs and outputs above; ``past`` are the ages of the frames that the network sees.

    Raises SparringError for a layer that has no ONNX form.
    """
    graph = Graph()
    seen = graph.add("Cast", "observations", to=FLOAT)
    bearings, normalise = getattr(network, "bearings", None), getattr(network, "normalise", None)
    turned, side = "", ""
    if bearings is not None:
        seen, turned, side = graph.own_body(bearings, "bearings", seen)
    if normalise is not None:
        seen = graph.normaliser(normalise, "normalise", seen)
    if turned:
        seen = graph.add("Concat", seen, turned, axis=1)
    body = graph.layers(network.body, "body", seen)
    cell = getattr(network, "memory", None)
    if cell is not None:
        body = graph.memory(cell, "memory", body)
    facing = Facing(bearings, side) if bearings is not None and bearings.sides > 1 else None
    features = graph.layers(getattr(network, "actor", ()), "actor", body)
    ends = write_policy(graph, network.policy, features, game, facing)
    if not getattr(network, "privileged", False):
        critic_body = getattr(network, "critic_body", None)
        features = body if critic_body is None else graph.layers(critic_body, "critic_body", seen)
        _write_values(graph, network, graph.layers(getattr(network, "critic", ()), "critic", features))
        ends.outputs.append(("values", FLOAT, []))
    if cell is not None:
        ends.inputs.append(("memory", FLOAT, [2 * cell.hidden_size]))
        ends.outputs.append(("memory_after", FLOAT, [2 * cell.hidden_size]))
    element = helper.np_dtype_to_tensor_dtype(game.observation_dtype)
    frames = [] if len(past) == 1 else [len(past)]
    ends.inputs.insert(0, ("observations", element, [*frames, *game.observation_shape]))
    return bytes(_model(graph, ends, game, past).SerializeToString())


def _write_values(graph: Graph, network: Any, features: str) -> None:
    value = graph.linear(network.value, "value", features)
    flat = graph.add("Squeeze", value, graph.weight(np.array([1], np.int64), "value.axis"))
    scale = graph.weight(np.float32(getattr(network, "value_scale", 1.0)), "value.scale")
    graph.add("Mul", flat, scale, output="values")


def _model(graph: Graph, ends: Ends, game: Game, past: Sequence[int]) -> Any:
    inputs, outputs = ends.declared(ends.inputs), ends.declared(ends.outputs)
    body = helper.make_graph(graph.nodes, game.name, inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="sparring")
    helper.set_model_props(model, {"frames": json.dumps(list(past))})
    onnx.checker.check_model(model)
    return model


def sample_observations(game: Game, positions: int = 256) -> NDArray[Any]:
    """Observations from random play: dtype [positions, *shape]."""
    return sample_inputs(game, positions=positions)["observations"]


def sample_inputs(game: Game, past: Sequence[int] = PRESENT, positions: int = 256) -> dict[str, NDArray[Any]]:
    """Inputs from random play: observations, and masks and noise where an action is several choices."""
    batch = Batch(game, positions, seed=1)
    seen = []
    for _ in range(12):
        batch.step(batch.random_actions())
        seen.append(batch.observations.reshape(-1, *game.observation_shape)[:positions].copy())
    frames = np.stack([seen[-1 - age % len(seen)] for age in past], axis=1)
    inputs = {"observations": frames if len(past) > 1 else frames[:, 0]}
    if game.action_kind == "multi_discrete":
        masks = batch.masks.reshape(-1, game.num_actions)[:positions].copy()
        inputs |= {"masks": masks, "noise": np.random.default_rng(1).gumbel(size=masks.shape).astype(np.float32)}
    return inputs


def sample_memory(network: Any, positions: int) -> NDArray[np.float32]:
    """Memories float32 [positions, 2 W]."""
    shape = (positions, 2 * network.memory.hidden_size)
    return np.random.default_rng(2).uniform(-1, 1, shape).astype(np.float32)


def check_same(network: ExportableNetwork, content: bytes, inputs: Mapping[str, NDArray[Any]] | NDArray[Any]) -> float:
    """The largest difference between the network and its ONNX form. Raises SparringError above 1e-5.

    ``inputs`` by name, or the observations alone. Numbers beyond 1 count in shares of the largest, because that is how
    float32 rounds; values count in shares of what a value of the network is worth.
    """
    import onnxruntime
    import torch

    given = dict(inputs) if isinstance(inputs, Mapping) else {"observations": inputs}
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    served = dict(zip(names, session.run(names, given), strict=True))
    with torch.inference_mode():
        observations: Any = torch.from_numpy(given["observations"])
        chosen = {"actions": torch.from_numpy(served["actions"])} if "actions" in served else {}
        known = {"memory": torch.from_numpy(given["memory"])} if "memory" in given else {}
        said, values = network(observations, **chosen, **known)
        if "memory" in given:
            remembered = network.look(observations, None, known["memory"]).memory.numpy()  # type: ignore[attr-defined]
    if "means" in served:
        middle, reach = (_constant(content, name) for name in ("box.middle", "box.reach"))
        normals = [(served["means"] - middle) / reach, np.log(served["deviations"] / reach)]
        pairs = [(np.concatenate(normals, axis=1), said.numpy())]
    else:
        pairs = [(served["logits"], said.numpy())]
    if "memory" in given:
        pairs.append((served["memory_after"], remembered))
    if "values" in served:
        scale = float(getattr(network, "value_scale", 1.0))
        pairs.append((served["values"] / scale, values.numpy() / scale))
    difference = max(float(np.abs(a - b).max()) / max(1.0, float(np.abs(b).max())) for a, b in pairs)
    if not difference <= TOLERANCE:
        raise SparringError(
            f"The exported network differs from the trained one by {difference:.2g}; {TOLERANCE} is allowed."
        )
    return difference


def _constant(content: bytes, name: str) -> NDArray[Any]:
    weights = onnx.load_model_from_string(content).graph.initializer
    array: NDArray[Any] = next(numpy_helper.to_array(weight) for weight in weights if weight.name == name)
    return array
