"""An exact probe for small games: every position that can arise is solved, and every line of play is walked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.exhaustive import solved_layers
from sparring.engine import Game
from sparring.learning.probes.probe import Policy, Probabilities, ProbeResult, preserving, uniform_share
from sparring.learning.probes.yardstick import SHARE


class ExhaustiveProbe:
    """Solves a small game of two alternating seats with perfect information and no chance.

    The share is taken over all positions in which the legal moves differ in their result. ``never_loses`` in the
    details is 1.0 when the policy loses no line of play in either seat, whatever the opponent does.
    """

    yardstick = SHARE

    def __init__(self, game: Game) -> None:
        self.game = game
        self._layers = solved_layers(game)
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

    def measure(
        self,
        policy: Policy,
        probabilities: Probabilities | None = None,  # noqa: ARG002
        thorough: bool = False,  # noqa: ARG002
    ) -> ProbeResult:
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
