"""What was paired because of a result that does not stand any more counts no more, unless it comes out as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sparring.matches.tournaments import (
    Contest,
    Pairing,
    Result,
    RoundRobin,
    Stage,
    Stages,
    Swiss,
    double_elimination,
    following,
    same_pairing,
    single_elimination,
)
from sparring.matches.tournaments.tables import Alone, TableKnockOut, TableResult, TableSwiss, place_points


def outcome(each: Any) -> Any:
    """The better seed wins."""
    if isinstance(each, Pairing):
        points = 1.0 if each.first < each.second else 0.0
        return Result(each.round, each.first, each.second, points, each.game)
    points = place_points([-float(player) for player in each.players]) if len(each.players) > 1 else [1.0]
    return TableResult(each.round, each.players, tuple(points), each.game)


def turned(result: Any) -> Any:
    """The same with the worst seed first."""
    return replace(result, points=1.0 - result.points if isinstance(result, Result) else result.points[::-1])


def played_out(held: Contest[Any, Any], results: list[Any]) -> list[Any]:
    results = list(results)
    while due := held.pairings(results):
        results.append(outcome(due[0]))
    return results


HELD = [
    RoundRobin(4),
    Swiss(8),
    single_elimination(8),
    double_elimination(6),
    Stages((Stage(6, Swiss), Stage(2, single_elimination))),
    TableSwiss(9, 3),
    TableKnockOut(9, 3),
    Alone(3, cycles=2),
]


@pytest.mark.parametrize("held", HELD, ids=lambda held: type(held).__name__)
def test_all_of_a_tournament_that_was_left_as_it_was_follows(held: Contest[Any, Any]) -> None:
    results = played_out(held, [])
    assert following(held, results) == list(range(len(results)))


@pytest.mark.parametrize("held", HELD, ids=lambda held: type(held).__name__)
def test_a_result_that_changed_leaves_nothing_that_would_not_have_been_paired(held: Contest[Any, Any]) -> None:
    results = played_out(held, [])
    changed = [turned(results[0]), *results[1:]]
    kept = [changed[index] for index in following(held, changed)]
    assert changed[0] in kept
    again = played_out(held, kept)
    assert following(held, again) == list(range(len(again)))
    assert len({same_pairing(each) for each in again}) == len(again) == len(results)
    unseen = [each for each in results if each.round == 1 and each != results[0]]
    assert all(each in kept for each in unseen)


def test_a_final_counts_again_where_the_semi_final_comes_out_as_before() -> None:
    held = single_elimination(4)
    semi, other, final = played_out(held, [])
    assert following(held, [other, final]) == [0]
    assert following(held, [other, final, semi]) == [0, 1, 2]
    assert following(held, [other, final, turned(semi)]) == [0, 2]
