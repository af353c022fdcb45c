"""Tournaments at tables: who sits with whom, who goes on, and that it all comes out even."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.matches.tournaments import Stage, Stages
from sparring.matches.tournaments.tables import (
    Alone,
    Table,
    TableFormat,
    TableGauntlet,
    TableKnockOut,
    TableResult,
    TableRoundRobin,
    TableSwiss,
    balanced_tables,
    place_points,
)


def better_seed_wins(table: Table) -> tuple[float, ...]:
    return tuple(place_points([-float(player) for player in table.players]))


def play_out(
    held: TableFormat, outcome: Callable[[Table], tuple[float, ...]] = better_seed_wins, seed: int = 0
) -> list[TableResult]:
    """Play everything that is asked for, in an order that ``seed`` shuffles."""
    chance, results = random.Random(seed), []
    while pairings := held.pairings(results):
        table = chance.choice(pairings)
        results.append(TableResult(table.round, table.players, outcome(table), table.game))
        assert len(results) < 2000
    return results


def order(held: TableFormat, results: list[TableResult]) -> list[int]:
    return [place.entry for place in held.ranking(results)]


@pytest.mark.parametrize("seats", [3, 4, 6])
def test_everybody_meets_everybody_equally_often_within_one(seats: int) -> None:
    for entries in [*range(seats, 20), 33, 64]:
        for meetings in (1, 2):
            tables = balanced_tables(entries, seats, meetings)
            met = Counter(pair for table in tables for pair in combinations(table, 2))
            assert len(met) == entries * (entries - 1) // 2
            assert meetings <= min(met.values()) >= max(met.values()) - 1
            played = Counter(entry for table in tables for entry in table)
            assert len(set(played.values())) == 1
            assert {len(set(table)) for table in tables} == {seats}


def test_few_tables_are_more_than_a_perfect_design_needs() -> None:
    """Thirteen at tables of four is the projective plane of order three, and 31 at tables of three a Steiner system."""
    assert (len(balanced_tables(13, 4)), len(balanced_tables(31, 3))) == (13, 155)
    assert all(len(balanced_tables(n, 4)) <= 2 * n * (n - 1) / 12 for n in range(7, 40))


def test_in_a_round_of_everybody_against_everybody_nobody_sits_at_two_tables() -> None:
    rounds: dict[int, list[int]] = {}
    for table in TableRoundRobin(11, 3, cycles=2).pairings([]):
        rounds.setdefault(table.round, []).extend(table.players)
    assert all(len(players) == len(set(players)) for players in rounds.values())


def test_places_are_worth_points_and_equals_share_them() -> None:
    assert place_points([5.0, 5.0, 1.0]) == [0.75, 0.75, 0.0]
    assert place_points([0.0] * 4) == [0.5] * 4
    assert place_points([1.0, -1.0]) == [1.0, 0.0]


@settings(max_examples=8, deadline=None)
@given(st.integers(3, 20), st.integers(3, 4), st.integers(0, 99))
def test_a_swiss_seats_everybody_equally_often_within_one_and_likes_meet(entries: int, seats: int, seed: int) -> None:
    entries = max(entries, seats)
    held, chance = TableSwiss(entries, seats), random.Random(seed)
    results = play_out(held, lambda table: tuple(place_points([chance.random() for _ in table.players])), seed)
    assert len(results) == held.last_round * (entries // seats)
    played = Counter(entry for result in results for entry in result.players)
    assert max(played.values()) - min(played[entry] for entry in range(entries)) <= 1
    for number in range(1, held.last_round + 1):
        seated = [entry for result in results if result.round == number for entry in result.players]
        assert len(seated) == len(set(seated)) == entries // seats * seats


def test_a_swiss_finds_the_best_and_lets_few_meet_twice() -> None:
    held = TableSwiss(16, 4)
    results = play_out(held)
    assert order(held, results)[0] == 0
    assert order(held, results)[-1] == 15
    met = Counter(pair for result in results for pair in combinations(sorted(result.players), 2))
    assert len(met) > 0.75 * met.total()
    second = [result for result in results if result.round == 2]
    assert {0, 1, 2, 3} in [set(result.players) for result in second]  # each had won the table it was spread to


@pytest.mark.parametrize("seats", [3, 4, 5])
@pytest.mark.parametrize("advance", [0, 1])
def test_a_knock_out_ends_in_one_full_table_and_the_best_seeds_reach_it(seats: int, advance: int) -> None:
    for entries in [*range(seats, 20), 39]:
        held = TableKnockOut(entries, seats, advance)
        results = play_out(held)
        assert all(len(result.players) == seats for result in results)
        assert len([result for result in results if result.round == max(each.round for each in results)]) == 1
        ranking = held.ranking(results)
        assert ranking[0].entry == 0
        assert [place.place for place in ranking][:2] == [1, 2]
        assert {0, 1} < set(results[-1].players)


def test_a_table_with_a_tie_at_the_cut_is_played_again_and_then_the_better_seed_goes_on() -> None:
    held, reasons = TableKnockOut(8, 4), []

    def level(table: Table) -> tuple[float, ...]:
        reasons.append(table.reason)
        return (0.5,) * len(table.players)

    results = play_out(held, level)
    assert len(results) == 9
    assert results[-1].players == (0, 1, 2, 3)
    assert [(place.entry, place.place) for place in held.ranking(results)[:4]] == [(0, 1), (1, 2), (2, 2), (3, 2)]
    again = ["", ", again after a tie", ", again after 2 ties; after one more the better seed wins"]
    assert reasons[-3:] == [f"final{words}" for words in again]


def test_a_table_that_is_played_again_decides_between_those_who_were_level_only() -> None:
    held = TableKnockOut(8, 4)
    (table, _) = held.pairings([])
    first, second, third, fourth = table.players
    tied = TableResult(1, table.players, (1.0, 0.5, 0.5, 0.0), table.game)
    assert held.pairings([tied])[0].players == table.players
    again = TableResult(1, table.players, (0.0, 0.2, 0.8, 1.0), table.game)
    other = TableResult(1, held.pairings([])[1].players, (1.0, 0.8, 0.2, 0.0), 2)
    (final,) = held.pairings([tied, again, other])
    assert {first, third} < set(final.players)
    places = {place.entry: place.place for place in held.ranking([tied, again, other])}
    assert places[fourth] > places[second] > places[third]


def test_a_table_that_was_given_up_is_not_played_again() -> None:
    held = TableKnockOut(4, 4)
    assert held.pairings([TableResult(1, (0, 1, 2, 3), (0.5,) * 4, 1, void=True)]) == []


@pytest.mark.parametrize(("entries", "challengers", "tables"), [(9, 1, 4), (8, 1, 7), (8, 2, 6)])
def test_challengers_sit_at_every_table_and_the_others_equally_often(
    entries: int, challengers: int, tables: int
) -> None:
    held = TableGauntlet(entries, 3, challengers)
    results = play_out(held)
    assert len(results) == tables
    played = Counter(entry for result in results for entry in result.players)
    assert {played[entry] for entry in range(challengers)} == {tables}
    assert len({played[entry] for entry in range(challengers, entries)}) == 1
    assert order(held, results)[0] == 0


def test_alone_the_mean_return_ranks_and_who_has_none_stands_last() -> None:
    held = Alone(3, cycles=2)
    returns = {0: (-5.0,), 1: (-1.0,), 2: ()}
    results = play_out(held, lambda table: returns[table.players[0]])
    assert len(results) == 6
    assert [(place.place, place.entry, place.score) for place in held.ranking(results)] == [
        (1, 1, -1.0),
        (2, 0, -5.0),
        (3, 2, 0.0),
    ]


def test_a_final_at_tables_cuts_the_field_in_stages() -> None:
    stages = Stages((Stage(9, lambda n: TableSwiss(n, 3)), Stage(3, lambda n: TableRoundRobin(n, 3))))
    results = play_out(stages, lambda table: tuple(1.0 - points for points in better_seed_wins(table)))
    final = next(result for result in results if result.round == 1001)
    ranking = order(stages, results)
    assert ranking[0] == 8
    assert set(ranking[:3]) == set(final.players)
    before = [result for result in results if result.round < 1000]
    assert list(final.players) == order(TableSwiss(9, 3), before)[:3]
    assert ranking[3:] == order(TableSwiss(9, 3), before)[3:]


@given(
    st.sampled_from(
        [TableRoundRobin(5, 3), TableSwiss(7, 3), TableSwiss(8, 4), TableGauntlet(5, 3), TableKnockOut(9, 3)]
    )
)
@settings(max_examples=5)
def test_the_same_results_give_the_same_tables_in_whatever_order_they_came(held: TableFormat) -> None:
    results = play_out(held, seed=3)
    for count in range(len(results)):
        assert held.pairings(results[:count]) == held.pairings(results[:count][::-1])
