"""What the host does to a match is recorded; a pair that lost too much to it is void and played again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import load_game
from sparring.errors import AgentFault
from sparring.matches import Duel, MatchRecord, host, play_duel, verify, voiding
from sparring.matches.host import LEAST_SECONDS, MOST_SHARE, Counters, Trouble
from sparring.matches.table import play_table
from sparring.matches.voiding import MOST_REPLAYS, why_void

GAME = load_game("tic_tac_toe")


class Timed:
    """Plays the first legal action, and is on a clock."""

    lanes: int | None = 2
    needs_states = False

    def __init__(self, budget: str = "wall", slow: bool = False) -> None:
        self.terms = {"budget": budget} if budget else {}
        self.slow = slow
        self.forgiven = 0

    def forgive(self) -> None:
        self.forgiven += 1

    def begin(self, lanes: np.ndarray, seats: np.ndarray, seeds: np.ndarray) -> Faults:
        return {}

    def act(self, turn: Turn) -> Reply:
        faults = {0: AgentFault("time", "It ran out of time.")} if self.slow else {}
        return Reply(turn.masks.argmax(axis=1), np.full(len(turn), 0.01), faults)

    def end(self, lanes: np.ndarray, scores: np.ndarray, states: Any) -> None:
        pass

    def close(self) -> None:
        pass


class Host:
    """A machine whose clock the test turns: every reading is a second after the last one."""

    def __init__(self) -> None:
        self.now = self.steal = 0.0
        self.stolen_a_second: Callable[[float], float] = lambda _now: 0.0

    def clock(self) -> float:
        self.now += 1.0
        return self.now

    def read(self) -> Counters:
        self.steal += self.stolen_a_second(self.now)
        return Counters(steal=self.steal)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Host:
    machine = Host()
    monkeypatch.setattr(host, "read_counters", machine.read)
    monkeypatch.setattr(host, "perf_counter", machine.clock)
    monkeypatch.setattr(host.HostWatch, "late", lambda *_: None)  # of the real machine
    monkeypatch.setattr(voiding, "PAUSE_SECONDS", 0.001)
    return machine


def duel(budget: str = "wall", matches: int = 6, slow: bool = False) -> Duel:
    return play_duel(GAME, [Timed(budget, slow), Timed(budget)], ["a", "b"], matches, seed=1)


def test_a_quiet_host_voids_nothing(machine: Host) -> None:
    played = duel()
    assert played.voided == []
    assert {record.result for record in played.records} == {"win"}


def test_a_pair_that_lost_time_is_void_and_played_again_from_its_seed(machine: Host) -> None:
    machine.stolen_a_second = lambda now: 0.9 if now <= 3 else 0.0
    played = duel()
    assert len(played.voided) == 2
    seeds = {record.seed for record in played.voided}
    again = [record for record in played.records if record.seed in seeds]
    assert [record.tries for record in again] == [2, 2]
    assert sorted(record.first_player for record in again) == [0, 1]
    assert [record.tries for record in played.records if record.seed not in seeds] == [1] * 4
    assert played.tally().matches == 6
    assert played.tally().other_errors == 0


def test_a_void_record_says_why_and_still_replays(machine: Host) -> None:
    machine.stolen_a_second = lambda now: 0.9 if now <= 3 else 0.0
    for record in duel().voided:
        assert record.result == "void"
        assert record.winner is None
        assert "stolen from this machine" in record.void
        verify(record)


def test_a_host_that_never_recovers_ends_in_void_matches_that_count_for_nobody(machine: Host) -> None:
    machine.stolen_a_second = lambda _now: 0.9
    played = duel(matches=2)
    assert len(played.voided) == 2 * MOST_REPLAYS
    assert [record.tries for record in played.records] == [1 + MOST_REPLAYS] * 2
    tally = played.tally()
    assert (tally.other_errors, sum(tally.wins), sum(tally.errors)) == (2, 0, 0)
    document = played.document(states=False)
    assert document["result"] == "ERROR"
    assert "the host lost" in document["error_msg"]
    assert document["sparring"]["voided"] == 6


def test_who_plays_without_a_clock_is_not_disturbed_by_the_host(machine: Host) -> None:
    machine.stolen_a_second = lambda _now: 0.9
    for budget in ("", "simulations", "instructions"):
        assert duel(budget, matches=2).voided == []


def test_whoever_runs_out_of_time_while_the_host_is_in_trouble_plays_again(machine: Host) -> None:
    machine.stolen_a_second = lambda _now: 0.9
    assert len(duel("instructions", matches=2, slow=True).voided) == 2 * MOST_REPLAYS


def test_what_went_wrong_while_the_host_was_in_trouble_is_forgiven(machine: Host) -> None:
    machine.stolen_a_second = lambda _now: 0.5
    players = [Timed(slow=True), Timed()]
    play_duel(GAME, players, ["a", "b"], 2, seed=1)
    assert [player.forgiven for player in players] == [MOST_REPLAYS, MOST_REPLAYS]


def test_both_matches_of_a_pair_are_void_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    first_seed = duel(matches=2).records[0].seed
    tried = []

    def spoils_one_match_once(record: MatchRecord) -> str:
        if record.seed != first_seed or record.first_player == 0:
            return ""
        tried.append(record)
        return "" if len(tried) > 1 else "Of 1.00 s the host lost 0.90 s."

    monkeypatch.setattr(voiding, "why_void", spoils_one_match_once)
    monkeypatch.setattr(voiding, "PAUSE_SECONDS", 0.001)
    played = duel(matches=4)
    assert [record.void.startswith("Its twin is void.") for record in played.voided] == [True, False]


def test_a_round_of_a_table_is_void_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    game = load_game("liars_dice", {"seats": 3})
    tried: list[MatchRecord] = []

    def spoils_one_match_once(record: MatchRecord) -> str:
        tried.append(record)
        return "Of 1.00 s the host lost 0.90 s." if len(tried) == 5 else ""

    monkeypatch.setattr(voiding, "why_void", spoils_one_match_once)
    monkeypatch.setattr(voiding, "PAUSE_SECONDS", 0.001)
    played = play_table(game, [load("random", game, seed=seed) for seed in range(3)], ["a", "b", "c"], 9, seed=1)
    assert [record.tries for record in played.records] == [1] * 3 + [2] * 3 + [1] * 3
    assert len({record.seed for record in played.voided}) == 1
    assert sum(record.void.startswith("Its round is void.") for record in played.voided) == 2


def test_processor_time_is_disturbed_by_theft_only() -> None:
    record = replace(duel(matches=1).records[0], terms={"budget": "cpu"})
    assert why_void(replace(record, host=Trouble(1.0, late=0.9, memory=0.9))) == ""
    assert why_void(replace(record, host=Trouble(1.0, steal=0.2))) != ""


def test_what_is_lost_must_be_a_share_of_the_match_and_more_than_the_kernel_can_tell() -> None:
    assert not Trouble(window=0.01, steal=LEAST_SECONDS / 2).past(allowed=0.0)
    assert not Trouble(window=100.0, steal=100 * MOST_SHARE * 0.9).past(allowed=0.0)
    assert Trouble(window=100.0, throttled=100 * MOST_SHARE * 1.1).past(allowed=0.0)


def test_who_is_far_from_its_limit_has_time_to_lose() -> None:
    assert not Trouble(window=1.0, late=0.5).past(allowed=20.0)
    assert Trouble(window=10.0, late=5.0).past(allowed=20.0)


def test_matches_in_lock_step_share_the_trouble_as_they_share_the_time(machine: Host) -> None:
    machine.stolen_a_second = lambda _now: 0.5
    watch = host.HostWatch()
    one = watch.share(1)
    ten = watch.share(10) - one
    assert ten == pytest.approx(one / 10)
    assert one.tolist() == [1.0, 0.5, 0.0, 0.0, 0.0]


def test_the_kernel_is_read() -> None:
    first = host.read_counters()
    second = host.read_counters()
    assert second.steal >= first.steal >= 0
    assert second.memory >= first.memory >= 0
