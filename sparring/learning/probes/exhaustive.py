"""An exact probe for small games: every position that can arise is solved, and every line of play is walked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game, States
from sparring.learning.probes.probe import ILLEGAL, Policy, ProbeResult, preserving, uniform_share

MAX_POSITIONS = 1_000_000


@dataclass
class _Layer:
    """All distinct positions at one ply, none of them over. ``[n]`` positions, ``[A]`` actions."""

    states: States
    masks: NDArray[np.bool_]
    outcome: NDArray[np.int8]
    """int8 [n, A]: 1, 0, -1 for the mover if the action ends the match, else ``ILLEGAL``."""
    child: NDArray[np.int64]
    """int64 [n, A]: index of the position in the next layer, or -1."""
    values: NDArray[np.int8]
    """int8 [n, A]: what each action comes to for the mover under perfect play of both, or ``ILLEGAL``."""


class ExhaustiveProbe:
    """Solves a small game of two alternating seats with perfect information and no chance.

    The share is taken over all positions in which the legal moves differ in their result. ``never_loses`` in the
    details is 1.0 when the policy loses no line of play in either seat, whatever the opponent does.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self._layers = _all_positions(game)
        _solve(self._layers)
        observations = [game.observe(layer.states, layer.states["seat"]) for layer in self._layers]
        self.observations = np.concatenate(observations)
        self.masks = np.concatenate([layer.masks for layer in self._layers])
        self.values = np.concatenate([layer.values for layer in self._layers])
        self._right = preserving(self.values)
        self._telling = (self._right.sum(axis=1) < self.masks.sum(axis=1)).nonzero()[0]
        self.baseline = uniform_share(self.values[self._telling])

    @property
    def value(self) -> int:
        """The value of the game for the seat that begins: 1, 0 or -1."""
        return int(self._layers[0].values.max())

    def measure(self, policy: Policy) -> ProbeResult:
        """Ask the policy in every position that can arise, and walk every line of play from both seats."""
        choices = policy(self.observations, self.masks)
        kept = self._right[self._telling, choices[self._telling]]
        lost = [self.lost_lines(choices, seat) for seat in (0, 1)]
        details = {"never_loses": float(sum(lost) == 0), "lost_first": float(lost[0]), "lost_second": float(lost[1])}
        return ProbeResult(float(kept.mean()), len(kept), details)

    def lost_lines(self, choices: NDArray[np.int64], seat: int) -> int:
        """How many distinct final moves lose for ``seat``, which plays ``choices``, against every play of the other.

        ``choices``: int64 [N], the action in each of ``observations``.
        """
        lost, offset = 0, 0
        reached = np.ones(1, np.bool_)
        for ply, layer in enumerate(self._layers):
            allowed = layer.masks & reached[:, None]
            own = layer.states["seat"] == seat
            chosen = np.zeros_like(allowed)
            chosen[np.arange(len(own)), choices[offset : offset + len(own)]] = True
            allowed &= chosen | ~own[:, None]
            losing = np.where(own, -1, 1).astype(np.int8)[:, None]
            lost += int((allowed & (layer.outcome == losing)).sum())
            offset += len(own)
            if ply + 1 < len(self._layers):
                reached = np.zeros(len(self._layers[ply + 1].states), np.bool_)
                reached[layer.child[allowed & (layer.child >= 0)]] = True
        return lost


def _all_positions(game: Game) -> list[_Layer]:
    """Every position reachable from the start, ply by ply, with what each action leads to."""
    layers: list[_Layer] = []
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
        layers.append(_Layer(states, masks, outcome, child, np.full(masks.shape, ILLEGAL, np.int8)))
        states = going_on[first]
        count += len(states)
        if count > MAX_POSITIONS:
            raise ValueError(f"{game.title} has more than {MAX_POSITIONS} positions; it can't be probed exhaustively.")
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


def _solve(layers: list[_Layer]) -> None:
    """Fill in ``values``, from the last ply back to the first."""
    following = np.zeros(0, np.int8)
    for layer in reversed(layers):
        inner = layer.child >= 0
        layer.values[:] = layer.outcome
        layer.values[inner] = -following[layer.child[inner]]
        following = layer.values.max(axis=1)
