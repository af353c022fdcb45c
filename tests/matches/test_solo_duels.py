"""Duels in a game for one seat: two runs from one seed, and the higher return wins."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.player import Reply
from sparring.engine import load_game
from sparring.errors import AgentFault
from sparring.matches import MatchRecord, play_duel, verify

POLE = "gym:CartPole-v1"


class Steady:
    """Pushes the cart toward where the pole falls, or always to one side; fails in the runs that ``fails`` names."""

    lanes, needs_states = None, False

    def __init__(self, balances: bool, fails: range = range(0)) -> None:
        self.balances, self.fails = balances, fails
        self.scores: list[float] = []

    def begin(self, lanes, seats, seeds):
        return {}

    def act(self, turn):
        falls_right = (turn.observations[:, 2] + turn.observations[:, 3] > 0).astype(np.int64)
        actions = falls_right if self.balances else np.zeros(len(turn), np.int64)
        faults = {row: AgentFault("crash", "It broke.") for row, lane in enumerate(turn.lanes) if lane in self.fails}
        return Reply(actions, np.zeros(len(turn)), faults)

    def end(self, lanes, scores, states):
        self.scores += scores.tolist()

    def close(self):
        pass


def duel(first, second, matches=4):
    return play_duel(load_game(POLE, {"steps": 60}), [first, second], ["steady", "lazy"], matches, seed=5)


def test_the_higher_return_wins_and_both_run_from_the_same_seed():
    played = duel(Steady(True), Steady(False))
    seeds = [record.seed for record in played.records]
    assert seeds[::2] == seeds[1::2]
    assert len(set(seeds)) == 4
    assert [record.players for record in played.records[:2]] == [("steady",), ("lazy",)]
    assert [record.player_at(0) for record in played.records[:2]] == [0, 1]
    tally = played.tally()
    assert (tally.wins, tally.draws, tally.matches, tally.result) == ((4, 0), 0, 4, "PLAYER_1_WIN")
    returns = played.document(states=False)["sparring"]["returns"]
    assert all(first == 60 > second for first, second in returns)
    assert tally.scores == (sum(a - b for a, b in returns), sum(b - a for a, b in returns))


def test_equal_returns_are_a_draw():
    tally = duel(Steady(True), Steady(True)).tally()
    assert (tally.draws, tally.scores, tally.result) == (4, (0.0, 0.0), "DRAW")


def test_a_fault_loses_whatever_the_other_scored():
    failing = Steady(True, fails=range(0, 2))  # run 0 is the first match of player 1
    played = duel(failing, Steady(False), matches=2)
    assert [bout.result for bout in played.bouts] == ["PLAYER_1_ERROR", "PLAYER_1_WIN"]
    assert played.bouts[0].scores == (-10_000, 10_000)
    assert played.bouts[0].message == "It broke."
    assert failing.scores == [-10_000, 60]
    assert (played.records[0].result, played.records[0].winner) == ("fault", None)


def test_when_both_fail_the_match_is_nobodys():
    played = duel(Steady(True, fails=range(2)), Steady(True, fails=range(2)), matches=1)
    assert played.tally().other_errors == 1
    assert played.bouts[0].scores == (0, 0)
    assert played.document()["result"] == "ERROR"


def test_runs_replay_to_the_same_return_and_a_forged_one_does_not():
    for record in duel(Steady(True, fails=range(1)), load("random", load_game(POLE))).records:
        again = MatchRecord.decode(record.encode())
        verify(again)
        assert again.player_at(0) == record.first_player
    with pytest.raises(Exception, match="The record says scores"):
        verify(forged(record))


def forged(record: MatchRecord) -> MatchRecord:
    return MatchRecord(**{name: getattr(record, name) for name in MatchRecord.__slots__} | {"scores": (61.0,)})


def test_the_document_keeps_its_keys_and_shows_both_runs():
    played = duel(Steady(True), Steady(False), matches=2)
    document = json.loads(json.dumps(played.document()))
    match = document["matches"][0]
    assert set(match) == {"result", "error_msg", "player_1_score", "player_2_score", "first_player", "states"}
    assert document["num_matches"] == len(document["matches"]) == 2
    assert match["player_1_score"] == -match["player_2_score"] > 0
    assert len(match["states"]) == sum(record.plies + 1 for record in played.records[:2])
    assert [state["ply"] for state in match["states"]].count(0) == 2
