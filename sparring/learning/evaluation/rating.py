"""A learner's rating against reference agents, whom it meets the more often the nearer their rating is to its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sparring.agents.spec import load
from sparring.engine import Game
from sparring.matches import play_duel
from sparring.ratings.bradley_terry import POINTS_A_LOGIT, expected_score, fit

MATCHES_AMONG_THEM = 40
"""Between each two reference agents, once."""
REACH = 400.0
"""A difference of so many points makes an opponent e times rarer."""
DRIFT = 150.0
"""By how many points (a standard deviation) a learner may have moved since it was last measured."""
FIRST_DOUBT = 1000.0
"""The same before it was ever measured."""


@dataclass(frozen=True)
class Rating:
    """A rating in Elo-like points above the mean of the reference agents, and its standard error."""

    value: float
    error: float


class ReferenceRatings:
    """Ratings of the reference agents among each other, and the learner's, match by match."""

    def __init__(self, game: Game, agents: list[str], seed: int) -> None:
        self.agents = agents
        self.ratings = _among_themselves(game, agents, seed)
        self.latest = Rating(0.0, FIRST_DOUBT)
        self._chance = np.random.default_rng([seed, len(agents)])

    def measure(self, points: Callable[[str, int], float], matches: int) -> Rating:
        """Play, and rate. ``points(agent, matches)`` is the share of the points that the learner takes from an agent.

        Opponents are drawn in proportion to ``exp(-|difference of ratings| / 400)``, in pairs of matches.
        """
        nearness = np.exp(-np.abs(self.ratings - self.latest.value) / REACH)
        pairs = self._chance.multinomial(-(-matches // 2), nearness / nearness.sum())
        met = np.flatnonzero(pairs)
        shares = np.array([points(self.agents[index], 2 * int(pairs[index])) for index in met])
        before = Rating(self.latest.value, min(FIRST_DOUBT, float(np.hypot(self.latest.error, DRIFT))))
        self.latest = most_likely(self.ratings[met], shares, (2.0 * pairs[met]).astype(np.float64), before)
        return self.latest


def most_likely(
    opponents: NDArray[np.float64], shares: NDArray[np.float64], matches: NDArray[np.float64], before: Rating
) -> Rating:
    """The rating that results against opponents of known rating make most likely, after what was known ``before``.

    All float64 [N]. Bradley-Terry with a normal prior, by Newton's method; the error is that of the curvature.

    >>> round(most_likely(np.zeros(1), np.array([0.75]), np.array([1e6]), Rating(0.0, 1000.0)).value)
    191
    """
    rating, weight = before.value, 1.0 / before.error**2
    for _ in range(50):
        expected = np.asarray(expected_score(rating - opponents), np.float64)
        slope = float((matches * (shares - expected)).sum()) / POINTS_A_LOGIT - weight * (rating - before.value)
        curvature = float((matches * expected * (1 - expected)).sum()) / POINTS_A_LOGIT**2 + weight
        step = float(np.clip(slope / curvature, -REACH, REACH))
        rating += step
        if abs(step) < 1e-6:
            break
    return Rating(rating, curvature**-0.5)


def _among_themselves(game: Game, agents: list[str], seed: int) -> NDArray[np.float64]:
    """Ratings float64 [N] of the agents, from a round robin."""
    if len(agents) < 2:
        return np.zeros(len(agents))
    pairs = list(combinations(range(len(agents)), 2))
    players = [load(agent, game, seed=seed + index) for index, agent in enumerate(agents)]
    try:
        points = [
            play_duel(game, [players[i], players[j]], [agents[i], agents[j]], MATCHES_AMONG_THEM, seed)
            .tally()
            .points[0]
            / 2
            for i, j in pairs
        ]
    finally:
        for player in players:
            player.close()
    first, second = np.array(pairs).T
    return fit(first, second, np.array(points), np.full(len(pairs), MATCHES_AMONG_THEM), agents=len(agents)).ratings
