"""Small games solved by looking at every position that can arise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.policies import shared
from sparring.engine import Game, States, load_game

MAX_POSITIONS = 1_000_000
ILLEGAL = -2
"""Stands for the value of an action that is not legal."""


@dataclass
class Layer:
    """All distinct positions at one ply, none of them over. ``[n]`` positions, ``[A]`` actions."""

    states: States
    masks: NDArray[np.bool_]
    outcome: NDArray[np.int8]
    """int8 [n, A]: 1, 0, -1 for the mover if the action ends the match, else ``ILLEGAL``."""
    child: NDArray[np.int64]
    """int64 [n, A]: index of the position in the next layer, or -1."""
    values: NDArray[np.int8]
    """int8 [n, A]: what each action comes to for the mover under perfect play of both, or ``ILLEGAL``."""


class ExhaustiveSolution:
    """Perfect play of a small game of two alternating seats with perfect information and no chance.

    Actions that come to the same result are taken equally often.
    """

    def __init__(self, game: Game) -> None:
        self._values: dict[bytes, NDArray[np.int8]] = {}
        for layer in solved_layers(game):
            for seen, values in zip(game.observe(layer.states, layer.states["seat"]), layer.values, strict=True):
                self._values[seen.tobytes()] = values

    @classmethod
    def of(cls, game: Game) -> ExhaustiveSolution:
        """The solution of the game, worked out once in a process."""
        return _solution(game.name, tuple(game.options.items()))

    def __call__(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:  # noqa: ARG002
        values = np.stack([self._values[seen.tobytes()] for seen in observations])
        return shared(values == values.max(axis=1, keepdims=True))


@cache
def _solution(name: str, options: tuple[tuple[str, Any], ...]) -> ExhaustiveSolution:
    return ExhaustiveSolution(load_game(name, dict(options)))


def solved_layers(game: Game) -> list[Layer]:
    """Every position of the game, ply by ply, with the value of each action. Raises ValueError for too large a game."""
    layers = _all_positions(game)
    _solve(layers)
    return layers


def _all_positions(game: Game) -> list[Layer]:
    """Every position reachable from the start, ply by ply, with what each action leads to."""
    layers: list[Layer] = []
    states, count = game.new_states(np.zeros(1, np.uint64)), 1
    while len(states):
        masks = game.legal(states, states["seat"])
        parents, actions = masks.nonzero()
        after = states[parents]
        movers = after["seat"].copy()
        rewards = game.play(after, actions)
        over = after["over"]
        outcome = np.full(masks.shape, ILLEGAL, np.int8)
        own = np.sign(rewards[np.arange(len(parents)), movers])
        outcome[parents[over], actions[over]] = own[over]
        going_on = after[~over]
        first, index = _distinct(going_on)
        child = np.full(masks.shape, -1, np.int64)
        child[parents[~over], actions[~over]] = index
        layers.append(Layer(states, masks, outcome, child, np.full(masks.shape, ILLEGAL, np.int8)))
        states = going_on[first]
        count += len(states)
        if count > MAX_POSITIONS:
            raise ValueError(
                f"{game.title} has more than {MAX_POSITIONS} positions; it can't be solved by looking at all."
            )
    return layers


def _distinct(states: States) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that stand for all, and for each record the number of the row that equals it in all but the random state."""
    if not len(states):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    fields = [name for name in states.dtype.names if name != "random"]
    parts = [np.ascontiguousarray(states[name]).reshape(len(states), -1).view(np.uint8) for name in fields]
    joined = np.ascontiguousarray(np.concatenate(parts, axis=1))
    keys = joined.view(np.dtype((np.void, joined.shape[1]))).ravel()
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    return first, index.ravel()


def _solve(layers: list[Layer]) -> None:
    """Fill in ``values``, from the last ply back to the first."""
    following = np.zeros(0, np.int8)
    for layer in reversed(layers):
        inner = layer.child >= 0
        layer.values[:] = layer.outcome
        layer.values[inner] = -following[layer.child[inner]]
        following = layer.values.max(axis=1)
