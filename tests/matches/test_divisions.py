"""Divisions: nobody is lost, the best rise, the last fall, and sizes stay even."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sparring.matches.divisions import first_divisions, next_divisions


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 4), st.integers(0, 4))
def test_sizes_stay_as_even_as_can_be_whoever_came_and_left(held, divisions, moves):
    found = next_divisions(held, divisions, moves)
    sizes = [found.count(number) for number in range(1, divisions + 1)]
    assert sum(sizes) == len(held)
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)


def test_the_best_of_each_rise_and_the_last_fall():
    held = [2, 1, 1, 1, 3, 2, 2, 3, 3]
    assert next_divisions(held, 3, 1) == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_nobody_moves_where_nobody_may():
    held = [2, 2, 1, 1]
    assert next_divisions(held, 2, 0) == held


def test_nobody_rises_or_falls_by_more_than_one_division_when_nobody_leaves():
    held = first_divisions(30, 3)
    shuffled = held[::-1]
    assert all(abs(before - after) <= 1 for before, after in zip(shuffled, next_divisions(shuffled, 3, 5), strict=True))


def test_newcomers_enter_the_lowest_and_gaps_are_filled_by_the_best_below():
    assert next_divisions([0, 1, 2, 2, 2, 2], 2, 0) == [2, 1, 1, 1, 2, 2]
    assert next_divisions([0] * 4, 2, 1) == [1, 1, 2, 2]
