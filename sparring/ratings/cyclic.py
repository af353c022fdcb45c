"""What a rating can't say: agents that beat each other in a circle, as rock, paper and scissors do.

Any table of results splits into a part that a single number an agent explains, and a cyclic rest (Jiang, Lim, Yao and
Ye, "Statistical ranking and combinatorial Hodge theory", Mathematical Programming 127, 2011; Balduzzi et al.,
"Re-evaluating Evaluation", NeurIPS 2018). The largest piece of the rest is a *disc*: each agent is a point in a plane,
and beats those that lie on one side of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from sparring.ratings.bradley_terry import POINTS_A_LOGIT, PRIOR, expected_score, fit

Floats = NDArray[np.float64]

HELD_OUT = 5
"""Parts into which results are split to see what predicts them."""
DISC_PRIOR = 1.0
"""Standard deviation of an agent's place on the disc, in square roots of logits."""
STARTS = 4


def split(advantages: ArrayLike) -> tuple[Floats, Floats]:
    """The transitive part as ratings, float64 [N] with mean 0, and the cyclic rest, float64 [N, N].

    ``advantages``: antisymmetric, float [N, N], such as log-odds or win rates less a half. ``advantages[i, j]`` is
    ``ratings[i] - ratings[j] + rest[i, j]``, and each row of the rest sums to 0: no single number explains any of it.
    Raises ValueError for a matrix that isn't antisymmetric.

    >>> ratings, rest = split([[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
    >>> ratings.tolist(), rest[0].tolist()
    ([0.0, 0.0, 0.0], [0.0, 1.0, -1.0])
    """
    matrix = np.asarray(advantages, np.float64)
    if matrix.ndim != 2 or matrix.shape != matrix.T.shape or not np.allclose(matrix, -matrix.T):
        raise ValueError("Advantages are a square matrix with a[i, j] = -a[j, i].")
    ratings = matrix.mean(axis=1)
    return ratings, matrix - (ratings[:, None] - ratings[None, :])


def disc(rest: ArrayLike) -> Floats:
    """The largest disc of a cyclic rest: points float64 [N, 2] with ``rest[i, j]`` near ``x_i y_j - y_i x_j``.

    The best antisymmetric approximation of rank 2, from the largest pair of singular values (real Schur form).
    """
    matrix = np.asarray(rest, np.float64)
    left, sizes, _ = np.linalg.svd(matrix)
    if not len(sizes) or sizes[0] == 0:
        return np.zeros((len(matrix), 2))
    first = left[:, 0]
    second = -matrix @ first / np.linalg.norm(matrix @ first)
    places: Floats = np.stack([first, second], axis=1) * np.sqrt(float(first @ matrix @ second))
    return places


@dataclass(frozen=True)
class DiscFit:
    """Ratings and places on a disc that explain results together.

    ``ratings``: float64 [N], in points, with mean 0; ``places``: float64 [N, 2]. In logits, agent i leads agent j by
    ``(ratings[i] - ratings[j]) / POINTS_A_LOGIT + x_i y_j - y_i x_j``.
    """

    ratings: Floats
    places: Floats

    def chances(self, first: ArrayLike, second: ArrayLike) -> Floats:
        """The chance of ``first: int [P]`` to take a match from ``second: int [P]``: float64 [P]."""
        i, j = np.asarray(first, np.int64), np.asarray(second, np.int64)
        lead = (self.ratings[i] - self.ratings[j]) / POINTS_A_LOGIT + _turn(self.places, i, j)
        return expected_score(lead * POINTS_A_LOGIT)


def fit_disc(
    first: ArrayLike, second: ArrayLike, points: ArrayLike, games: ArrayLike, *, agents: int, seed: int = 0
) -> DiscFit:
    """Fit Bradley-Terry ratings and a disc together (mElo2 of Balduzzi et al., fitted to all results at once).

    Arrays as in ``bradley_terry.fit``. A normal prior on the places keeps away circles that the results don't show.
    The likelihood has several hills, so the fit starts from several places and keeps the best.
    """
    line = fit(first, second, points, games, agents=agents).ratings
    return _fit_beside(line, first, second, points, games, seed=seed)


def _fit_beside(
    line: Floats, first: ArrayLike, second: ArrayLike, points: ArrayLike, games: ArrayLike, *, seed: int
) -> DiscFit:
    """As ``fit_disc``, from the ratings ``line``: float64 [N] that explain the results without a disc."""
    left, right = np.asarray(first, np.int64), np.asarray(second, np.int64)
    taken, played = np.asarray(points, np.float64), np.asarray(games, np.float64)
    agents, start = len(line), line / POINTS_A_LOGIT
    precision = (POINTS_A_LOGIT / PRIOR) ** 2

    def loss(packed: Floats) -> tuple[float, Floats]:
        ratings, places = packed[:agents], packed[agents:].reshape(agents, 2)
        lead = ratings[left] - ratings[right] + _turn(places, left, right)
        surplus = taken - played * expected_score(lead * POINTS_A_LOGIT)
        value = float((played * np.logaddexp(0.0, lead) - taken * lead).sum())
        value += 0.5 * precision * float(ratings @ ratings) + 0.5 * float((places**2).sum()) / DISC_PRIOR**2
        of_ratings = precision * ratings - _sums(surplus, left, agents) + _sums(surplus, right, agents)
        of_places = places / DISC_PRIOR**2
        x, y = places[:, 0], places[:, 1]
        of_places[:, 0] -= _sums(surplus * y[right], left, agents) - _sums(surplus * y[left], right, agents)
        of_places[:, 1] -= _sums(surplus * x[left], right, agents) - _sums(surplus * x[right], left, agents)
        return value, np.concatenate([of_ratings, of_places.ravel()])

    chance = np.random.default_rng(seed)
    starts = [np.concatenate([start, 0.3 * chance.normal(size=2 * agents)]) for _ in range(STARTS)]
    found = min((minimize(loss, begin, jac=True, method="L-BFGS-B") for begin in starts), key=lambda each: each.fun)
    ratings = found.x[:agents] - found.x[:agents].mean()
    return DiscFit(ratings * POINTS_A_LOGIT, found.x[agents:].reshape(agents, 2))


@dataclass(frozen=True)
class Gain:
    """By how much a disc foretells results better, in nats a match, and the standard error of that."""

    mean: float
    error: float

    @property
    def shows(self) -> bool:
        """Whether the circle is there beyond what luck would do: the gain is over two standard errors."""
        return self.mean > 2.0 * self.error


def gain_of_disc(
    first: ArrayLike, second: ArrayLike, points: ArrayLike, games: ArrayLike, *, agents: int, seed: int = 0
) -> Gain:
    """By how much a disc beside the ratings foretells results that the fit has not seen.

    Cross-validation over ``HELD_OUT`` parts of the results; positive where the circle is there, about or below 0
    where it is noise. The rows should be single pairs of matches, so that the parts share pairings of agents.
    """
    left, right = np.asarray(first, np.int64), np.asarray(second, np.int64)
    taken, played = np.asarray(points, np.float64), np.asarray(games, np.float64)
    part = np.random.default_rng(seed).permutation(len(left)) % HELD_OUT
    gains = np.zeros(len(left))
    for held in range(HELD_OUT):
        seen, unseen = part != held, part == held
        rows = (left[seen], right[seen], taken[seen], played[seen])
        line = fit(*rows, agents=agents).ratings
        with_disc = _fit_beside(line, *rows, seed=seed).chances(left[unseen], right[unseen])
        by_line = expected_score(line[left[unseen]] - line[right[unseen]])
        gains[unseen] = _log_likelihood(with_disc, taken[unseen], played[unseen])
        gains[unseen] -= _log_likelihood(by_line, taken[unseen], played[unseen])
    matches = max(1.0, float(played.sum()))
    mean = float(gains.sum()) / matches
    return Gain(mean, float(np.sqrt(((gains - mean * played) ** 2).sum())) / matches)


def _turn(places: Floats, i: NDArray[np.int64], j: NDArray[np.int64]) -> Floats:
    turned: Floats = places[i, 0] * places[j, 1] - places[i, 1] * places[j, 0]
    return turned


def _sums(values: Floats, rows: NDArray[np.int64], agents: int) -> Floats:
    return np.asarray(np.bincount(rows, values, agents), np.float64)


def _log_likelihood(chances: Floats, points: Floats, games: Floats) -> Floats:
    likelihood: Floats = points * np.log(chances) + (games - points) * np.log1p(-chances)
    return likelihood
