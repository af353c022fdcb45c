"""The sequential probability ratio test on pairs of matches (Wald, 1945): play until it is clear who is stronger.

Two matches with one seed and swapped seats are one observation with five possible values, 0, 1/2, 1, 1 1/2 and 2 points
("pentanomial"): the matches of a pair depend on each other, the pairs do not. The likelihoods are those of the most
likely distribution under either hypothesis (a generalised test, as in Stockfish's fishtest by M. Van den Bergh).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sparring.ratings.bradley_terry import expected_score

Verdict = Literal["stronger", "not stronger"]
SCORES = np.arange(5) / 4
"""Share of the points of a pair."""
_NEVER_SEEN = 1e-3
"""Counted for each value of a pair, so that one which has not come up yet stays possible."""


@dataclass(frozen=True)
class Sprt:
    """Whether a player is ``elo1`` Elo-like points stronger than another, or only ``elo0``, which is less.

    ``alpha``: how often "stronger" may be wrong where the difference is ``elo0``; ``beta``: how often "not stronger"
    may be where it is ``elo1``. Raises ValueError for what makes no test.

    >>> test = Sprt(elo0=0, elo1=20)
    >>> test.verdict([10, 45, 100, 55, 18]), round(test.llr([10, 45, 100, 55, 18]), 2)
    (None, 1.61)
    >>> test.verdict([20, 90, 200, 110, 36])
    'stronger'
    """

    elo0: float = 0.0
    elo1: float = 20.0
    alpha: float = 0.05
    beta: float = 0.05

    def __post_init__(self) -> None:
        if not self.elo0 < self.elo1:
            raise ValueError(f"elo0 must be below elo1; they are {self.elo0:g} and {self.elo1:g}.")
        if not (0 < self.alpha < 0.5 and 0 < self.beta < 0.5):
            raise ValueError(f"alpha and beta lie between 0 and 0.5; they are {self.alpha:g} and {self.beta:g}.")

    @property
    def bounds(self) -> tuple[float, float]:
        """The ratio of likelihoods, as a logarithm, at which it is clear: not stronger, stronger."""
        return log(self.beta / (1 - self.alpha)), log((1 - self.beta) / self.alpha)

    def llr(self, pairs: Sequence[int]) -> float:
        """The logarithm of how much likelier ``elo1`` makes the pairs than ``elo0``; counts of 0, 1/2, ... 2 points."""
        counts = np.asarray(pairs, np.float64)
        if not counts.sum():
            return 0.0
        shares = (counts + _NEVER_SEEN) / (counts + _NEVER_SEEN).sum()
        low, high = (float(expected_score(elo)) for elo in (self.elo0, self.elo1))
        ratios = _most_likely(shares, high) / _most_likely(shares, low)
        return float(counts @ np.log(ratios))

    def verdict(self, pairs: Sequence[int]) -> Verdict | None:
        """What is clear after these pairs; None: play on."""
        low, high = self.bounds
        ratio = self.llr(pairs)
        if ratio >= high:
            return "stronger"
        return "not stronger" if ratio <= low else None


def count_pairs(points: Sequence[float]) -> list[int]:
    """How many pairs brought 0, 1/2, 1, 1 1/2 and 2 points; ``points`` of each match, 0, 1/2 or 1, pair after pair.

    >>> count_pairs([1, 0.5, 0, 0])
    [1, 0, 0, 1, 0]
    """
    sums = np.asarray(points, np.float64).reshape(-1, 2).sum(axis=1)
    counts: list[int] = np.bincount(np.rint(2 * sums).astype(np.int64), minlength=5).tolist()
    return counts


def _most_likely(shares: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """The distribution over ``SCORES`` with this mean that makes the shares likeliest, by its Lagrange multiplier."""
    away = SCORES - mean
    edge = 1e-9
    low, high = -1.0 / away.max() * (1 - edge), -1.0 / away.min() * (1 - edge)
    each = list(zip(shares.tolist(), away.tolist(), strict=True))  # quicker than arrays of five
    multiplier = brentq(lambda x: sum(share * gap / (1.0 + x * gap) for share, gap in each), low, high, xtol=1e-12)
    likely: NDArray[np.float64] = shares / (1.0 + multiplier * away)
    return likely
