"""Online rating: one small update after each match, for any number of seats.

The model is Plackett-Luce as approximated by Weng and Lin, "A Bayesian Approximation Method for Online Ranking",
JMLR 12 (2011), algorithm 4, computed by the package openskill (Joshy, "OpenSkill: A faster asymmetric multi-team,
multiplayer rating system", JOSS 9(93), 2024). For two seats it is their Bradley-Terry update, algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from openskill.models import PlackettLuce

MU, SIGMA, BETA = 25.0, 25.0 / 3.0, 25.0 / 6.0
DRIFT = 25.0 / 300.0
POINTS_A_UNIT = 400.0 / math.log(10.0) / (math.sqrt(2.0) * BETA)


class Skill(NamedTuple):
    """What is believed of an agent's strength: normal with mean ``mu`` and standard deviation ``sigma``."""

    mu: float
    sigma: float

    @property
    def points(self) -> float:
        """The mean in Elo-like points; a newcomer has 0.

        Between two well-known agents Weng and Lin's chance to win, with both sigmas at 0, is
        1 / (1 + exp(-(mu - mu') / (sqrt(2) beta))); in points that reads 1 / (1 + 10 ** (-difference / 400)).
        """
        return (self.mu - MU) * POINTS_A_UNIT

    @property
    def deviation(self) -> float:
        """The standard deviation in Elo-like points."""
        return self.sigma * POINTS_A_UNIT


def new_skill() -> Skill:
    """Return the skill of an agent that has played nothing.

    >>> new_skill().points
    0.0
    """
    return Skill(MU, SIGMA)


def update(skills: Sequence[Skill], scores: Sequence[float], drift: float = DRIFT) -> list[Skill]:
    """Return the skills of all seats after one match.

    ``skills``: one a seat, at least two; ``scores``: one a seat, more is better, equal scores are a draw.
    ``drift``: how much an agent may have changed since its last match, in units of mu (0 for frozen agents).
    Raises ValueError when the lengths differ, there are fewer than two seats, or a score is no finite number.

    >>> winner, loser = update([new_skill(), new_skill()], [1, 0])
    >>> winner.mu > 25 > loser.mu
    True
    """
    if len(skills) != len(scores):
        raise ValueError(f"Each seat has one score: there are {len(skills)} skills and {len(scores)} scores.")
    if len(skills) < 2:
        raise ValueError("A match needs at least two seats.")
    if not all(math.isfinite(score) for score in scores):
        raise ValueError(f"Scores are finite numbers, not {list(scores)}.")
    model = PlackettLuce(mu=MU, sigma=SIGMA, beta=BETA, tau=drift)
    seats = [[model.rating(mu=skill.mu, sigma=skill.sigma)] for skill in skills]
    rated = model.rate(seats, scores=[float(score) for score in scores])
    return [Skill(float(seat.mu), float(seat.sigma)) for (seat,) in rated]
