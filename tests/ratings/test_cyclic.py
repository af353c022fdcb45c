"""Circles among agents: found where they are, not where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sparring.ratings import expected_score
from sparring.ratings.cyclic import disc, fit_disc, gain_of_disc, split


def antisymmetric(seed: int, agents: int) -> NDArray[np.float64]:
    matrix = np.random.default_rng(seed).normal(size=(agents, agents))
    return np.asarray(matrix - matrix.T)


def duels(chances: NDArray[np.float64], seed: int, pairs: int) -> tuple[NDArray[np.int64], ...]:
    """Results of ``pairs`` pairs of matches between all agents, a row each."""
    chance = np.random.default_rng(seed)
    upper = np.argwhere(np.triu(np.ones_like(chances), 1))
    rows = np.repeat(upper, pairs, axis=0)
    points = chance.binomial(2, chances[rows[:, 0], rows[:, 1]])
    return rows[:, 0], rows[:, 1], points, np.full(len(rows), 2)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_the_ratings_are_those_of_least_squares_and_the_rest_is_orthogonal_to_any(seed: int, agents: int) -> None:
    matrix = antisymmetric(seed, agents)
    ratings, rest = split(matrix)
    i, j = np.triu_indices(agents, 1)
    design = np.zeros((len(i), agents))
    design[np.arange(len(i)), i], design[np.arange(len(i)), j] = 1.0, -1.0
    oracle = np.linalg.lstsq(design, matrix[i, j], rcond=None)[0]
    assert ratings == pytest.approx(oracle - oracle.mean(), abs=1e-9)
    assert rest.sum(axis=1) == pytest.approx(np.zeros(agents), abs=1e-9)
    assert ratings[:, None] - ratings[None, :] + rest == pytest.approx(matrix)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(3, 9))
def test_the_disc_is_the_best_of_rank_two(seed: int, agents: int) -> None:
    _, rest = split(antisymmetric(seed, agents))
    x, y = disc(rest).T
    near = np.outer(x, y) - np.outer(y, x)
    sizes = np.linalg.svd(rest)[1]
    assert np.linalg.norm(rest - near) == pytest.approx(np.sqrt((sizes[2:] ** 2).sum()), abs=1e-8)


def test_rock_paper_scissors_is_all_circle() -> None:
    ratings, rest = split([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    assert ratings == pytest.approx([0, 0, 0])
    x, y = disc(rest).T
    assert np.outer(x, y) - np.outer(y, x) == pytest.approx(rest)
    assert not disc(np.zeros((3, 3))).any()


def test_a_circle_that_is_there_is_found_and_foretells_results() -> None:
    angles = np.arange(9) * 2 * np.pi / 3
    lead = 2.0 * np.sin(angles[None, :] - angles[:, None])
    chances = 1 / (1 + np.exp(-lead))
    rows = duels(chances, seed=1, pairs=10)
    fitted = fit_disc(*rows, agents=9)
    i, j = np.triu_indices(9, 1)
    assert np.abs(fitted.chances(i, j) - chances[i, j]).mean() < 0.08
    assert np.abs(fitted.ratings).max() < 80
    gain = gain_of_disc(*rows, agents=9)
    assert gain.mean > 0.1
    assert gain.shows


def test_where_there_is_only_a_line_a_circle_foretells_nothing() -> None:
    ratings = np.linspace(-300, 300, 9)
    chances = expected_score(ratings[:, None] - ratings[None, :])
    gains = [gain_of_disc(*duels(chances, seed, pairs=10), agents=9) for seed in range(4)]
    assert max(gain.mean for gain in gains) < 0.0
    assert not any(gain.shows for gain in gains)


def test_what_is_no_table_of_advantages_is_refused() -> None:
    with pytest.raises(ValueError, match="square matrix"):
        split([[0, 1], [1, 0]])
