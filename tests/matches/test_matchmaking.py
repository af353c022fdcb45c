"""Matchmaking as a pure function: the same question has the same answer, and each rule shows in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.matches import matchmaking
from sparring.matches.matchmaking import BLOCKS, FIRST_MATCHES, MATCHES_A_DUEL, Field, choose

OF_OLD = [(18, 17), (18, 19), (19, 18), (18, 19), (17, 18)]
NEW_OF_OLD = [(0, 15), (0, 13), (0, 11)]


def field(ratings, half_widths=600, matches=500, coming=0, divisions=0):
    count = len(ratings)

    def column(value):
        return np.broadcast_to(np.asarray(value, np.int64), (count,))

    points = np.array(ratings, np.int64) * 10
    columns = (points, column(half_widths), column(matches), column(coming), column(1), column(divisions))
    return Field(np.arange(100, 100 + count), *columns)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**62), st.integers(2, 40), st.integers(1, 4), st.integers(0, 10_000))
def test_what_was_asked_is_written_down_and_answered_the_same(seed, count, seats, draw):
    chance = np.random.default_rng(draw)
    matches = chance.integers(0, 2000, count) * chance.integers(0, 2, 1)
    asked = field(chance.integers(0, 3000, count), chance.integers(1, 3500, count), matches)
    pairs = [tuple(sorted(pair)) for pair in chance.integers(100, 100 + count, (30, 2)).tolist() if pair[0] != pair[1]]
    meetings = {pair: (int(chance.integers(0, 500)), bool(chance.integers(2))) for pair in pairs}
    kept = matchmaking.from_document(matchmaking.to_document(asked, meetings))
    first = choose(asked, meetings, seed, seats)
    assert choose(*kept, seed, seats) == first
    assert first is None or len(set(first.rows)) == seats


def test_only_the_meetings_of_candidates_are_looked_at():
    asked = field(range(0, 3000, 10))
    meetings = {(100, other): (900, False) for other in range(101, 400)}
    for seed in range(5):
        ones = asked.versions[matchmaking.candidates(asked, seed)]
        needed = {pair: known for pair, known in meetings.items() if set(pair) & set(ones.tolist())}
        assert choose(asked, meetings, seed) == choose(asked, needed, seed)


def test_who_is_known_meets_only_its_own_division():
    asked = field([1500, 1505, 1510, 1515], divisions=[1, 2, 1, 2])
    chosen = [set(choose(asked, {}, seed).rows) for seed in range(20)]
    assert {frozenset(rows) for rows in chosen} == {frozenset({0, 2}), frozenset({1, 3})}


def test_a_newcomer_meets_every_division():
    asked = field([1500, 1505, 1510, 1515], matches=[0, 500, 500, 500], divisions=[0, 1, 2, 3])
    assert {choose(asked, {}, seed).rows[1] for seed in range(40)} == {1, 2, 3}


def test_three_at_a_table_are_near_each_other_and_have_each_seat_equally_often():
    asked = field([1500, 1510, 1520, 2900, 2905, 2910])
    for seed in range(20):
        choice = choose(asked, {}, seed, seats=3)
        assert set(choice.rows) in ({0, 1, 2}, {3, 4, 5})
        assert choice.matches % 3 == 0


def test_alone_everybody_plays_the_same_seeds_block_by_block():
    asked = field([0, 0, 0], matches=[20, 0, 40], coming=[0, 20, 0])
    choice = choose(asked, {}, 1, seats=1)
    assert (choice.rows, choice.block) == ((0,), 2)
    assert matchmaking.explain(asked, choice, ["a", "b", "c"]).startswith("Seeds 21 to 40 of the 100")
    assert choose(field([0, 0], matches=BLOCKS * MATCHES_A_DUEL), {}, 1, seats=1) is None


def test_the_answer_to_a_question_of_old_has_not_changed():
    """Whoever changes what is chosen raises METHOD: ledgers of old must replay, or say that they can't."""
    asked = field(range(1000, 2000, 50), half_widths=np.arange(20) * 30 + 300)
    assert matchmaking.METHOD == 1
    assert [choose(asked, {}, seed).rows for seed in range(5)] == OF_OLD
    new = field(range(1000, 2000, 50), matches=np.arange(20) * 10)
    assert [choose(new, {}, seed).rows for seed in range(3)] == NEW_OF_OLD


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_are_not_paired(count):
    assert choose(field([1500] * count), {}, 1) is None
    assert choose(field([1500] * count, matches=FIRST_MATCHES - 1), {}, 1) is None
