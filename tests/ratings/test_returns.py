"""Mean returns over common seeds: intervals that hold, and comparisons that know that luck was shared."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.ratings.returns import mean_returns


def test_intervals_hold_the_true_mean_for_few_and_for_many_seeds():
    chance = np.random.default_rng(1)
    for count in (5, 20, 100):
        low, high = mean_returns(chance.normal(50, 10, (600, count)).tolist()).intervals().T
        assert 0.93 < ((low < 50) & (high > 50)).mean() < 0.97


def test_shared_luck_tells_apart_what_the_intervals_alone_would_not():
    chance = np.random.default_rng(2)
    luck = chance.normal(0, 100, 50)
    rows = [(luck + chance.normal(0, 1, 50) + lead).tolist() for lead in (0.0, 3.0)]
    found = mean_returns(rows)
    assert found.intervals()[0, 1] > found.intervals()[1, 0]
    assert found.rank_ranges().tolist() == [[2, 2], [1, 1]]
    apart = mean_returns([rows[0], chance.permutation(rows[1]).tolist()])
    assert apart.rank_ranges().tolist() == [[1, 2], [1, 2]]


def test_the_covariance_is_that_of_the_means_by_simulation():
    chance = np.random.default_rng(3)
    means = []
    for _ in range(4000):
        luck = chance.normal(0, 2, 40)
        means.append([(luck + chance.normal(0, 1, 40)).mean(), (luck + chance.normal(0, 1, 40))[:25].mean()])
    expected = np.cov(np.array(means).T)
    luck = chance.normal(0, 2, 100_000)
    rows = [luck + chance.normal(0, 1, 100_000), luck + chance.normal(0, 1, 100_000)]
    found = mean_returns([rows[0], rows[1][:62_500]]).covariance * 100_000 / 40
    assert found == pytest.approx(expected, rel=0.1)


def test_who_has_hardly_played_may_have_any_rank():
    found = mean_returns([[], [5.0], [1.0, 1.0, 1.0]])
    assert found.rank_ranges()[:2].tolist() == [[1, 3], [1, 3]]
    assert np.ptp(found.intervals()[0]) > 1e12
    assert found.ratings.tolist() == [0.0, 5.0, 1.0]
