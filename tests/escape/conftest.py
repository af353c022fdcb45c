"""Plays attackers in a real sandbox, and makes sure that nothing of them is left afterwards."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import MatchRecord, play_duel
from sparring.sandbox import Limits, available_drivers, load_player, pool
from sparring.sandbox.isolation import bubblewrap

SMALL = Limits(
    memory_mib=256,
    processes=16,
    tmp_mib=16,
    file_mib=8,
    start_seconds=20.0,
    move_seconds=20.0,
    bank_seconds=20.0,
    cpu_seconds=20,
)
"""Little of everything but time, so that a busy machine changes nothing."""
HASTY = replace(SMALL, move_seconds=0.3, bank_seconds=0.5)
"""For attackers that don't answer."""


@dataclass
class Outcome:
    """How a duel of an attacker (first) against the random player went."""

    records: list[MatchRecord]
    log: str

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(kind, message) of the attacker's faults, one for each match that it lost by one."""
        return [(record.fault.kind, record.fault.message) for record in self.records if record.fault is not None]

    @property
    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.faults}

    @property
    def message(self) -> str:
        """What was said of the first fault."""
        return self.faults[0][1]


@pytest.fixture(scope="session", autouse=True)
def _the_driver_works() -> None:
    reason = available_drivers()["bubblewrap"]
    assert reason is None, reason
    bubblewrap.zygote()  # lives as long as this process: no test is to take it for something left behind


@pytest.fixture(autouse=True, scope="module")
def _nobody_waits() -> None:
    """Workers of other tests in this process may have asked for sandboxes that are kept ready."""
    pool.stop()


class Arena:
    """Plays attackers against the random player at tic-tac-toe."""

    limits, hasty = SMALL, HASTY

    def __init__(self, folder: Path) -> None:
        self.game = load_game("tic_tac_toe")
        self.path = folder / "agent.py"

    def play(self, source: str, matches: int = 4, limits: Limits = SMALL) -> Outcome:
        """A duel of the agent of ``source``."""
        self.path.write_text(textwrap.dedent(source))
        attacker = load_player(str(self.path), self.game, driver="bubblewrap", limits=limits)
        names = ["attacker", "random"]
        try:
            duel = play_duel(self.game, [attacker, load("random", self.game)], names=names, matches=matches, seed=1)
        finally:
            attacker.close()
        return Outcome(duel.records, attacker.log)

    def play_act(self, body: str, matches: int = 4, limits: Limits = SMALL) -> Outcome:
        """A duel of the agent whose ``act`` has this body."""
        return self.play(agent_with(body), matches, limits)

    @staticmethod
    def processes_below(root: int) -> dict[int, str]:
        return descendants(root)

    @staticmethod
    def is_alive(pid: int) -> bool:
        return Path(f"/proc/{pid}").exists()


def agent_with(body: str) -> str:
    """The source of an agent whose ``act`` has this body, with the modules at hand that attackers like."""
    imports = "import ctypes, os, signal, socket, struct, subprocess, sys, threading, time"
    act = "    def act(self, observation, legal_actions):"
    return f"{imports}\nclass Agent:\n{act}\n{textwrap.indent(textwrap.dedent(body).strip(), ' ' * 8)}\n"


@pytest.fixture
def arena(tmp_path: Path) -> Iterator[Arena]:
    """An arena for attackers. No process of theirs may outlive a duel."""
    before = descendants(os.getpid())  # another room's tests may have left a browser open
    yield Arena(tmp_path)
    left = {pid: command for pid, command in descendants(os.getpid()).items() if pid not in before}
    assert {pid: left[pid] for pid in left if not any(pid in descendants(other) for other in before)} == {}


def descendants(root: int) -> dict[int, str]:
    """Every living process below ``root``: id -> command line."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    found: dict[int, str] = {}
    grown = True
    while grown:
        below = {pid for pid, parent in parents.items() if parent == root or parent in found}
        grown = not below <= found.keys()
        found |= {pid: commands[pid] for pid in below}
    return found
