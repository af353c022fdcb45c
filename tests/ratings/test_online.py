"""The online rating: against the paper's formulas worked out here, and by its properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.ratings.bradley_terry import expected_score
from sparring.ratings.online import BETA, Skill, new_skill, update

skills = st.builds(Skill, mu=st.floats(-20, 70), sigma=st.floats(0.5, 9))
scores = st.integers(-3, 3).map(float)


@given(skills, skills, st.sampled_from([0.0, 0.5, 1.0]))
def test_two_seats_follow_weng_and_lin_algorithm_1(one, other, points):
    """Their equations (20), (27)-(29) with gamma = sigma / c, as the paper suggests for large teams."""
    c = math.sqrt(one.sigma**2 + other.sigma**2 + 2 * BETA**2)
    chance = 1 / (1 + math.exp((other.mu - one.mu) / c))
    eta = (one.sigma / c) * (one.sigma / c) ** 2 * chance * (1 - chance)
    rated, _ = update([one, other], [points, 1 - points], drift=0)
    assert rated.mu == pytest.approx(one.mu + one.sigma**2 / c * (points - chance))
    if points != 0.5:
        assert rated.sigma == pytest.approx(one.sigma * math.sqrt(max(1 - eta, 0.0001)), rel=1e-3)


@given(st.lists(st.tuples(skills, scores), min_size=2, max_size=5))
def test_any_number_of_seats_follows_weng_and_lin_algorithm_4(seats):
    """Their equations for the Plackett-Luce model, partial play with ties: each place q is a choice among the rest."""
    known, taken = zip(*seats, strict=True)
    c = math.sqrt(sum(skill.sigma**2 + BETA**2 for skill in known))
    weight = [math.exp(skill.mu / c) for skill in known]
    expected = []
    for own, score in enumerate(taken):
        omega = 0.0
        for q, theirs in enumerate(taken):
            if theirs >= score:
                rest = sum(weight[s] for s in range(len(seats)) if taken[s] <= theirs)
                omega += ((q == own) - weight[own] / rest) / taken.count(theirs)
        expected.append(known[own].mu + known[own].sigma ** 2 / c * omega)
    assert [skill.mu for skill in update(known, taken, drift=0)] == pytest.approx(expected)


@given(skills, skills)
def test_the_winner_rises_and_the_loser_falls(one, other):
    winner, loser = update([one, other], [1, 0])
    assert winner.mu > one.mu
    assert loser.mu < other.mu


@given(skills, skills)
def test_a_draw_brings_two_agents_nearer(one, other):
    first, second = update([one, other], [0, 0])
    assert abs(first.mu - second.mu) <= abs(one.mu - other.mu) + 1e-9


@given(st.lists(st.tuples(skills, scores), min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_seats_does_not_matter(seats, random):
    order = list(range(len(seats)))
    random.shuffle(order)
    straight = update(*zip(*seats, strict=True))
    shuffled = update(*zip(*[seats[index] for index in order], strict=True))
    for place, index in enumerate(order):
        assert shuffled[place] == pytest.approx(straight[index])


@given(st.lists(st.tuples(skills, scores), min_size=2, max_size=5))
def test_only_the_order_of_the_scores_counts(seats):
    known, taken = zip(*seats, strict=True)
    assert update(known, taken) == update(known, [10 * score + 7 for score in taken])


def test_four_seats_are_ranked_and_a_tie_is_kept():
    first, second, third, last = update([new_skill()] * 4, [3, 2, 2, 0])
    assert first.mu > second.mu > last.mu
    assert second == pytest.approx(third)


def test_skill_grows_surer_with_matches_and_drift_keeps_it_open():
    frozen = drifting = [new_skill(), new_skill()]
    for match in range(400):
        frozen = update(frozen, [match % 2, 1 - match % 2], drift=0)
        drifting = update(drifting, [match % 2, 1 - match % 2], drift=0.2)
    assert frozen[0].sigma < drifting[0].sigma < new_skill().sigma


def test_points_read_like_elo():
    """Matches at the rate of a 400-point lead settle about 400 points apart: the unit of the published ratings."""
    strong, weak = new_skill(), new_skill()
    for match in range(3300):
        won = match % 11 != 5
        strong, weak = update([strong, weak], [won, not won], drift=0)
    assert expected_score(strong.points - weak.points) == pytest.approx(10 / 11, abs=0.02)


@pytest.mark.parametrize(
    ("count", "taken", "sentence"),
    [(2, [1], "one score"), (1, [1], "two seats"), (2, [1, math.nan], "finite")],
)
def test_a_match_that_makes_no_sense_is_refused(count, taken, sentence):
    with pytest.raises(ValueError, match=sentence):
        update([new_skill()] * count, taken)
