"""Agents that play alone are compared by their returns over common seeds.

What luck a seed brings, it brings to all, so that the difference of two agents is known better than either's mean: the
errors of the means have a covariance (common random numbers; Law, "Simulation Modeling and Analysis", 2015, section
11.2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from sparring.ratings.bradley_terry import Fit

NORMAL_95 = 1.959963984540054
FEWEST = 2
UNKNOWN = 1e30
"""The variance of a mean of which nothing is known."""


def mean_returns(returns: Sequence[Sequence[float]]) -> Fit:
    """Means and the covariance of their errors: ``Fit`` with ``ratings`` as returns, not points.

    ``returns[i][k]`` is what agent i got on seed k; one that has played fewer seeds has a shorter list. Who has played
    fewer than two has mean 0, or its one return, and a variance beyond all bounds. Few returns widen an interval as
    Student's t does at 95%.

    >>> found = mean_returns([[1.0, 2.0, 3.0], [0.0, 1.0, 2.0]])
    >>> found.ratings.tolist(), found.rank_ranges().tolist()
    ([2.0, 1.0], [[1, 1], [2, 2]])
    """
    rows = [np.asarray(row, np.float64) for row in returns]
    counts = np.array([len(row) for row in rows], np.int64)
    means = np.array([row.mean() if len(row) else 0.0 for row in rows])
    table = np.zeros((len(rows), int(counts.max(initial=0))))
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    common = np.minimum(counts[:, None], counts[None, :])
    covariance: NDArray[np.float64] = np.zeros((len(rows), len(rows)))
    for length in np.unique(counts[counts >= FEWEST]).tolist():
        has = np.flatnonzero(counts >= length)
        seen = table[has, :length] - table[has, :length].mean(axis=1, keepdims=True)
        block = np.ix_(has, has)
        covariance[block] = np.where(common[block] == length, seen @ seen.T / (length - 1), covariance[block])
    widen = np.sqrt([_widening(count) for count in counts.tolist()])
    covariance *= np.outer(widen, widen) / np.maximum(1, np.maximum(counts[:, None], counts[None, :]))
    covariance[np.diag_indices(len(rows))] = np.where(counts < FEWEST, UNKNOWN, np.diag(covariance))
    return Fit(means, covariance)


def _widening(count: int) -> float:
    """By how much the variance grows, so that a normal interval is as wide as one by Student's t."""
    return float((t.ppf(0.975, count - 1) / NORMAL_95) ** 2) if count >= FEWEST else 1.0
