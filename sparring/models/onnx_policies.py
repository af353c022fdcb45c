"""What a policy says, in an ONNX file: logits, actions chosen head by head, or the normal distribution of a point.

Several heads are chosen inside the graph, because each may depend on what the earlier ones chose: by mask, by the
game's dependencies, and by what the network makes of them. It takes ``masks: bool [B, L]`` and ``noise: float32
[B, L]``, which is added to the logits before the best option is taken: zeros for the best action, Gumbel noise for a
draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import helper

from sparring.engine import Game
from sparring.models.onnx_graph import BOOL, FLOAT, INT64, Graph

NEVER = -1e30


@dataclass
class Ends:
    """Inputs and outputs of a graph: (name, element type, sides after the batch)."""

    inputs: list[tuple[str, int, list[int]]] = field(default_factory=list)
    outputs: list[tuple[str, int, list[int]]] = field(default_factory=list)

    def declared(self, which: list[tuple[str, int, list[int]]]) -> list[Any]:
        return [helper.make_tensor_value_info(name, element, ["batch", *sides]) for name, element, sides in which]


@dataclass
class Facing:
    """The side of a body that is called its front: what is said of actions has to be turned."""

    bearings: Any
    """See ``OwnBody`` of the networks."""
    side: str
    """[B, G]: 1 for the side."""


def write_policy(graph: Graph, policy: Any, features: str, game: Game, facing: Facing | None = None) -> Ends:
    """Add what the policy says of ``features``; returns the inputs that it takes and the outputs that it has."""
    kind = type(policy).__name__
    if kind == "Gaussian":
        return _write_normals(graph, policy, features, game, facing)
    if kind == "Linear":
        graph.add("Identity", graph.linear(policy, "policy", features), output="logits")
        return Ends(outputs=[("logits", FLOAT, [game.num_actions])])
    return _write_heads(graph, policy, features, game)


def _write_normals(graph: Graph, policy: Any, features: str, game: Game, facing: Facing | None) -> Ends:
    assert game.low is not None
    assert game.high is not None
    middle = graph.weight((game.high + game.low) / 2, "box.middle")
    reach = graph.weight((game.high - game.low) / 2, "box.reach")
    means, size = graph.linear(policy.mean, "policy.mean", features), [game.action_shape[0]]
    deviations = policy.log_deviation.detach().exp().numpy()
    if facing is not None:
        means, deviations = _turned(graph, means, deviations, facing)
    graph.add("Add", graph.add("Mul", means, reach), middle, output="means")
    spread = graph.weight(np.asarray(deviations * (game.high - game.low) / 2, np.float32), "policy.deviations")
    if facing is not None:
        graph.add("MatMul", facing.side, spread, output="deviations")
    else:
        zero = graph.weight(np.float32(0), "policy.zero")
        graph.add("Add", graph.add("Mul", means, zero), spread, output="deviations")
    return Ends(outputs=[("means", FLOAT, size), ("deviations", FLOAT, size)])


def _turned(graph: Graph, means: str, deviations: Any, facing: Facing) -> tuple[str, Any]:
    """Means as they are meant for the body, and deviations [G, n] for each side."""
    bearings, size = facing.bearings, len(deviations)
    meant = graph.add("MatMul", means, graph.weight(bearings.moves, "policy.moves"))
    side = graph.reshaped(facing.side, -1, bearings.sides, 1)
    moved = deviations @ abs(bearings.moves.numpy())
    return graph.of_side(graph.reshaped(meant, -1, bearings.sides, size), side), moved.reshape(bearings.sides, size)


def _write_heads(graph: Graph, policy: Any, features: str, game: Game) -> Ends:
    width, starts = game.num_actions, game.actions.starts
    masks = graph.split("masks", game.heads, "mask")
    noise = graph.split("noise", game.heads, "noise_of_head")
    linear = type(policy).__name__ == "LinearHeads"
    own = graph.split(graph.linear(policy.own, "policy.own", features), game.heads, "own") if linear else []
    never = graph.weight(np.float32(NEVER), "never")
    chosen, actions, logits = "", [], []
    for head, size in enumerate(game.heads):
        if linear:
            said = _add_earlier(graph, policy, own[head], chosen, head, starts)
        else:
            said = graph.layers(
                policy.heads[head], f"policy.heads.{head}", _beside(graph, policy, features, chosen, head)
            )
        legal = _legal(graph, game, masks[head], chosen, head)
        scores = graph.add("Where", legal, graph.add("Add", said, noise[head]), never)
        best = graph.add("ArgMax", scores, axis=1, keepdims=1)
        options = graph.weight(np.arange(size, dtype=np.int64), f"options.{head}")
        one_hot = graph.add("Cast", graph.add("Equal", best, options), to=FLOAT)
        chosen = graph.add("Concat", chosen, one_hot, axis=1) if chosen else one_hot
        actions.append(best)
        logits.append(said)
    graph.add("Concat", *logits, output="logits", axis=1)
    graph.add("Concat", *actions, output="actions", axis=1)
    return Ends(
        inputs=[("masks", BOOL, [width]), ("noise", FLOAT, [width])],
        outputs=[("logits", FLOAT, [width]), ("actions", INT64, [len(game.heads)])],
    )


def _add_earlier(graph: Graph, policy: Any, own: str, chosen: str, head: int, starts: Any) -> str:
    """Logits of a head with what the choices of earlier heads add."""
    if not chosen or not policy.autoregressive:
        return own
    table = policy.table().detach().numpy()[starts[head] : starts[head + 1], : starts[head]]
    return graph.add("Add", own, graph.add("MatMul", chosen, graph.weight(table.T, f"policy.earlier.{head}")))


def _beside(graph: Graph, policy: Any, features: str, chosen: str, head: int) -> str:
    """Features, and beside them the choices of earlier heads."""
    if not chosen or not policy.autoregressive:
        return features
    seen = sum(policy.sizes[:head])
    spread = policy.spread.numpy()[:seen, :seen].T
    before = graph.add("MatMul", chosen, graph.weight(spread, f"policy.spread.{head}"))
    return graph.add("Concat", features, before, axis=1)


def _legal(graph: Graph, game: Game, mask: str, chosen: str, head: int) -> str:
    """Where the mask allows an option, and no choice of an earlier head forbids it."""
    if game.allows is None or not chosen:
        return mask
    starts = game.actions.starts
    forbids = ~game.allows[starts[head] : starts[head + 1], : starts[head]].T
    if not forbids.any():
        return mask
    against = graph.add("MatMul", chosen, graph.weight(forbids.astype(np.float32), f"forbids.{head}"))
    half = graph.weight(np.float32(0.5), f"half.{head}")
    return graph.add("And", mask, graph.add("Less", against, half))
