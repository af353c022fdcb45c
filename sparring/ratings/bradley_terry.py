"""Published ratings: Bradley-Terry fitted to all matches at once, with what is known about each number.

The model is Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika 39 (1952): agent i takes a
match from agent j with chance ``p = 1 / (1 + 10 ** (-(rating_i - rating_j) / 400))``. A draw counts as half a win and
half a loss, which makes the likelihood a quasi-likelihood (Wedderburn, Biometrika 61, 1974): the ratings stay right,
and how much less a draw varies than a coin is estimated (``band_dispersions``), so that the intervals are right, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import coo_array, csr_array, diags_array, eye_array
from scipy.sparse.linalg import cg

POINTS_A_LOGIT = 400.0 / math.log(10.0)
PRIOR = 500.0
BANDS = (0.35, 0.2)
"""Pairings by the chance of the weaker: about even from the first on, lopsided below the second."""
DOUBT = 30.0
"""So many pairs of independent matches are added to what a band shows, before its intervals become narrower."""
MAX_STEPS = 100
CLOSE = 1e-10
"""The last step of Newton's method is the one that gains less than this share of the log-posterior."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Fit:
    """Ratings and how sure they are.

    ``ratings``: float64 [N], in Elo-like points, with mean 0. ``covariance``: float64 [N, N], of the errors of
    ``ratings``, in squared points. Only differences of ratings mean anything; the mean is fixed at 0, and so the rows
    of the covariance sum to 0.
    """

    ratings: Floats
    covariance: Floats

    def intervals(self, level: float = 0.95) -> Floats:
        """Return float64 [N, 2]: the low and high end of each rating's interval at confidence ``level``."""
        half = _normal_quantile(level) * np.sqrt(np.diag(self.covariance))
        return np.stack([self.ratings - half, self.ratings + half], axis=1)

    def rank_ranges(self, level: float = 0.95) -> Integers:
        """Return int64 [N, 2]: the best and the worst rank that each agent may have, 1 being the top.

        An agent's best rank leaves before it only those that are significantly stronger (two-sided test of the
        difference of two ratings at ``level``); its worst rank leaves behind it only those significantly weaker. This
        is the construction of Mogstad, Romano, Shaikh and Wilhelm, "Inference for Ranks", Review of Economic Studies 91
        (2024), section 3, with a test for each pair and not one for all pairs together.
        """
        variance = np.diag(self.covariance)
        spread = variance[:, None] + variance[None, :] - 2.0 * self.covariance
        lead = self.ratings[:, None] - self.ratings[None, :]
        significant = np.abs(lead) > _normal_quantile(level) * np.sqrt(np.maximum(spread, 0.0))
        best = 1 + (significant & (lead < 0)).sum(axis=1)
        worst = len(lead) - (significant & (lead > 0)).sum(axis=1)
        return np.stack([best, worst], axis=1).astype(np.int64)


def expected_score(difference: ArrayLike) -> Floats:
    """Return the points a match that a lead of ``difference`` rating points promises (Elo, 1978; logistic curve).

    >>> expected_score(400).round(3).item()
    0.909
    """
    return np.asarray(1.0 / (1.0 + np.power(10.0, -np.asarray(difference, dtype=np.float64) / 400.0)), dtype=np.float64)


def fit(
    first: ArrayLike,
    second: ArrayLike,
    points: ArrayLike,
    games: ArrayLike,
    prior: float = PRIOR,
    *,
    agents: int | None = None,
    dispersion: float | Floats = 1.0,
) -> Fit:
    """Fit ratings to the results between pairs of agents.

    ``first``, ``second``: int [P], numbers of the agents, from 0; a pair may come several times and in either order.
    ``points``: float [P], what ``first`` took of the ``games``: int [P] matches (win 1, draw 1/2).
    ``prior``: standard deviation, in points, of a normal prior on each agent's rating. It keeps an undefeated agent
    finite and holds together pools that never met (Caron and Doucet, "Efficient Bayesian Inference for Generalized
    Bradley-Terry Models", JCGS 21, 2012, discuss the choice). ``agents``: how many there are, when the last ones have
    played nothing. ``dispersion``: by how much results vary more than independent matches would, one number or
    float [P] (see ``band_dispersions``); each match then counts as 1 / dispersion of one, against an unchanged prior.

    The ratings maximise the posterior, found by Newton's method with step halving on a concave function; the
    covariance is the inverse Hessian there (Laplace's method; MacKay, "Information Theory, Inference, and Learning
    Algorithms", 2003, chapter 27). Time grows with the cube of the number of agents and hardly with that of matches.
    Raises ValueError when the arrays do not fit together.

    >>> result = fit([0, 0, 1], [1, 2, 2], points=[7, 9, 6], games=[10, 10, 10])
    >>> result.ratings.round().tolist()
    [160.0, -27.0, -133.0]
    """
    pairs = _Pairs.checked(first, second, points, games, agents)
    if not prior > 0 or not (np.asarray(dispersion) > 0).all():
        raise ValueError(f"Prior and dispersion are positive numbers, not {prior} and {dispersion}.")
    pairs = replace(pairs, points=pairs.points / dispersion, games=pairs.games / dispersion)
    precision = (POINTS_A_LOGIT / prior) ** 2
    strengths = _maximise(pairs, precision)
    covariance = _covariance(strengths, pairs, precision)
    return Fit(strengths * POINTS_A_LOGIT, covariance * POINTS_A_LOGIT**2)


def pair_dispersion(ratings: Floats, first: ArrayLike, second: ArrayLike, pair_points: ArrayLike) -> float:
    """Return how much more the results of match pairs vary than two independent matches would.

    The two matches of a pair share a seed, so they are no two independent samples. This is Pearson's statistic over
    its degrees of freedom (McCullagh and Nelder, "Generalized Linear Models", 2nd edition 1989, section 4.5), with the
    pair as the unit: 1 for independent matches, 2 when the second always repeats the first, less than 1 where draws or
    the advantage of moving first make pairs even. Fit, estimate, and fit again. One number below 1 for the whole pool
    would be too sure of the lopsided pairings: ``band_dispersions`` tells them apart.

    ``first``, ``second``: int [P], the agents of each pair of matches; ``pair_points``: float [P], what ``first`` took
    of the two, 0 to 2. Matches that repeat each other across pairs (two agents without chance) are not seen by this.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    chance = expected_score(ratings[np.asarray(first)] - ratings[np.asarray(second)])
    taken = np.asarray(pair_points, dtype=np.float64)
    freedom = len(taken) - len(ratings) + 1
    if freedom <= 0:
        return 1.0
    return float(((taken - 2.0 * chance) ** 2 / (2.0 * chance * (1.0 - chance))).sum() / freedom)


def bands(ratings: Floats, first: ArrayLike, second: ArrayLike) -> Integers:
    """Return int64 [P]: to which of the ``BANDS`` each pairing belongs, 0 for even ones, 2 for lopsided ones."""
    ratings = np.asarray(ratings, dtype=np.float64)
    chance = expected_score(-np.abs(ratings[np.asarray(first, np.int64)] - ratings[np.asarray(second, np.int64)]))
    return np.asarray(np.searchsorted(-np.array(BANDS), -chance), dtype=np.int64)


def band_dispersions(ratings: Floats, first: ArrayLike, second: ArrayLike, pair_points: ArrayLike) -> Floats:
    """Return float64 [3]: the dispersion of match pairs, as in ``pair_dispersion``, in each band of pairings.

    Draws are frequent between equals and rare where one is far stronger, so that one number would not do. A band with
    few pairs is taken to be no less than 1: ``DOUBT`` pairs are counted beside its own.
    """
    left, right = np.asarray(first, np.int64), np.asarray(second, np.int64)
    taken, found = np.asarray(pair_points, dtype=np.float64), np.ones(len(BANDS) + 1)
    share_left = 1.0 - (len(ratings) - 1) / max(1, len(taken))
    if share_left <= 0:
        return found
    chance, band = expected_score(np.asarray(ratings)[left] - np.asarray(ratings)[right]), bands(ratings, left, right)
    surprise = (taken - 2.0 * chance) ** 2 / (2.0 * chance * (1.0 - chance))
    for number in np.unique(band).tolist():
        own = surprise[band == number]
        freedom, total = share_left * len(own), float(own.sum())
        found[number] = total / freedom if total > freedom else (total + DOUBT) / (freedom + DOUBT)
    return found


def _normal_quantile(level: float) -> float:
    """Return how many standard deviations to either side hold ``level`` of a normal distribution."""
    if not 0 < level < 1:
        raise ValueError(f"A confidence level lies between 0 and 1, not at {level}.")
    return NormalDist().inv_cdf(0.5 + level / 2.0)


@dataclass(frozen=True)
class _Pairs:
    """Checked results: all arrays [P], strengths are looked up by ``first`` and ``second``."""

    first: Integers
    second: Integers
    points: Floats
    games: Floats
    agents: int

    @classmethod
    def checked(
        cls, first: ArrayLike, second: ArrayLike, points: ArrayLike, games: ArrayLike, agents: int | None
    ) -> _Pairs:
        rows = [np.asarray(first), np.asarray(second), np.asarray(points, float), np.asarray(games, float)]
        if any(row.shape != (len(rows[0]),) for row in rows):
            raise ValueError(f"The four arrays have one length and one axis, not {[row.shape for row in rows]}.")
        left, right = rows[0].astype(np.int64), rows[1].astype(np.int64)
        count = int(max(left.max(), right.max())) + 1 if len(left) else 0
        total = count if agents is None else agents
        if count > total or (len(left) and min(left.min(), right.min()) < 0):
            raise ValueError(f"Agents are numbered from 0 to {total - 1}.")
        if (left == right).any():
            raise ValueError("An agent's matches against itself say nothing about its rating; leave them out.")
        if not ((rows[2] >= 0) & (rows[2] <= rows[3]) & np.isfinite(rows[3])).all():
            raise ValueError("Points lie between 0 and the number of games.")
        return cls(left, right, rows[2], rows[3], total)

    def chances(self, strengths: Floats) -> Floats:
        """Return float64 [P]: the chance of ``first`` to take a match, strengths being in logits."""
        return expected_score((strengths[self.first] - strengths[self.second]) * POINTS_A_LOGIT)

    def gradient(self, strengths: Floats) -> Floats:
        """Return float64 [N]: the derivative of the log-likelihood, points taken minus points expected."""
        surplus = self.points - self.games * self.chances(strengths)
        gained = np.bincount(self.first, surplus, self.agents) - np.bincount(self.second, surplus, self.agents)
        return np.asarray(gained, dtype=np.float64)

    def information(self, strengths: Floats) -> csr_array:
        """Return float64 [N, N], sparse: minus the log-likelihood's second derivative, a weighted graph Laplacian."""
        chances = self.chances(strengths)
        weights = self.games * chances * (1.0 - chances)
        rows, columns = np.concatenate([self.first, self.second]), np.concatenate([self.second, self.first])
        between = coo_array((np.tile(weights, 2), (rows, columns)), shape=(self.agents, self.agents)).tocsr()
        return diags_array(between.sum(axis=1)).tocsr() - between

    def log_likelihood(self, strengths: Floats) -> float:
        lead = strengths[self.first] - strengths[self.second]
        return float((self.points * lead - self.games * np.logaddexp(0.0, lead)).sum())


def _maximise(pairs: _Pairs, precision: float) -> Floats:
    """Return float64 [N], in logits: the mode of the posterior."""

    def log_posterior(strengths: Floats) -> float:
        return pairs.log_likelihood(strengths) - 0.5 * precision * float(strengths @ strengths)

    strengths = np.zeros(pairs.agents)
    value = log_posterior(strengths)
    for _ in range(MAX_STEPS):
        gradient = pairs.gradient(strengths) - precision * strengths
        step = _newton_step(pairs.information(strengths), gradient, precision)
        if float(gradient @ step) < CLOSE * max(1.0, abs(value)):
            strengths = strengths + step  # each step squares the error, so after this one there is none to speak of
            break
        size = 1.0
        while (ahead := log_posterior(strengths + size * step)) < value and size > 1e-6:
            size /= 2.0
        strengths, value = strengths + size * step, ahead
    centred: Floats = strengths - strengths.mean() if pairs.agents else strengths
    return centred


def _newton_step(information: csr_array, gradient: Floats, precision: float) -> Floats:
    """Return float64 [N]: the step that solves the Hessian for the gradient, by preconditioned conjugate gradients.

    Not by a dense solver: its threads wait for each other, for very long where other programs use the processor.
    """
    if not len(gradient):
        return gradient
    hessian = information + precision * eye_array(len(gradient), format="csr")
    step, _ = cg(
        hessian, gradient, rtol=1e-10, atol=0.0, maxiter=10 * len(gradient), M=diags_array(1.0 / hessian.diagonal())
    )
    return np.asarray(step, dtype=np.float64)


def _covariance(strengths: Floats, pairs: _Pairs, precision: float) -> Floats:
    """Return float64 [N, N], in squared logits: the inverse Hessian, for strengths measured from their mean.

    Matches say nothing about the level of the whole pool; what the prior says of it is projected out on both sides.
    """
    if not pairs.agents:
        return np.zeros((0, 0))
    hessian = pairs.information(strengths).toarray() + precision * np.eye(pairs.agents)
    covariance = cho_solve(cho_factor(hessian), np.eye(pairs.agents))
    covariance = covariance - covariance.mean(axis=0)
    covariance = covariance - covariance.mean(axis=1)[:, None]
    return np.asarray((covariance + covariance.T) / 2.0, dtype=np.float64)
