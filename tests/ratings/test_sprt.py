"""The sequential test errs no more often than it says, and stops early when the answer is plain."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.ratings.bradley_terry import expected_score
from sparring.ratings.sprt import SCORES, Sprt, count_pairs

TEST = Sprt(elo0=0, elo1=30)
TESTS, MOST_PAIRS, AT_A_TIME = 1000, 6000, 10


def distribution(elo: float) -> np.ndarray:
    """Of pairs between two whose difference is ``elo``: wins of either, and draws in three tenths of the matches."""
    score = float(expected_score(elo))
    match = np.array([1 - score - 0.15, 0.3, score - 0.15])
    return np.convolve(match, match)


def verdicts(elo: float, seed: int, tests: int = TESTS) -> tuple[dict[str | None, int], float]:
    """How simulated tests ended, and how many pairs they took on average."""
    chance, found, pairs = np.random.default_rng(seed), {"stronger": 0, "not stronger": 0, None: 0}, 0
    for _ in range(tests):
        counts, verdict = np.zeros(5, np.int64), None
        while verdict is None and counts.sum() < MOST_PAIRS:
            counts += chance.multinomial(AT_A_TIME, distribution(elo))
            verdict = TEST.verdict(counts)
        found[verdict] += 1
        pairs += int(counts.sum())
    return found, pairs / tests


def test_both_errors_are_at_most_as_frequent_as_promised():
    equal, equal_pairs = verdicts(0, seed=1)
    stronger, stronger_pairs = verdicts(30, seed=2)
    assert equal["stronger"] <= 0.05 * TESTS
    assert stronger["not stronger"] <= 0.05 * TESTS
    assert equal[None] == stronger[None] == 0
    assert equal_pairs < 700
    assert stronger_pairs < 700


def test_the_more_it_differs_the_sooner_it_is_clear():
    assert verdicts(120, seed=3, tests=100)[1] < verdicts(30, seed=3, tests=100)[1] / 2


@pytest.mark.parametrize("pairs", [[3, 10, 30, 12, 5], [0, 0, 50, 0, 0], [0, 0, 0, 0, 20], [40, 1, 0, 0, 0]])
def test_the_ratio_is_that_of_likelihoods_found_by_brute_force(pairs):
    shares = (np.array(pairs) + 1e-3) / (np.array(pairs) + 1e-3).sum()
    likely = []
    for elo in (TEST.elo1, TEST.elo0):
        mean, x = float(expected_score(elo)), 0.0
        for _ in range(200):  # Newton's steps towards the multiplier, halved while they leave the simplex
            away = SCORES - mean
            value = (shares * away / (1 + x * away)).sum()
            step = value / (shares * away**2 / (1 + x * away) ** 2).sum()
            while ((1 + (x + step) * away) <= 0).any():
                step /= 2
            x += step
        found = shares / (1 + x * away)
        assert found.sum() == pytest.approx(1, abs=1e-6)
        assert found @ SCORES == pytest.approx(mean, abs=1e-6)
        likely.append(found)
    assert TEST.llr(pairs) == pytest.approx(float(np.array(pairs) @ np.log(likely[0] / likely[1])), abs=1e-4)


def test_nothing_played_says_nothing():
    assert TEST.llr([0] * 5) == 0.0
    assert TEST.verdict([0] * 5) is None


def test_pairs_are_counted_by_their_points():
    assert count_pairs([1, 1, 0, 1, 0.5, 0.5, 0, 0.5]) == [0, 1, 2, 0, 1]


@pytest.mark.parametrize("numbers", [{"elo0": 5, "elo1": 5}, {"alpha": 0}, {"beta": 0.5}])
def test_what_makes_no_test_is_refused(numbers):
    with pytest.raises(ValueError, match=r"elo0 must be below|lie between"):
        Sprt(**numbers)
