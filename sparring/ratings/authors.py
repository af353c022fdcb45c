"""Authors, not versions: how strong somebody's best work is, without the luck of having tried often.

Whoever submits fifty equal agents sees one of them on top of a ladder by chance. The best of many estimates is too high
by what made it the best; a Bayesian posterior is not, however its subject was chosen (Efron, "Tweedie's Formula and
Selection Bias", JASA 106, 2011). So versions are seen as draws from what their author is able to do, authors as draws
from the field, both spreads are estimated from the ladder itself (empirical Bayes), and each rating moves towards its
author's as far as it is uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

Floats = NDArray[np.float64]

SMALLEST_SPREAD = 1.0
"""Rating points: spreads below this are as good as none."""


@dataclass(frozen=True)
class AuthorStanding:
    """An author by the best of what they made."""

    author: int
    version: int
    """Which of all versions is the best, by its corrected rating."""
    rating: float
    """Its corrected rating, in points."""
    low: float
    high: float
    """Ends of the 95% interval."""
    versions: int
    """How many versions of theirs were rated."""


def author_standings(ratings: ArrayLike, covariance: ArrayLike, authors: ArrayLike) -> list[AuthorStanding]:
    """Authors by the corrected rating of their best version, the best first.

    ``ratings``: float [N] and ``covariance``: float [N, N] as in ``bradley_terry.Fit``; ``authors``: int [N], who made
    each version. Raises ValueError when the arrays do not fit together.

    >>> standings = author_standings([120, -20, -100], np.eye(3) * 40**2, [0, 1, 1])
    >>> [(standing.author, standing.version) for standing in standings]
    [(0, 0), (1, 1)]
    """
    measured, errors, who = _checked(ratings, covariance, authors)
    corrected, spread = corrected_ratings(measured, errors, who)
    half = NormalDist().inv_cdf(0.975) * np.sqrt(np.diag(spread))
    found = []
    for author in np.unique(who).tolist():
        own = np.flatnonzero(who == author)
        best = int(own[np.argmax(corrected[own])])
        low, high = float(corrected[best] - half[best]), float(corrected[best] + half[best])
        found.append(AuthorStanding(author, best, float(corrected[best]), low, high, len(own)))
    return sorted(found, key=lambda standing: -standing.rating)


def corrected_ratings(ratings: ArrayLike, covariance: ArrayLike, authors: ArrayLike) -> tuple[Floats, Floats]:
    """The posterior of each version's rating: means float64 [N] and covariance float64 [N, N], in points."""
    measured, errors, who = _checked(ratings, covariance, authors)
    prior = _prior(_spreads(measured, errors, who), who)
    factor = cho_factor(errors + prior, lower=True)
    mean, gain = _mean(measured, factor), np.asarray(cho_solve(factor, prior)).T
    means: Floats = mean + gain @ (measured - mean)
    spread: Floats = prior - gain @ prior
    return means, spread


def _checked(ratings: ArrayLike, covariance: ArrayLike, authors: ArrayLike) -> tuple[Floats, Floats, NDArray[np.int64]]:
    measured, errors = np.asarray(ratings, np.float64), np.asarray(covariance, np.float64)
    who = np.asarray(authors, np.int64)
    if errors.shape != (len(measured), len(measured)) or who.shape != measured.shape or not len(measured):
        raise ValueError("Ratings [N], their covariance [N, N] and authors [N] have one length, at least 1.")
    return measured, errors, who


def _prior(spreads: Floats, who: NDArray[np.int64]) -> Floats:
    """Covariance of true ratings, float64 [N, N]: versions of one author have the author's part in common."""
    of_authors, of_versions = spreads
    same: Floats = (who[:, None] == who[None, :]) * of_authors**2 + np.eye(len(who)) * of_versions**2
    return same


def _spreads(measured: Floats, errors: Floats, who: NDArray[np.int64]) -> Floats:
    """Standard deviations of authors and of an author's versions that make the ratings most likely: float64 [2]."""

    def minus_log_likelihood(logs: Floats) -> float:
        factor = cho_factor(errors + _prior(np.exp(logs), who), lower=True)
        rest = measured - _mean(measured, factor)
        return float(np.log(np.diag(factor[0])).sum() + 0.5 * rest @ cho_solve(factor, rest))

    start = np.log(np.full(2, max(10.0, float(measured.std()))))
    bounds = [(np.log(SMALLEST_SPREAD), np.log(3000.0))] * 2
    return np.asarray(np.exp(minimize(minus_log_likelihood, start, method="L-BFGS-B", bounds=bounds).x))


def _mean(measured: Floats, factor: tuple[Floats, bool]) -> float:
    """The field's mean, each version counting as far as it is known (generalised least squares).

    ``factor``: Cholesky's, of the covariance of all that the ratings vary by.
    """
    weights = cho_solve(factor, np.ones(len(measured)))
    return float(weights @ measured / weights.sum())
