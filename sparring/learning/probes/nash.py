"""How far a policy of a repeated matrix game is from Nash: exact, over everything that a seat can remember."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.matrix import RepeatedMatrix
from sparring.agents.exact.policies import uniform
from sparring.engine import Game
from sparring.learning.probes.probe import Policy, Probabilities, ProbeResult, as_probabilities
from sparring.learning.probes.yardstick import NASH_DISTANCE

ALARMING_SHARE = 0.1
"""Of the distance of uniform play, or of the largest payoff where uniform play is an equilibrium."""


class NashProbe:
    """What both seats together would gain a round if each answered the other's policy as well as can be: NashConv.

    A policy chooses by the last rounds that it sees. The best answer to it is worked out from the last round to the
    first over all these histories (dynamic programming), so it may use whatever the policy lets show. For one round it
    is ``sparring.ratings.nash.distance``. The equilibria of the round itself, played whatever happened, have distance
    0. ``H`` is the number of histories of a round, ``J`` that of joint choices.
    """

    yardstick = NASH_DISTANCE

    def __init__(self, game: Game) -> None:
        self.matrix = RepeatedMatrix(game)
        self.rounds, self.choices, self.payoffs = self.matrix.rounds, self.matrix.choices, self.matrix.payoffs
        self.baseline = self.measure(lambda observations, _: np.zeros(len(observations), np.int64), uniform).value

    def measure(
        self,
        policy: Policy,
        probabilities: Probabilities | None = None,
        thorough: bool = False,  # noqa: ARG002
    ) -> ProbeResult:
        """The distance, and what each seat would gain."""
        mixed = as_probabilities(policy, probabilities)
        layers = [
            tuple(
                self._normalised(mixed(observations, masks), seat) for seat, (observations, masks) in enumerate(views)
            )
            for views in self.matrix.views
        ]
        gains = [self._gain(layers, seat) / self.rounds for seat in (0, 1)]
        positions = sum(len(views[0][0]) for views in self.matrix.views)
        scale = getattr(self, "baseline", 0.0)
        margin = ALARMING_SHARE * (scale if scale > 0.01 else float(np.abs(self.payoffs).max()))
        details = {"gain_first": gains[0], "gain_second": gains[1]}
        return ProbeResult(max(0.0, sum(gains)), positions, details, NASH_DISTANCE, margin)

    def _normalised(self, chances: NDArray[np.float64], seat: int) -> NDArray[np.float64]:
        chances = chances[:, : self.choices[seat]]
        shares: NDArray[np.float64] = chances / chances.sum(axis=1, keepdims=True)
        return shares

    def _gain(self, layers: list[tuple[NDArray[np.float64], ...]], seat: int) -> float:
        """What ``seat`` wins more over a match by the best answer than by its own policy."""
        best = own = np.zeros(len(layers[-1][0]))
        for played in reversed(range(self.rounds)):
            first, second = layers[min(played, len(layers) - 1)]
            following = self._following(played, len(first))
            by_best, by_own = (self.payoffs[seat] + value[following] for value in (best, own))
            theirs = second if seat == 0 else first
            answers = np.einsum("hmn,hn->hm" if seat == 0 else "hmn,hm->hn", by_best, theirs)
            best = answers.max(axis=1)
            own = np.einsum("hmn,hm,hn->h", by_own, first, second)
        return float(best[0] - own[0])

    def _following(self, played: int, histories: int) -> NDArray[np.int64]:
        """The history that each joint choice leads to: int64 [H, m, n]; the oldest round is forgotten when full."""
        following = np.arange(histories)[:, None] * len(self.matrix.joint) + np.arange(len(self.matrix.joint))
        if played + 1 >= self.rounds:
            following[:] = 0
        if played >= self.matrix.recall:
            following %= histories
        return following.reshape(-1, *self.choices)
