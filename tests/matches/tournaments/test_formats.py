"""Tournament formats: who meets whom, who stands where, and that it follows from the results alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.matches.tournaments import (
    Format,
    Gauntlet,
    Pairing,
    Result,
    RoundRobin,
    Stage,
    Stages,
    Swiss,
    double_elimination,
    single_elimination,
)


def result(pairing: Pairing, points: float) -> Result:
    return Result(pairing.round, pairing.first, pairing.second, points, pairing.game)


def stronger_wins(pairing: Pairing) -> float:
    return 0.9 if pairing.first < pairing.second else 0.1


def play_out(held: Format, outcome: object = stronger_wins, seed: int = 0) -> list[Result]:
    """Play until nothing is left, in random order."""
    chance, results = random.Random(seed), []
    assert callable(outcome)
    while pairings := held.pairings(results):
        pairing = chance.choice(pairings)
        results.append(result(pairing, outcome(pairing)))
        assert len(results) < 5000
    return results


def order(held: Format, results: list[Result]) -> list[int]:
    return [place.entry for place in held.ranking(results)]


@given(st.integers(2, 17), st.integers(1, 2))
def test_in_a_round_robin_all_meet_once_a_cycle_and_play_once_a_round(entries: int, cycles: int) -> None:
    held = RoundRobin(entries, cycles)
    met: dict[tuple[int, int], int] = {}
    for pairs in held.rounds():
        playing = [entry for pair in pairs for entry in pair]
        assert len(playing) == len(set(playing))
        for pair in pairs:
            met[pair] = met.get(pair, 0) + 1
    assert met == {(a, b): cycles for a in range(entries) for b in range(a + 1, entries)}


def test_a_round_robin_asks_only_for_what_is_missing() -> None:
    held = RoundRobin(4)
    first, *others = held.pairings([])
    assert held.pairings([result(first, 1.0)]) == others
    assert order(held, play_out(held)) == [0, 1, 2, 3]


def test_equal_scores_are_parted_by_whom_they_beat() -> None:
    held = RoundRobin(4)
    outcomes = {(0, 1): 0.0, (0, 2): 1.0, (0, 3): 1.0, (1, 2): 0.0, (1, 3): 1.0, (2, 3): 0.0}
    results = play_out(held, lambda pairing: outcomes[pairing.first, pairing.second])
    ranking = held.ranking(results)
    assert [(place.entry, place.score) for place in ranking] == [(1, 2.0), (0, 2.0), (2, 1.0), (3, 1.0)]
    assert [place.tie_breaks[0] for place in ranking] == [3.0, 2.0, 2.0, 1.0]


def test_those_whom_nothing_parts_share_the_better_place() -> None:
    held = RoundRobin(3)
    results = play_out(held, lambda _: 0.5)
    assert [place.place for place in held.ranking(results)] == [1, 1, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 33), st.integers(0, 1000))
def test_in_a_swiss_nobody_meets_twice_and_nobody_rests_twice(entries: int, seed: int) -> None:
    held = Swiss(entries)
    chance = random.Random(seed)
    results = play_out(held, lambda _: chance.choice([0.0, 0.5, 1.0]), seed)
    pairs = [frozenset((each.first, each.second)) for each in results]
    assert len(pairs) == len(set(pairs)) == held.last_round * (entries // 2)
    byes = held.byes(results)
    assert len(byes) == len(set(byes)) == (held.last_round if entries % 2 else 0)
    assert sum(place.score for place in held.ranking(results)) == len(results) + len(byes)


def test_a_swiss_pairs_equal_scores_upper_half_against_lower_half() -> None:
    held = Swiss(8)
    first = held.pairings([])
    assert [(pairing.first, pairing.second) for pairing in first] == [(0, 4), (1, 5), (2, 6), (3, 7)]
    results = [result(pairing, stronger_wins(pairing)) for pairing in first]
    assert not [pairing for pairing in held.pairings(results[:3]) if pairing.round == 2]
    second = held.pairings(results)
    assert {frozenset((pairing.first, pairing.second)) for pairing in second} == {
        frozenset(pair) for pair in [(0, 2), (1, 3), (4, 6), (5, 7)]
    }
    assert second[0].reason == "round 2: 1 points meet 1"


def test_a_swiss_finds_the_best_of_a_field() -> None:
    results = play_out(Swiss(16))
    assert order(Swiss(16), results)[0] == 0
    assert order(Swiss(16), results)[-1] == 15


def test_a_large_swiss_is_paired_at_once() -> None:
    assert len(Swiss(5001).pairings([])) == 2500


@pytest.mark.parametrize("entries", [2, 3, 4, 5, 8, 13, 16])
def test_a_knock_out_takes_one_game_less_than_entries_and_the_stronger_win(entries: int) -> None:
    bracket = single_elimination(entries)
    results = play_out(bracket)
    assert len(results) == entries - 1
    ranking = bracket.ranking(results)
    assert [ranking[0].entry, ranking[1].entry] == [0, 1]
    assert {place.entry for place in ranking[2:4]} <= {2, 3}


def test_the_best_two_seeds_can_only_meet_in_the_final() -> None:
    results = play_out(single_elimination(16))
    assert {results[-1].first, results[-1].second} == {0, 1}


def test_the_third_place_is_played_for() -> None:
    bracket = single_elimination(4, third_place=True)
    results = play_out(bracket)
    assert len(results) == 4
    assert [(place.place, place.entry) for place in bracket.ranking(results)] == [(1, 0), (2, 1), (3, 2), (4, 3)]


@pytest.mark.parametrize("entries", [2, 3, 4, 5, 8, 13, 16])
def test_with_two_lives_everybody_but_the_winner_loses_twice(entries: int) -> None:
    bracket = double_elimination(entries)
    for seed in range(5):
        chance = random.Random(seed)
        results = play_out(bracket, lambda _, chance=chance: chance.choice([0.0, 1.0]), seed)
        losses = [0] * entries
        for each in results:
            losses[each.second if each.points > 0.5 else each.first] += 1
        champion = bracket.ranking(results)[0].entry
        assert losses[champion] < 2
        assert all(count == 2 for entry, count in enumerate(losses) if entry != champion)


def test_a_second_final_is_played_only_when_the_unbeaten_loses_the_first() -> None:
    bracket = double_elimination(4)
    straight = play_out(bracket)
    assert len(straight) == 6
    upset = play_out(bracket, lambda pairing: 0.0 if pairing.reason == "final" else stronger_wins(pairing))
    assert len(upset) == 7
    assert order(bracket, upset)[:2] == [0, 1]


def test_a_drawn_game_is_played_again_and_then_the_better_seed_goes_on() -> None:
    bracket = single_elimination(2, replays=2)
    results = play_out(bracket, lambda _: 0.5)
    assert len(results) == 3
    assert order(bracket, results) == [0, 1]
    assert "again after 1 drawn" in bracket.pairings(results[:1])[0].reason


def test_in_a_gauntlet_only_the_challengers_meet_the_others() -> None:
    held = Gauntlet(5, challengers=2)
    results = play_out(held)
    assert {(each.first, each.second) for each in results} == {(a, b) for a in (0, 1) for b in (2, 3, 4)}
    assert held.ranking(results)[0].score == pytest.approx(0.9)


def test_a_final_cuts_the_field_in_stages() -> None:
    held = Stages((Stage(8, RoundRobin), Stage(4, RoundRobin), Stage(2, single_elimination)))
    reverse = play_out(held, lambda pairing: 1.0 - stronger_wins(pairing))
    assert len(reverse) == 28 + 6 + 1
    assert order(held, reverse) == [7, 6, 5, 4, 3, 2, 1, 0]
    assert "stage 3, final" in {pairing.reason for n in range(len(reverse)) for pairing in held.pairings(reverse[:n])}


@given(st.sampled_from([RoundRobin(5), Swiss(6), Swiss(7), Gauntlet(4), single_elimination(6), double_elimination(5)]))
def test_the_same_results_give_the_same_pairings_in_whatever_order_they_came(held: Format) -> None:
    results = play_out(held, seed=3)
    for count in range(len(results)):
        before = results[:count]
        assert held.pairings(before) == held.pairings(list(reversed(before)))
