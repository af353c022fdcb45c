"""Regret matching: two seats that play what they regret not to have played; their average tends to an equilibrium.

Hart and Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium" (Econometrica, 2000). In zero-sum
games the averages tend to a Nash equilibrium, with a distance that falls as one over the root of the iterations.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def regret_matching(first: ArrayLike, second: ArrayLike, iterations: int = 10_000) -> tuple[Floats, Floats]:
    """The average policies of both seats, float64 [m] and [n], after so many rounds of expected payoffs.

    ``first`` and ``second: [m, n]`` are what the seats get. Nothing is drawn: the same game gives the same answer.

    >>> x, y = regret_matching([[2, 0], [0, 1]], [[-2, 0], [0, -1]])
    >>> x.round(1).tolist(), y.round(1).tolist()
    ([0.3, 0.7], [0.3, 0.7])
    """
    ours, theirs = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if ours.ndim != 2 or ours.shape != theirs.shape or not ours.size:
        raise ValueError(f"Both seats need payoffs of one shape, not {ours.shape} and {theirs.shape}.")
    regrets = np.zeros(ours.shape[0]), np.zeros(ours.shape[1])
    sums = np.zeros(ours.shape[0]), np.zeros(ours.shape[1])
    for _ in range(iterations):
        x, y = (matched(regret) for regret in regrets)
        worth_of_rows, worth_of_columns = ours @ y, x @ theirs
        regrets[0][:] += worth_of_rows - x @ worth_of_rows
        regrets[1][:] += worth_of_columns - y @ worth_of_columns
        sums[0][:] += x
        sums[1][:] += y
    return sums[0] / iterations, sums[1] / iterations


def matched(regrets: Floats) -> Floats:
    """A policy in proportion to the positive regrets; uniform where there is none.

    >>> matched(np.array([3.0, -2.0, 1.0])).tolist()
    [0.75, 0.0, 0.25]
    """
    positive = np.maximum(regrets, 0.0)
    total = positive.sum()
    return positive / total if total > 0 else np.full(len(regrets), 1.0 / len(regrets))
