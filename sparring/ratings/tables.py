"""How much results at tables of three and more vary: what a fit to who came before whom needs for its intervals.

A match of S seats is taken apart into S (S - 1) / 2 pairs, each of which says who came before whom (full rank-breaking;
Azari Soufiani, Chen, Parkes and Xia, "Generalized Method-of-Moments for Rank Aggregation", NIPS 2013). The ratings stay
right, but the pairs of a match are not independent, so the inverse Hessian of this composite likelihood is not the
covariance: that is the Godambe "sandwich" (Varin, Reid and Firth, "An Overview of Composite Likelihood Methods",
Statistica Sinica 21, 2011). Its filling differs from the Hessian by about one factor, the dispersion, measured here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparring.ratings.bradley_terry import DOUBT, expected_score

Floats = NDArray[np.float64]


def expected_dispersion(seats: int) -> float:
    """Return the dispersion of independent matches between equals whose places are all told apart: (S + 1) / 3.

    The number of those whom one comes before then varies by (S^2 - 1) / 12, and independent pairs by (S - 1) / 4.

    >>> expected_dispersion(2), round(expected_dispersion(3), 3)
    (1.0, 1.333)
    """
    return (seats + 1) / 3


def table_dispersion(ratings: ArrayLike, players: ArrayLike, taken: ArrayLike, matches: int) -> float:
    """Return by how much more than independent pairs the results of whole rounds at tables vary.

    ``ratings``: float [N], in points; ``players``: int [R, S], who sat at the table of each round; ``taken``: float
    [R, S], whom they came before, added up over the ``matches`` of the round, equals counting a half. Matches of one
    seed, in which seats go round, belong to one round: what they share is in its dispersion.

    Pearson's statistic over its degrees of freedom, with the round as the unit, as ``pair_dispersion`` has it for two
    seats. ``DOUBT`` degrees of freedom that say ``expected_dispersion`` are counted beside its own.
    """
    line, who = np.asarray(ratings, np.float64), np.asarray(players, np.int64)
    rounds, seats = who.shape
    chance = expected_score(line[who][:, :, None] - line[who][:, None, :])
    weight = matches * chance * (1.0 - chance) * (1.0 - np.eye(seats))
    surprise = np.asarray(taken, np.float64) - matches * (chance.sum(axis=2) - 0.5)
    information = np.eye(seats) * weight.sum(axis=2)[:, :, None] - weight
    # Points of a table add up to a constant, so one direction holds nothing; it is filled up to be invertible.
    solved = np.linalg.solve(information + matches / seats, surprise[:, :, None])[:, :, 0]
    freedom = max(0.0, rounds * (seats - 1) - (len(line) - 1))
    total = float((surprise * solved).sum()) if freedom else 0.0
    return float((total + DOUBT * expected_dispersion(seats)) / (freedom + DOUBT))
