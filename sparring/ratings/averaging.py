"""Nash averaging: copies of an agent count as one (Balduzzi et al., "Re-evaluating Evaluation", NeurIPS 2018).

Whoever enters the same agent twice doubles the matches against whatever it beats, and moves every rating. Weighed by
the equilibrium of the game "choose an agent, and let it play the other's", copies share one weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparring.ratings.bradley_terry import POINTS_A_LOGIT, expected_score
from sparring.ratings.nash import maximum_entropy

Floats = NDArray[np.float64]

BELIEF = 10.0
"""Matches that the ratings are worth in what is expected of a pair: a pair that never met is as the ratings say."""


@dataclass(frozen=True)
class NashAverage:
    """``shares``: float64 [N], how much each agent plays in the most mixed equilibrium; ``skills``: float64 [N], rating
    points by which it leads that mix, at most 0 up to rounding: nobody beats it."""

    shares: Floats
    skills: Floats


def advantages(ratings: ArrayLike, first: ArrayLike, second: ArrayLike, points: ArrayLike, games: ArrayLike) -> Floats:
    """By how many logits each agent leads each other: antisymmetric, float64 [N, N].

    ``ratings``: float [N], in points; the results as in ``bradley_terry.fit``. A pair's share of points is the mean of
    a Beta distribution whose prior is worth ``BELIEF`` matches and expects what the ratings say.
    """
    line = np.asarray(ratings, np.float64)
    left, right = np.asarray(first, np.int64), np.asarray(second, np.int64)
    taken, played = np.zeros((len(line), len(line))), np.zeros((len(line), len(line)))
    np.add.at(taken, (left, right), np.asarray(points, np.float64))
    np.add.at(taken, (right, left), np.asarray(games, np.float64) - np.asarray(points, np.float64))
    np.add.at(played, (left, right), np.asarray(games, np.float64))
    np.add.at(played, (right, left), np.asarray(games, np.float64))
    expected = expected_score(line[:, None] - line[None, :])
    share = (taken + BELIEF * expected) / (played + BELIEF)
    leads = np.log(share) - np.log1p(-share)
    antisymmetric: Floats = (leads - leads.T) / 2
    return antisymmetric


def nash_average(leads: ArrayLike) -> NashAverage:
    """The most mixed equilibrium of the game of ``leads``: antisymmetric, float [N, N], in logits.

    >>> nash_average([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]).shares.round(3).tolist()
    [0.333, 0.333, 0.333]
    """
    matrix = np.asarray(leads, np.float64)
    if matrix.ndim != 2 or matrix.shape != matrix.T.shape or not np.allclose(matrix, -matrix.T):
        raise ValueError("Leads are a square matrix with a[i, j] = -a[j, i].")
    shares = maximum_entropy(matrix).first
    return NashAverage(shares, matrix @ shares * POINTS_A_LOGIT)
