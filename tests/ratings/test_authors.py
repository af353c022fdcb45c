"""Authors are not rewarded for having tried often."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.ratings.authors import author_standings, corrected_ratings

ERROR = 60.0


def test_fifty_equal_agents_stand_no_higher_than_one() -> None:
    """Everybody is equally strong; one author has 50 versions, 30 others one each."""
    naive, corrected = [], []
    who = np.concatenate([np.zeros(50, int), np.arange(1, 31)])
    for seed in range(40):
        measured = np.random.default_rng(seed).normal(0.0, ERROR, len(who))
        standings = author_standings(measured, np.eye(len(who)) * ERROR**2, who)
        busy = next(standing for standing in standings if standing.author == 0)
        naive.append(measured[:50].max())
        corrected.append(busy.rating)
        assert busy.versions == 50
    assert np.mean(naive) > 100
    assert abs(np.mean(corrected)) < 25


def test_the_corrected_rating_of_the_best_is_right_on_average_where_versions_differ() -> None:
    bias, covered, total = [], 0, 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        who = np.repeat(np.arange(15), chance.integers(1, 8, 15))
        truth = chance.normal(0, 120, 15)[who] + chance.normal(0, 80, len(who))
        measured = truth + chance.normal(0, ERROR, len(who))
        for standing in author_standings(measured, np.eye(len(who)) * ERROR**2, who):
            bias.append(standing.rating - truth[standing.version])
            covered += standing.low <= truth[standing.version] <= standing.high
            total += 1
    assert abs(np.mean(bias)) < 8
    assert 0.92 < covered / total < 0.98


def test_what_is_certain_stays_as_it_was_measured() -> None:
    measured = np.array([200.0, -50.0, 10.0, -160.0])
    means, spread = corrected_ratings(measured, np.eye(4) * 0.01, [0, 0, 1, 2])
    assert means == pytest.approx(measured, abs=0.1)
    assert np.diag(spread) == pytest.approx(np.full(4, 0.01), rel=0.01)


def test_an_author_s_versions_lend_each_other_strength() -> None:
    measured = np.array([100.0, 110.0, 90.0, 105.0, 300.0, -100.0, -90.0, -110.0, -105.0, -95.0])
    means, _ = corrected_ratings(measured, np.diag([20.0**2] * 4 + [100.0**2] + [20.0**2] * 5), [0] * 5 + [1] * 5)
    assert 95 < means[4] < 160


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        author_standings([1.0, 2.0], np.eye(3), [0, 1])
