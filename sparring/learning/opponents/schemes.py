"""Schemes of self-play: whom of a pool of past copies the learner meets, as distributions over the pool.

The pool has ``m`` copies, oldest first. Where a scheme knows the current policy too, it is the copy of index m, and the
distribution is float64 [m + 1]; elsewhere float64 [m]. They are pure functions of arrays and sum to 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def naive(members: int) -> Floats:
    """Always the current policy: float64 [m + 1].

    >>> naive(2).tolist()
    [0.0, 0.0, 1.0]
    """
    return delta_uniform(members, 1.0)


def delta_uniform(members: int, delta: float) -> Floats:
    """Each of the latest as likely as the other: uniform over indices ceil(delta m) to m, float64 [m + 1].

    ``delta``: 0 is the whole history, .5 its recent half, 1 the current policy alone (Bansal et al., "Emergent
    complexity via multi-agent competition", 2018).

    >>> delta_uniform(3, 0.5).tolist()
    [0.0, 0.0, 0.5, 0.5]
    """
    first = _first_of_window(members, delta)
    chances = np.zeros(members + 1)
    chances[first:] = 1.0 / (members + 1 - first)
    return chances


def delta_limit_uniform(members: int, delta: float) -> Floats:
    """The window of ``delta_uniform``, the older met less: p_i in proportion to 1 / (n (n - i)^2). float64 [m + 1].

    ``n`` is the length of the window and i = 0 its oldest: those who have been there for long have been met often
    (Hernandez et al., "A generalized framework for self-play training", 2019).
    """
    first = _first_of_window(members, delta)
    length = members + 1 - first
    weights = 1.0 / (length * (length - np.arange(length)) ** 2.0)
    chances = np.zeros(members + 1)
    chances[first:] = weights / weights.sum()
    return chances


def fictitious(members: int) -> Floats:
    """Each of the pool as likely as the other, float64 [m]: the average of all that were learned (Brown, 1951)."""
    return np.full(members, 1.0 / members) if members else np.zeros(0)


def prioritised(qualities: ArrayLike) -> Floats:
    """The softmax of the copies' qualities, float64 [m] (OpenAI Five, arXiv 1912.06680, appendix N)."""
    values = np.asarray(qualities, np.float64)
    raised = np.exp(values - values.max(initial=-np.inf))
    return raised / raised.sum() if len(values) else values


def quality_of_new(qualities: ArrayLike) -> float:
    """What a new copy begins with: the highest of the others, 1 for the first."""
    values = np.asarray(qualities, np.float64)
    return float(values.max()) if len(values) else 1.0


def qualities_after_wins(qualities: ArrayLike, wins: ArrayLike, rate: float = 0.01) -> Floats:
    """Qualities after the learner won ``wins: int [m]`` matches against each copy: every win costs rate / (m p_i).

    Wins that come in together count with the probabilities before them. Draws and losses change nothing.
    """
    values = np.asarray(qualities, np.float64)
    return values - rate * np.asarray(wins) / (len(values) * prioritised(values))


def pfsp(shares: ArrayLike, weighting: str = "hard", power: float = 2.0) -> Floats:
    """Prioritised fictitious self-play (AlphaStar; Vinyals et al., Nature 2019): as f(share), float64 [m].

    ``shares: [m]`` are what the learner takes against each. "hard": f(x) = (1 - x)^power, those who beat it; "even":
    f(x) = x (1 - x), those who are as strong. Uniform where f is 0 for all.

    >>> pfsp([0.0, 0.5], "hard", 1.0).round(3).tolist()
    [0.667, 0.333]
    """
    values = np.asarray(shares, np.float64)
    weights = (1.0 - values) ** power if weighting == "hard" else values * (1.0 - values)
    return weights / weights.sum() if weights.sum() > 0 else fictitious(len(values))


def mixture(parts: list[Floats], shares: ArrayLike) -> Floats:
    """A mixture of distributions over the same members; ``shares`` are taken in proportion.

    >>> mixture([naive(1), delta_uniform(1, 0)], [1, 3]).tolist()
    [0.375, 0.625]
    """
    weights = np.asarray(shares, np.float64)
    if len(weights) != len(parts) or (weights < 0).any() or weights.sum() <= 0:
        raise ValueError(f"A mixture of {len(parts)} needs as many shares that are not all 0, not {weights.tolist()}.")
    mixed: Floats = (weights / weights.sum()) @ np.array(parts)
    return mixed


def _first_of_window(members: int, delta: float) -> int:
    if not 0 <= delta <= 1:
        raise ValueError(f"delta is between 0 and 1, not {delta}.")
    return math.ceil(delta * members)
