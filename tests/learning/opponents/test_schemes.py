"""Distributions over the pool: worked by hand, and what holds for all of them."""

from __future__ import annotations

from math import e

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.learning.opponents.schemes import (
    delta_limit_uniform,
    delta_uniform,
    fictitious,
    mixture,
    naive,
    pfsp,
    prioritised,
    qualities_after_wins,
    quality_of_new,
)

MEMBERS = st.integers(0, 200)
DELTAS = st.floats(0, 1)
SHARES = st.lists(st.integers(0, 100).map(lambda points: points / 100), min_size=1, max_size=50)


def test_the_windows_are_those_of_the_definition() -> None:
    assert delta_uniform(4, 0.0).tolist() == [0.2] * 5
    assert delta_uniform(4, 0.5).tolist() == [0, 0, 1 / 3, 1 / 3, 1 / 3]
    assert delta_uniform(4, 0.75).tolist() == [0, 0, 0, 0.5, 0.5]
    assert delta_uniform(5, 0.5).tolist() == [0, 0, 0, 1 / 3, 1 / 3, 1 / 3]
    assert naive(4).tolist() == delta_uniform(4, 1.0).tolist() == [0, 0, 0, 0, 1]
    assert naive(0).tolist() == delta_uniform(0, 0.3).tolist() == [1]


def test_delta_limit_uniform_by_hand() -> None:
    assert delta_limit_uniform(2, 0.0) == pytest.approx(np.array([1 / 9, 1 / 4, 1]) / (1 / 9 + 1 / 4 + 1))
    assert delta_limit_uniform(4, 0.5) == pytest.approx(np.array([0, 0, 4, 9, 36]) / 49)
    assert delta_limit_uniform(7, 1.0).tolist() == naive(7).tolist()


@given(MEMBERS, DELTAS)
def test_windows_hold_the_latest_and_the_older_is_never_likelier(members: int, delta: float) -> None:
    for chances in (delta_uniform(members, delta), delta_limit_uniform(members, delta)):
        assert chances.shape == (members + 1,)
        assert chances.sum() == pytest.approx(1)
        assert (np.diff(chances) >= -1e-15).all()
        assert (chances[: int(np.ceil(delta * members))] == 0).all()
        assert (chances[int(np.ceil(delta * members)) :] > 0).all()


def test_prioritised_is_the_softmax_of_qualities_and_wins_cost_the_rare_more() -> None:
    assert prioritised([0.0, 1.0]) == pytest.approx([1 / (1 + e), e / (1 + e)])
    assert prioritised([1000.0, 1000.0]).tolist() == [0.5, 0.5]
    assert (quality_of_new([]), quality_of_new([0.2, 0.7])) == (1.0, 0.7)
    after = qualities_after_wins([0.0, 0.0], [3, 0], rate=0.01)
    assert after == pytest.approx([-0.03, 0.0])
    rare = qualities_after_wins([0.0, 1.0], [1, 1], rate=0.01)
    assert rare == pytest.approx([-0.01 * (1 + e) / 2, 1 - 0.01 * (1 + e) / (2 * e)])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.integers(0, 29))
def test_who_was_beaten_is_met_less_and_no_win_changes_nothing(qualities: list[float], place: int) -> None:
    before, wins = prioritised(qualities), np.zeros(len(qualities), int)
    assert before.sum() == pytest.approx(1)
    assert qualities_after_wins(qualities, wins).tolist() == qualities
    place %= len(qualities)
    wins[place] = 1
    after = prioritised(qualities_after_wins(qualities, wins))
    assert after[place] < before[place] or len(qualities) == 1 or before[place] == 1


def test_pfsp_by_hand() -> None:
    assert pfsp([0.0, 0.5, 1.0], "hard", 2.0) == pytest.approx([0.8, 0.2, 0.0])
    assert pfsp([0.0, 0.5, 0.9], "even") == pytest.approx([0, 0.25 / 0.34, 0.09 / 0.34])
    assert pfsp([1.0, 1.0], "hard").tolist() == pfsp([0.0, 1.0], "even").tolist() == [0.5, 0.5]


@given(SHARES, st.sampled_from(["hard", "even"]), st.floats(0.1, 5))
def test_pfsp_is_in_the_order_of_its_weighting(shares: list[float], weighting: str, power: float) -> None:
    chances = pfsp(shares, weighting, power)
    assert chances.sum() == pytest.approx(1)
    assert (chances >= 0).all()
    order = np.argsort(shares if weighting == "hard" else np.abs(np.array(shares) - 0.5))
    assert (np.diff(chances[order]) <= 1e-9).all()


def test_fictitious_play_is_uniform_and_a_mixture_is_in_proportion() -> None:
    assert fictitious(4).tolist() == [0.25] * 4
    assert fictitious(0).tolist() == prioritised([]).tolist() == []
    assert mixture([naive(1), delta_uniform(1, 0)], [1, 1]).tolist() == [0.25, 0.75]
    with pytest.raises(ValueError, match="not all 0"):
        mixture([naive(1)], [0])
