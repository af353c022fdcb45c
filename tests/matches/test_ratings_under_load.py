"""A machine in trouble costs matches, not ratings: what it spoiled is void, the rest says what a quiet machine says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import load_game
from sparring.matches import Duel, host, play_duel, voiding
from sparring.matches.host import Counters
from sparring.ratings import Fit, fit
from sparring.sandbox import Limits, load_player

GAME = load_game("tic_tac_toe")
AGENTS = ("thinker", "random", "shallow")
MATCHES = 100
ROUND = 60
"""Seconds from one spell of trouble to the next, on the machine of the test."""
BUSY = "while True: pass"
HARD_WORKING = """
import time
class Agent:
    def act(self, observation, legal_actions):
        end = time.process_time() + 0.05
        while time.process_time() < end: pass
        return legal_actions[0]
"""


class Machine:
    """Its clock stands still but between matches; a hypervisor takes it away for spells of ``spell`` seconds."""

    def __init__(self, spell: int) -> None:
        self.now, self.spell, self.stolen = 0.0, spell, 0.0

    def troubled(self, moment: float) -> bool:
        return moment % ROUND < self.spell

    def clock(self) -> float:
        self.now += 1.0
        return self.now

    def read(self) -> Counters:
        self.stolen += 0.9 if self.troubled(self.now - 1.0) else 0.0
        return Counters(steal=self.stolen)


class Thinker:
    """Plays well, unless its machine is taken away while it thinks: then it has no time for more than any move."""

    lanes: int | None = 1
    needs_states = True
    terms = {"budget": "wall", "move": 0.1}

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.best, self.any = load("minimax:depth=9", GAME, seed=5), load("random", GAME, seed=6)

    def begin(self, lanes: np.ndarray, seats: np.ndarray, seeds: np.ndarray) -> Faults:
        self.any.begin(lanes, seats, seeds)
        return self.best.begin(lanes, seats, seeds)

    def act(self, turn: Turn) -> Reply:
        return (self.any if self.machine.troubled(self.machine.now) else self.best).act(turn)

    def end(self, lanes: np.ndarray, scores: np.ndarray, states: Any) -> None:
        self.any.end(lanes, scores, states)
        self.best.end(lanes, scores, states)

    def close(self) -> None:
        pass


def league(machine: Machine, monkeypatch: pytest.MonkeyPatch, seed: int) -> tuple[Fit, int]:
    """The ratings that come out of duels of everybody with everybody, and how many matches were played again."""
    monkeypatch.setattr(host, "read_counters", machine.read)
    monkeypatch.setattr(host, "perf_counter", machine.clock)
    monkeypatch.setattr(host.HostWatch, "late", lambda *_: None)  # of the real machine
    monkeypatch.setattr(voiding, "PAUSE_SECONDS", 0.0)
    players = [Thinker(machine), load("random", GAME, seed=seed), load("minimax:depth=1", GAME, seed=seed)]
    pairs = list(combinations(range(len(AGENTS)), 2))
    duels = [
        play_duel(GAME, [players[i], players[j]], [AGENTS[i], AGENTS[j]], MATCHES, seed * 10 + i + j) for i, j in pairs
    ]
    first, second = np.array(pairs).T
    points = np.array([taken(duel) for duel in duels])
    games = np.array([MATCHES - duel.tally().other_errors for duel in duels])
    return fit(first, second, points, games, agents=len(AGENTS)), sum(len(duel.voided) for duel in duels)


def taken(duel: Duel) -> float:
    tally = duel.tally()
    return tally.wins[0] + tally.draws / 2


def test_spells_of_theft_raise_voids_while_ratings_stay_within_their_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet, none = league(Machine(spell=0), monkeypatch, seed=1)
    troubled, many = league(Machine(spell=20), monkeypatch, seed=2)
    assert none == 0
    assert many > 20
    low, high = quiet.intervals(0.99)[0]
    assert low < troubled.ratings[0] < high
    monkeypatch.setattr(host, "MOST_SHARE", float("inf"))
    believed, _ = league(Machine(spell=20), monkeypatch, seed=2)
    assert believed.ratings[0] < low


@pytest.fixture
def load_on_every_core() -> Iterator[None]:
    """Four busy processes for each core that this one may use.

    Each is a session of its own: Linux shares a core first among sessions, and only then among their processes.
    """
    count = 4 * len(os.sched_getaffinity(0))
    command = [sys.executable, "-S", "-c", BUSY]
    busy = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    yield
    for process in busy:
        process.kill()
        process.wait()


@pytest.mark.parametrize("driver", ["bubblewrap", "trusted"])
def test_real_load_voids_the_matches_of_those_who_are_on_the_clock(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    load_on_every_core: None,
    driver: str,
) -> None:
    monkeypatch.setattr(voiding, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(voiding, "MOST_REPLAYS", 1)
    path = tmp_path / "agent.py"
    path.write_text(HARD_WORKING)
    timed = load_player(str(path), GAME, driver=driver, limits=Limits(move_seconds=0.25))
    try:
        duel = play_duel(GAME, [timed, load("random", GAME)], ["it", "random"], 2, seed=1)
    finally:
        timed.close()
    assert len(duel.voided) == 2
    assert all("waiting for a processor" in record.void for record in duel.voided)
    untimed = play_duel(GAME, [load("random", GAME), load("random", GAME)], ["a", "b"], 2, seed=1)
    assert untimed.voided == []
