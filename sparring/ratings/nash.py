"""Equilibria of two-seat matrix games, and how far a pair of policies is from one.

A policy here is a probability for each choice. ``first``: float64 [m, n] is what the first seat gets when it chooses a
row and the second a column, ``second``: float64 [m, n] what the second gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog, minimize

Floats = NDArray[np.float64]

MOST_SUPPORTS = 4_000
"""Pairs of supports that ``equilibria`` is ready to look through: 6 choices of each seat make 3,969."""
SAME = 1e-6
"""Equilibria whose probabilities differ by less are one."""


@dataclass(frozen=True)
class Equilibrium:
    """Two policies of which neither seat gains by leaving its own, float64 [m] and [n], and what each seat gets."""

    first: Floats
    second: Floats
    values: tuple[float, float]


def zero_sum(payoffs: ArrayLike) -> Equilibrium:
    """An equilibrium of the game in which the first seat wins ``payoffs``: [m, n] from the second.

    The linear program of von Neumann's minimax theorem (Dantzig, "A proof of the equivalence of the programming problem
    and the game problem", 1951). There may be others; all have the same value.

    >>> found = zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> found.first.round(3).tolist(), abs(round(found.values[0], 3))
    ([0.333, 0.333, 0.333], 0.0)
    """
    matrix = _table(payoffs)
    first, value = _maximin(matrix)
    second, _ = _maximin(-matrix.T)
    return Equilibrium(first, second, (value, -value))


def maximum_entropy(payoffs: ArrayLike) -> Equilibrium:
    """The equilibrium of a zero-sum game, as in ``zero_sum``, in which both policies are as mixed as they can be.

    It is unique, and copies of a choice share what the choice alone would get (Balduzzi et al., "Re-evaluating
    evaluation", arXiv 1806.02643). Linear programs find the value and who can be played at all, and the dual of the
    entropy program, which is smooth and convex, the mixture.

    >>> maximum_entropy([[0, 0], [0, 0]]).first.tolist()
    [0.5, 0.5]
    """
    matrix = _table(payoffs)
    _, value = _maximin(matrix)
    return Equilibrium(_most_mixed(matrix, value), _most_mixed(-matrix.T, -value), (value, -value))


def equilibria(first: ArrayLike, second: ArrayLike) -> list[Equilibrium]:
    """All equilibria of a small game, pure ones first; of a degenerate game, which has infinitely many, at least one.

    Support enumeration: for each set of actions that each seat may use, a linear program finds the probabilities that
    make the other seat indifferent among its own (Porter, Nudelman and Shoham, "Simple search methods for finding a
    Nash equilibrium", Games and Economic Behavior 63, 2008). Raises ValueError for a game with too many choices.

    >>> [found.first.round(2).tolist() for found in equilibria([[3, 0], [0, 2]], [[2, 0], [0, 3]])]
    [[1.0, 0.0], [0.0, 1.0], [0.6, 0.4]]
    """
    ours, theirs = _tables(first, second)
    rows, columns = ours.shape
    if (2**rows - 1) * (2**columns - 1) > MOST_SUPPORTS:
        raise ValueError(
            f"A game of {rows} by {columns} choices has too many sets of actions to look through; 6 by 6 is the most. "
            "If it is zero-sum, use zero_sum."
        )
    found: list[Equilibrium] = []
    for own, other in _supports(rows, columns):
        x = _indifferent(theirs, own, other)
        y = None if x is None else _indifferent(ours.T, other, own)
        if x is not None and y is not None and not any(_same(known, x, y) for known in found):
            found.append(Equilibrium(x, y, (float(x @ ours @ y), float(x @ theirs @ y))))
    return found


def gains(first: ArrayLike, second: ArrayLike, x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """What each seat would gain by the best answer to the other's policy: two numbers of at least 0."""
    ours, theirs = _tables(first, second)
    row, column = _policy(x, ours.shape[0]), _policy(y, ours.shape[1])
    return (
        float((ours @ column).max() - row @ ours @ column),
        float((row @ theirs).max() - row @ theirs @ column),
    )


def distance(first: ArrayLike, second: ArrayLike, x: ArrayLike, y: ArrayLike) -> float:
    """How far two policies are from an equilibrium: what both seats together would gain by best answers; 0 at one.

    NashConv of Lanctot et al., "A unified game-theoretic approach to multiagent reinforcement learning" (2017).

    >>> distance([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], [1, 0], [0.5, 0.5])
    1.0
    """
    return sum(gains(first, second, x, y))


def _maximin(payoffs: Floats) -> tuple[Floats, float]:
    """The policy of the seat that chooses rows which secures it the most, and how much that is."""
    rows, columns = payoffs.shape
    found = linprog(
        np.append(np.zeros(rows), -1.0),
        A_ub=np.column_stack([-payoffs.T, np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=[np.append(np.ones(rows), 0.0)],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    return _cleaned(found.x[:rows]), float(found.x[-1])


def _most_mixed(payoffs: Floats, value: float) -> Floats:
    """Of the policies that secure ``value`` the one with the highest entropy.

    It is in proportion to exp(payoffs @ prices) on the rows that any of them plays; the prices, from 0, of what the
    columns pay more than the value minimise log sum exp(payoffs @ prices) - value * sum(prices).
    """
    played = np.flatnonzero(_interior(payoffs, value) > SAME)
    used = payoffs[played] - value

    def dual(prices: Floats) -> tuple[float, Floats]:
        exponents = used @ prices
        highest = exponents.max()
        policy = np.exp(exponents - highest)
        total = policy.sum()
        return float(np.log(total) + highest), policy @ used / total

    best = minimize(
        dual,
        np.zeros(payoffs.shape[1]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * payoffs.shape[1],
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 10_000, "maxfun": 100_000},
    ).x
    exponents = used @ best
    policy = np.zeros(payoffs.shape[0])
    policy[played] = np.exp(exponents - exponents.max())
    return _cleaned(policy / policy.sum())


def _interior(payoffs: Floats, value: float) -> Floats:
    """The mean of policies that secure ``value``, each of which plays one row as often as any of them does."""
    rows, columns = payoffs.shape
    slack = 1e-9 * max(1.0, float(np.abs(payoffs).max()))
    policies = [
        linprog(
            -np.eye(rows)[row],
            A_ub=-payoffs.T,
            b_ub=np.full(columns, slack - value),
            A_eq=np.ones((1, rows)),
            b_eq=[1.0],
            bounds=[(0, None)] * rows,
        ).x
        for row in range(rows)
    ]
    mean: Floats = np.mean(policies, axis=0)
    return mean


def _indifferent(payoffs: Floats, own: tuple[int, ...], other: tuple[int, ...]) -> Floats | None:
    """A policy on the rows ``own`` that makes the columns ``other`` best for who gets ``payoffs``, or None."""
    used = payoffs[list(own)]
    outside = [column for column in range(payoffs.shape[1]) if column not in other]
    found = linprog(
        np.zeros(len(own) + 1),
        A_ub=np.column_stack([used[:, outside].T, -np.ones(len(outside))]) if outside else None,
        b_ub=np.zeros(len(outside)) if outside else None,
        A_eq=np.vstack([np.column_stack([used[:, list(other)].T, -np.ones(len(other))]), [*np.ones(len(own)), 0.0]]),
        b_eq=[*np.zeros(len(other)), 1.0],
        bounds=[(0, None)] * len(own) + [(None, None)],
    )
    if not found.success:
        return None
    policy = np.zeros(payoffs.shape[0])
    policy[list(own)] = found.x[:-1]
    return _cleaned(policy)


def _supports(rows: int, columns: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All pairs of sets of actions, small and balanced ones first."""
    sizes = [(own, other) for own in range(1, rows + 1) for other in range(1, columns + 1)]
    for own, other in sorted(sizes, key=lambda pair: (sum(pair), abs(pair[0] - pair[1]))):
        for used in combinations(range(rows), own):
            for answered in combinations(range(columns), other):
                yield used, answered


def _same(known: Equilibrium, x: Floats, y: Floats) -> bool:
    return bool(abs(known.first - x).max() < SAME and abs(known.second - y).max() < SAME)


def _cleaned(policy: Floats) -> Floats:
    kept = np.where(policy > 1e-12, policy, 0.0)
    cleaned: Floats = kept / kept.sum()
    return cleaned


def _table(payoffs: ArrayLike) -> Floats:
    table = np.asarray(payoffs, np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError(f"Payoffs are a table of finite numbers, not an array of shape {table.shape}.")
    return table


def _tables(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    ours, theirs = _table(first), _table(second)
    if ours.shape != theirs.shape:
        raise ValueError(f"Both seats need payoffs of one shape, not {ours.shape} and {theirs.shape}.")
    return ours, theirs


def _policy(probabilities: ArrayLike, choices: int) -> Floats:
    policy = np.asarray(probabilities, np.float64)
    if policy.shape != (choices,) or (policy < 0).any() or abs(policy.sum() - 1) > 1e-6:
        raise ValueError(f"A policy is {choices} probabilities that sum to 1, not {policy.tolist()!r:.80}.")
    return policy
