"""The published ratings: against independent programs, by their properties, and by what their intervals promise."""

from __future__ import annotations

import math
import time

import choix
import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.ratings.bradley_terry import (
    POINTS_A_LOGIT,
    Fit,
    band_dispersions,
    bands,
    expected_score,
    fit,
    pair_dispersion,
)

FLAT_PRIOR = 1e6


def fit_wins(wins: np.ndarray, prior: float = FLAT_PRIOR) -> Fit:
    first, second = np.triu_indices(len(wins), 1)
    return fit(first, second, wins[first, second], wins[first, second] + wins[second, first], prior)


def play_pool(rng: np.random.Generator, strengths: np.ndarray, pairings: int, games: int):
    """Return first, second, points, games of random pairings between agents of known strength."""
    first = rng.integers(len(strengths), size=pairings)
    second = (first + rng.integers(1, len(strengths), size=pairings)) % len(strengths)
    points = rng.binomial(games, expected_score(strengths[first] - strengths[second]))
    return first, second, points, np.full(pairings, games)


tables = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).integers(1, 12, size=(5, 5)))
"""Wins of the row over the column; everybody has beaten everybody, so that a maximum exists without a prior."""


@settings(max_examples=15, deadline=None)
@given(tables)
def test_maximum_likelihood_agrees_with_choix(wins):
    matches = [(i, j) for i in range(5) for j in range(5) if i != j for _ in range(wins[i, j])]
    expected = choix.opt_pairwise(5, matches, alpha=1e-9, tol=1e-12) * POINTS_A_LOGIT
    assert fit_wins(wins).ratings == pytest.approx(expected - expected.mean(), abs=1e-2)


@settings(max_examples=15, deadline=None)
@given(tables, st.floats(0.5, 3.0))
def test_the_prior_agrees_with_choix(wins, variance):
    """Its penalty alpha * sum(x ** 2) is a normal prior of variance 1 / (2 alpha), in squared logits."""
    matches = [(i, j) for i in range(5) for j in range(5) if i != j for _ in range(wins[i, j])]
    expected = choix.opt_pairwise(5, matches, alpha=0.5 / variance, tol=1e-12) * POINTS_A_LOGIT
    assert fit_wins(wins, math.sqrt(variance) * POINTS_A_LOGIT).ratings == pytest.approx(expected, abs=1e-2)


@settings(max_examples=15, deadline=None)
@given(tables, st.integers(0, 10_000))
def test_draws_agree_with_evalica(wins, seed):
    first, second = np.triu_indices(5, 1)
    draws = np.random.default_rng(seed).integers(0, 6, size=len(first))
    rows = [
        (int(i), int(j), outcome)
        for i, j, drawn in zip(first, second, draws, strict=True)
        for outcome, count in (("X", wins[i, j]), ("Y", wins[j, i]), ("Draw", drawn))
        for _ in range(count)
    ]
    xs, ys, outcomes = zip(*rows, strict=True)
    winners = [getattr(evalica.Winner, outcome) for outcome in outcomes]
    scores = evalica.bradley_terry(xs, ys, winners, tie_weight=0.5, tolerance=1e-14, limit=100_000).scores
    expected = np.log([scores[agent] for agent in range(5)]) * POINTS_A_LOGIT
    points, games = wins[first, second] + draws / 2, wins[first, second] + wins[second, first] + draws
    found = fit(first, second, points, games, FLAT_PRIOR).ratings
    assert found == pytest.approx(expected - expected.mean(), abs=1e-2)


def test_two_agents_have_the_textbook_rating_and_deviation():
    result = fit([0], [1], [30], [40], FLAT_PRIOR)
    lead = 400 * math.log10(30 / 10)
    deviation = POINTS_A_LOGIT / math.sqrt(40 * 0.75 * 0.25)
    assert result.ratings == pytest.approx([lead / 2, -lead / 2], abs=1e-3)
    assert math.sqrt(4 * result.covariance[0, 0]) == pytest.approx(deviation, rel=1e-6)


def test_an_undefeated_agent_is_on_top_finite_and_uncertain():
    result = fit([0, 0, 1], [1, 2, 2], [20, 20, 10], [20, 20, 20])
    low, high = result.intervals()[0]
    assert result.ratings.argmax() == 0
    assert 150 < low < high < 2000
    assert high - low > np.ptp(result.intervals()[1])


def test_an_agent_without_matches_is_average_and_may_have_any_rank():
    result = fit([0], [1], [60], [100], agents=3)
    assert result.ratings[2] == pytest.approx(0, abs=1e-9)
    assert result.rank_ranges()[2].tolist() == [1, 3]


def test_more_matches_narrow_the_intervals_toward_nothing():
    widths = [np.ptp(fit([0], [1], [6 * scale], [10 * scale]).intervals()[0]) for scale in (1, 100, 10_000)]
    assert widths[0] > 9 * widths[1] > 81 * widths[2]
    assert widths[2] < 3


def test_no_matches_at_all_say_nothing():
    result = fit([], [], [], [], agents=2)
    assert result.ratings.tolist() == [0, 0]
    assert result.rank_ranges().tolist() == [[1, 2], [1, 2]]
    assert fit([], [], [], []).ratings.shape == (0,)


def test_rank_ranges_separate_what_is_far_and_join_what_is_near():
    result = Fit(np.array([500.0, 10.0, 0.0, -510.0]), np.eye(4) * 20.0**2)
    assert result.rank_ranges().tolist() == [[1, 1], [2, 3], [2, 3], [4, 4]]


def test_rank_ranges_know_that_errors_are_shared():
    common = 100.0**2
    apart = Fit(np.array([30.0, 0.0]), np.array([[common, common - 50], [common - 50, common]]))
    assert apart.rank_ranges().tolist() == [[1, 1], [2, 2]]


results = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 40), st.integers(1, 20)), min_size=1, max_size=20
).map(lambda rows: [(first, (first + gap) % 6, min(half, 2 * games) / 2, games) for first, gap, half, games in rows])


@given(results)
def test_the_order_in_which_a_pair_is_written_does_not_matter(rows):
    first, second, points, games = (np.array(column) for column in zip(*rows, strict=True))
    one = fit(first, second, points, games, agents=6)
    other = fit(second, first, games - points, games, agents=6)
    assert other.ratings == pytest.approx(one.ratings, abs=1e-5)
    assert other.covariance == pytest.approx(one.covariance, rel=1e-6, abs=1e-2)


@given(results)
def test_counts_say_the_same_as_single_matches(rows):
    halves = [
        (first, second, min(1.0, max(0.0, points - match)), 1)
        for first, second, points, games in rows
        for match in range(games)
    ]
    together = fit(*zip(*rows, strict=True), agents=6)
    one_by_one = fit(*zip(*halves, strict=True), agents=6)
    assert one_by_one.ratings == pytest.approx(together.ratings, abs=1e-5)


@given(results)
def test_the_fit_satisfies_the_likelihood_equation(rows):
    """Points taken are points expected, plus the pull of the prior."""
    prior = 300.0
    result = fit(*zip(*rows, strict=True), prior, agents=6)
    surplus = np.zeros(6)
    for first, second, points, games in rows:
        short = points - games * expected_score(result.ratings[first] - result.ratings[second])
        surplus[first] += short
        surplus[second] -= short
    pull = result.ratings * POINTS_A_LOGIT / prior**2
    assert surplus == pytest.approx(pull, abs=1e-5)


@given(results, st.integers(0, 5), st.integers(1, 5))
def test_one_more_win_never_lowers_a_rating(rows, winner, gap):
    before = fit(*zip(*rows, strict=True), agents=6)
    after = fit(*zip(*rows, (winner, (winner + gap) % 6, 1, 1), strict=True), agents=6)
    assert after.ratings[winner] > before.ratings[winner]


@given(results)
def test_ratings_and_covariance_are_measured_from_the_pools_mean(rows):
    result = fit(*zip(*rows, strict=True), agents=6)
    assert result.ratings.sum() == pytest.approx(0, abs=1e-6)
    assert result.covariance.sum(axis=0) == pytest.approx(np.zeros(6), abs=1e-4)
    assert (np.linalg.eigvalsh(result.covariance) > -1e-6).all()


def test_ninety_five_percent_intervals_hold_the_truth_about_that_often():
    rng = np.random.default_rng(5)
    inside, ranks_inside = [], []
    for _ in range(60):
        strengths = rng.normal(0, 300, size=12)
        result = fit(*play_pool(rng, strengths, pairings=100, games=6), 300, agents=12)
        truth = strengths - strengths.mean()
        low, high = result.intervals(0.95).T
        inside.append((low < truth) & (truth < high))
        best, worst = result.rank_ranges(0.95).T
        rank = 1 + (truth[:, None] < truth[None, :]).sum(axis=1)
        ranks_inside.append((best <= rank) & (rank <= worst))
    assert 0.93 < np.mean(inside) < 0.97
    assert np.mean(ranks_inside) > 0.95


def test_dispersion_widens_intervals_until_they_hold_when_pairs_repeat_themselves():
    """The second match of each pair repeats the first: half the information that it seems to be."""
    rng = np.random.default_rng(6)
    naive, corrected = [], []
    for _ in range(100):
        strengths = rng.normal(0, 300, size=10)
        first, second, points, games = play_pool(rng, strengths, pairings=1000, games=1)
        truth = strengths - strengths.mean()
        doubled = fit(first, second, 2 * points, 2 * games, 300, agents=10)
        dispersion = pair_dispersion(doubled.ratings, first, second, 2 * points)
        widened = fit(first, second, 2 * points, 2 * games, 300, agents=10, dispersion=dispersion)
        naive.append(np.abs(truth - doubled.ratings) < np.ptp(doubled.intervals(), axis=1) / 2)
        corrected.append(np.abs(truth - widened.ratings) < np.ptp(widened.intervals(), axis=1) / 2)
    assert np.mean(naive) < 0.87
    assert 0.93 <= np.mean(corrected) <= 0.97


def test_independent_pairs_have_dispersion_one():
    rng = np.random.default_rng(7)
    first, second, points, games = play_pool(rng, np.linspace(-200, 200, 6), pairings=4000, games=2)
    ratings = fit(first, second, points, games).ratings
    assert pair_dispersion(ratings, first, second, points) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("drawn", [0.0, 0.3, 0.6])
def test_intervals_hold_whatever_share_of_the_matches_is_drawn(drawn):
    """Between equals ``drawn`` of all matches, fewer the more one of the two is stronger."""
    rng = np.random.default_rng(9)
    inside = []
    for _ in range(60):
        strengths = rng.normal(0, 250, size=20)
        first = rng.integers(20, size=500)
        second = (first + rng.integers(1, 20, size=500)) % 20
        chance = expected_score(strengths[first] - strengths[second])
        half = drawn * np.minimum(chance, 1 - chance)
        luck = rng.random((2, 500))
        points = ((luck < chance - half) / 2 + (luck < chance + half) / 2).sum(axis=0)
        games = np.full(500, 2)
        plain = fit(first, second, points, games, agents=20).ratings
        dispersion = band_dispersions(plain, first, second, points)[bands(plain, first, second)]
        result = fit(first, second, points, games, agents=20, dispersion=dispersion)
        truth = strengths - strengths.mean()
        low, high = result.intervals().T
        inside.append(((low < truth) & (truth < high))[np.argsort(truth)])
    assert 0.93 <= np.mean(inside) <= 0.97
    assert 0.91 <= np.mean(np.array(inside)[:, [0, 1, 2, -3, -2, -1]]) <= 0.98


@pytest.mark.quiet
def test_a_thousand_agents_and_half_a_million_matches_refit_in_under_two_seconds():
    rng = np.random.default_rng(8)
    pool = play_pool(rng, rng.normal(0, 400, size=1000), pairings=25_000, games=20)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        fitted = fit(*pool, agents=1000)
        fitted.intervals(), fitted.rank_ranges()
        times.append(time.perf_counter() - start)
    assert min(times) < 2.0


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (([0], [0], [1], [1]), "against itself"),
        (([0], [1], [2], [1]), "Points lie between"),
        (([0], [1], [-1], [1]), "Points lie between"),
        (([0], [1], [math.nan], [1]), "Points lie between"),
        (([0, 1], [1], [1], [1]), "one length"),
        (([-1], [1], [1], [1]), "numbered from 0 to 2"),
        (([0], [3], [1], [1]), "numbered from 0 to 2"),
    ],
)
def test_results_that_make_no_sense_are_refused(rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(*rows, agents=3)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit([0], [1], [1], [2]).intervals(level)
