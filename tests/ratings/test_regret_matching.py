"""Regret matching: a step by hand, and averages that tend to equilibria."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.ratings.nash import distance
from sparring.ratings.regret_matching import matched, regret_matching

ROCK_PAPER_SCISSORS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])


def test_the_first_rounds_by_hand() -> None:
    first, second = np.array([[4.0, 0.0], [0.0, 2.0]]), np.array([[-4.0, 0.0], [0.0, -2.0]])
    assert [policy.tolist() for policy in regret_matching(first, second, 1)] == [[0.5, 0.5], [0.5, 0.5]]
    assert [policy.tolist() for policy in regret_matching(first, second, 2)] == [[0.75, 0.25], [0.25, 0.75]]
    x, y = regret_matching(first, second, 3)
    assert x == pytest.approx([1.75 / 3, 1.25 / 3])
    assert y == pytest.approx([0.5 / 3, 2.5 / 3])


def test_nothing_regretted_is_played_uniformly() -> None:
    assert matched(np.array([-1.0, 0.0])).tolist() == [0.5, 0.5]


def test_zero_sum_games_come_near_to_an_equilibrium_the_nearer_the_longer() -> None:
    chance = np.random.default_rng(1)
    for _ in range(5):
        payoffs = chance.uniform(-1, 1, (4, 5))
        few, many = (distance(payoffs, -payoffs, *regret_matching(payoffs, -payoffs, rounds)) for rounds in (50, 5000))
        assert many < few
        assert many < 0.05


def test_a_dominated_choice_is_left() -> None:
    x, y = regret_matching([[3, 0], [5, 1]], [[3, 5], [0, 1]], 2000)
    assert x[1] > 0.99
    assert y[1] > 0.99
    with pytest.raises(ValueError, match="one shape"):
        regret_matching(ROCK_PAPER_SCISSORS, [[1]])
