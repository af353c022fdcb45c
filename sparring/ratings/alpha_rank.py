"""Alpha-rank: strategies by how long evolution stays with each of them (Omidshafiei et al., arXiv 1903.01373).

A population plays one strategy; a mutant who plays another takes it over with a probability that grows with what it
gains (Fermi rule of strength ``alpha``, ``population`` individuals, of whom two compete at a time). The rank of a
strategy is its share of the stationary distribution of that Markov chain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST = 1e-100
"""No takeover is less likely, so that the chain has one stationary distribution."""


def alpha_rank(payoffs: ArrayLike, alpha: float = 10.0, population: int = 50) -> Floats:
    """The ranks, float64 [m], of the strategies of a symmetric game: ``payoffs: [m, m]`` are those of the row.

    ``alpha`` counts per unit of payoff: the larger, the surer is the better to win.

    >>> alpha_rank([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).round(3).tolist()
    [0.333, 0.333, 0.333]
    """
    table = np.asarray(payoffs, np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not np.isfinite(table).all():
        raise ValueError(f"Alpha-rank takes a square table of finite numbers, not an array of shape {table.shape}.")
    if len(table) == 1:
        return np.ones(1)
    gains = table.T - table
    return stationary(_takeovers(gains, alpha, population) / (len(table) - 1))


def alpha_rank_of_profiles(first: ArrayLike, second: ArrayLike, alpha: float = 10.0, population: int = 50) -> Floats:
    """The ranks, float64 [m, n], of pairs of strategies where each seat has a population of its own.

    ``first`` and ``second: [m, n]`` are what the seats get. Their sums over one seat's strategies are mixed policies.
    """
    ours, theirs = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if ours.ndim != 2 or ours.shape != theirs.shape or not (np.isfinite(ours) & np.isfinite(theirs)).all():
        raise ValueError(f"Both seats need a table of finite numbers, not {ours.shape} and {theirs.shape}.")
    rows, columns = ours.shape
    if rows * columns == 1:
        return np.ones((1, 1))
    chain = np.zeros((rows, columns, rows, columns))
    by_row = _takeovers(ours[None, :, :] - ours[:, None, :], alpha, population)
    by_column = _takeovers(theirs[:, None, :] - theirs[:, :, None], alpha, population)
    for row in range(rows):
        chain[row, :, row, :] += by_column[row]
    for column in range(columns):
        chain[:, column, :, column] += by_row[:, :, column]
    size = rows * columns
    return stationary(chain.reshape(size, size) / (rows + columns - 2)).reshape(rows, columns)


def stationary(chances: ArrayLike) -> Floats:
    """The stationary distribution, float64 [n], of a Markov chain with these chances [n, n] to go from row to column.

    The diagonal doesn't matter. Elimination without subtractions keeps tiny chances exact (Grassmann, Taksar and
    Heyman, "Regenerative analysis and steady state distributions for Markov chains", 1985).
    """
    rest = np.array(chances, np.float64)
    for last in range(len(rest) - 1, 0, -1):
        rest[:last, last] /= rest[last, :last].sum()
        rest[:last, :last] += np.outer(rest[:last, last], rest[last, :last])
    shares = np.ones(len(rest))
    for place in range(1, len(rest)):
        shares[place] = shares[:place] @ rest[:place, place]
    distribution: Floats = shares / shares.sum()
    return distribution


def _takeovers(gains: Floats, alpha: float, population: int) -> Floats:
    """How likely a mutant, who gains so much, takes over: (1 - e^-u) / (1 - e^-mu) with u = alpha gain; 1 / m at 0."""
    strength = alpha * gains
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        up = np.expm1(-np.abs(strength)) / np.expm1(-population * np.abs(strength))
        down = up * np.exp(-(population - 1) * np.abs(strength))
    likely: Floats = np.where(strength > 0, up, down)
    likely[np.abs(strength) < 1e-12] = 1.0 / population
    return likely.clip(LEAST)
