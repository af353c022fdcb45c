"""The referee: lock-step, pairs, faults, and the records of all that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import load_game
from sparring.errors import AgentFault, SparringError
from sparring.matches import MatchRecord, play_duel, verify

CONNECT_FOUR = load_game("connect_four")


class Scripted:
    """A player that answers what a function of the turn says, and remembers how it was called."""

    needs_states = False

    def __init__(self, answer: Callable[[Turn], Any], lanes: int | None = None) -> None:
        self.answer, self.lanes = answer, lanes
        self.begun: list[int] = []
        self.ended: dict[int, float] = {}
        self.turns: list[Turn] = []
        self.most_at_once = 0

    def begin(self, lanes: np.ndarray, seats: np.ndarray, seeds: np.ndarray) -> Faults:
        self.begun += lanes.tolist()
        self.most_at_once = max(self.most_at_once, len(self.begun) - len(self.ended))
        return {}

    def act(self, turn: Turn) -> Reply:
        self.turns.append(turn)
        answer = self.answer(turn)
        return answer if isinstance(answer, Reply) else Reply(answer, np.full(len(turn), 0.25))

    def end(self, lanes: np.ndarray, scores: np.ndarray, states: np.ndarray) -> None:
        self.ended |= dict(zip(lanes.tolist(), scores.tolist(), strict=True))

    def close(self) -> None:
        pass


def leftmost(turn: Turn) -> np.ndarray:
    return turn.masks.argmax(axis=1)


def rightmost(turn: Turn) -> np.ndarray:
    return turn.masks.shape[1] - 1 - turn.masks[:, ::-1].argmax(axis=1)


def duel_against_leftmost(answer: Callable[[Turn], Any], matches: int = 4, game: Any = CONNECT_FOUR) -> Any:
    return play_duel(game, [Scripted(answer), Scripted(leftmost)], ["a", "b"], matches, seed=1)


def test_matches_come_in_pairs_with_one_seed_and_swapped_seats() -> None:
    records = play_duel(
        CONNECT_FOUR, [load("random", CONNECT_FOUR), load("random", CONNECT_FOUR)], ["a", "b"], 6, 3
    ).records
    assert [record.first_player for record in records] == [0, 1, 0, 1, 0, 1]
    assert [record.players for record in records[:2]] == [("a", "b"), ("b", "a")]
    seeds = [record.seed for record in records]
    assert seeds[0::2] == seeds[1::2]
    assert len(set(seeds)) == 3


def test_one_call_carries_all_positions_in_which_a_player_is_to_move() -> None:
    player = Scripted(leftmost)
    play_duel(CONNECT_FOUR, [player, Scripted(rightmost)], ["a", "b"], 100, seed=1)
    assert len(player.turns[0]) == 50
    assert len(player.turns) <= 42


def test_a_player_with_one_lane_gets_one_match_at_a_time() -> None:
    single = Scripted(leftmost, lanes=1)
    play_duel(CONNECT_FOUR, [single, Scripted(rightmost)], ["a", "b"], 8, seed=1)
    assert single.most_at_once == 1
    assert single.begun == list(range(8)) == sorted(single.ended)


def test_every_recorded_match_replays_to_the_same_outcome_after_a_trip_through_bytes() -> None:
    duel = play_duel(
        CONNECT_FOUR, [load("random", CONNECT_FOUR, seed=1), load("random", CONNECT_FOUR, seed=2)], ["a", "b"], 40, 7
    )
    for record in duel.records:
        copy = MatchRecord.decode(record.encode())
        verify(copy)
        assert copy.actions.tolist() == record.actions.tolist()
        assert copy.seconds.tolist() == record.seconds.tolist()


def test_the_same_seed_plays_the_same_matches() -> None:
    def actions() -> list[list[int]]:
        players = [load("random", CONNECT_FOUR, seed=5), load("random", CONNECT_FOUR, seed=6)]
        return [record.actions.tolist() for record in play_duel(CONNECT_FOUR, players, ["a", "b"], 10, 9).records]

    assert actions() == actions()


@pytest.mark.parametrize(
    ("answer", "part_of_message"),
    [
        (True, "integer"),
        (np.bool_(True), "integer"),
        (1.0, "integer"),
        ("3", "integer"),
        (None, "integer"),
        ([3], "integer"),
        (-1, "outside 0..6"),
        (7, "outside 0..6"),
        (10**30, "outside 0..6"),
    ],
)
def test_an_answer_that_is_no_legal_action_costs_the_match_and_is_counted_apart(
    answer: Any, part_of_message: str
) -> None:
    duel = duel_against_leftmost(lambda turn: [answer] * len(turn))
    tally = duel.tally()
    assert tally.errors == (4, 0)
    assert tally.wins == (0, 0)
    assert tally.scores == (-4.0, 4.0)
    assert tally.result == "PLAYER_2_WIN"
    assert all(part_of_message in record.fault.message for record in duel.records)
    for record in duel.records:
        verify(MatchRecord.decode(record.encode()))


@pytest.mark.parametrize("bad", [-1, 7, 2**40])
def test_an_array_with_one_bad_action_costs_only_the_match_of_that_row(bad: int) -> None:
    def answer(turn: Turn) -> np.ndarray:
        actions = leftmost(turn).astype(np.int64)
        actions[turn.lanes == 2] = bad
        return actions

    duel = duel_against_leftmost(answer, matches=6)
    assert [record.fault is not None for record in duel.records] == [False, False, True, False, False, False]


def test_a_full_column_is_refused_and_never_wrapped_around() -> None:
    duel = duel_against_leftmost(lambda turn: np.zeros(len(turn), np.int64), matches=2)
    assert {record.fault.kind for record in duel.records} == {"illegal"}
    assert all("column 1" in record.fault.message for record in duel.records)


def test_a_fault_that_the_player_reports_ends_that_match() -> None:
    def answer(turn: Turn) -> Reply:
        faults = {row: AgentFault("crash", "It crashed.") for row, lane in enumerate(turn.lanes) if lane == 1}
        return Reply(leftmost(turn), np.zeros(len(turn)), faults)

    duel = play_duel(CONNECT_FOUR, [Scripted(answer), Scripted(rightmost)], ["a", "b"], 4, seed=1)
    assert [record.fault.kind if record.fault else None for record in duel.records] == [None, "crash", None, None]


def test_a_player_that_cannot_start_loses_the_duel() -> None:
    class Stillborn(Scripted):
        def begin(self, lanes: np.ndarray, seats: np.ndarray, seeds: np.ndarray) -> Faults:
            return {row: AgentFault("start", "No class Agent.") for row in range(len(lanes))}

    opponent = Scripted(leftmost)
    duel = play_duel(CONNECT_FOUR, [opponent, Stillborn(leftmost)], ["a", "b"], 4, seed=1)
    assert duel.tally().result == "PLAYER_1_WIN"
    assert duel.tally().errors == (0, 4)
    assert sorted(opponent.ended) == [0, 1, 2, 3]


def test_the_end_is_told_with_the_own_score() -> None:
    first, second = Scripted(leftmost), Scripted(rightmost)
    play_duel(CONNECT_FOUR, [first, second], ["a", "b"], 2, seed=1)
    assert first.ended == {match: -score for match, score in second.ended.items()}
    assert set(first.ended.values()) == {1.0, -1.0}


def test_more_matches_than_places_are_all_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparring.matches.referee.MOST_AT_ONCE", 3)
    records = play_duel(
        CONNECT_FOUR, [load("random", CONNECT_FOUR), load("random", CONNECT_FOUR)], ["a", "b"], 10, 1
    ).records
    assert len(records) == 10
    for record in records:
        verify(record)


def test_simultaneous_games_are_asked_for_both_seats_and_replay() -> None:
    game = load_game("rock_paper_scissors")
    duel = play_duel(game, [load("random", game, seed=1), load("random", game, seed=2)], ["a", "b"], 20, seed=4)
    for record in duel.records:
        assert record.actions.shape == (10, 2)
        assert sum(record.scores) == 0
        verify(MatchRecord.decode(record.encode()))


def test_two_faults_in_one_ply_of_a_simultaneous_game_are_nobodys_win() -> None:
    game = load_game("rock_paper_scissors")
    duel = play_duel(
        game, [Scripted(lambda t: [9] * len(t)), Scripted(lambda t: [None] * len(t))], ["a", "b"], 2, seed=4
    )
    assert duel.tally().other_errors == 2
    assert duel.tally().result == "ERROR"


def test_a_fault_costs_at_least_what_a_loss_costs() -> None:
    game = load_game("quarto", {"variant": "classic"})
    duel = duel_against_leftmost(lambda turn: [None] * len(turn), matches=2, game=game)
    assert duel.tally().scores == (-200.0, 200.0)


def test_a_duel_needs_a_match() -> None:
    with pytest.raises(SparringError, match="at least 1 match"):
        play_duel(CONNECT_FOUR, [Scripted(leftmost), Scripted(leftmost)], ["a", "b"], 0, seed=1)
