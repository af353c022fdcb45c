"""What an agent in a sandbox may use. Only light imports: the runner inside reads this module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on

MIB = 1024 * 1024
SPARE_ADDRESSES_MIB = 2048
"""Address space beyond the memory limit: libraries reserve much that they never touch."""
SECONDS_AFTER_WARNING = 2
BUDGETS = ("wall", "cpu", "simulations", "instructions")
INSTRUCTIONS_A_SECOND = 1_000_000_000
"""What stands for a second where instructions are counted."""
FIRST_MOVES = 5.0
"""The first move of a match may take so many moves' time, unless it is said otherwise: much is made ready in it."""
FENCE = 5.0
"""Where the clock on the wall is not the budget, it is a fence so many times as far away."""


@dataclass(frozen=True)
class Limits:
    """Limits of one agent's sandbox, for as long as it lives: usually a duel."""

    memory_mib: int = 1024
    """Of all its processes together where control groups can be used, else of each."""
    processes: int = 32
    """Processes and threads."""
    files: int = 256
    """Open files of a process."""
    file_mib: int = 64
    """Size of one file."""
    tmp_mib: int = 64
    """Size of its /tmp, and of its /dev/shm."""
    start_seconds: float = 20.0
    """Wall clock for importing and making the agent."""
    move_seconds: float = 2.0
    """For a move, in seconds of ``budget``."""
    bank_seconds: float = 30.0
    """What all moves of a match may together take beyond ``move_seconds``."""
    total_seconds: float = 3600.0
    """Wall clock of all its calls together."""
    cpu_seconds: int = 600
    """Processor time of a process."""
    cores: float = 1.0
    """Share of the processor that all its processes together may use, in cores, where control groups can be used."""
    budget: str = "wall"
    """What the seconds of moves are: one of ``BUDGETS``; see ``clock``."""
    first_move_seconds: float | None = None
    """For the first move of a match; None: ``FIRST_MOVES`` times ``move_seconds``."""
    simulations: int = 200
    """Of agents that search, where they are the budget."""

    @property
    def first_move(self) -> float:
        """Seconds for the first move of a match, which gets no less than any other."""
        given = self.first_move_seconds
        return max(self.move_seconds, FIRST_MOVES * self.move_seconds if given is None else given)

    def wall_seconds(self, seconds: float) -> float:
        """How long whoever may take ``seconds`` of the budget may take on the wall."""
        return seconds if self.budget == "wall" else FENCE * (seconds + 1.0)

    def terms(self) -> dict[str, Any]:
        """The budget and what it allows, for the match record."""
        if self.budget == "simulations":
            return {"budget": self.budget, "simulations": self.simulations}
        return {
            "budget": self.budget,
            "move": self.move_seconds,
            "first": self.first_move,
            "bank": self.bank_seconds,
        }


def rlimits(limits: Limits) -> dict[str, tuple[int, int]]:
    """What the runner puts itself under: name of the kernel's limit -> (soft, hard)."""
    memory = limits.memory_mib * MIB
    values = {
        controls.DATA: ("DATA", memory),
        controls.ADDRESSES: ("AS", memory + SPARE_ADDRESSES_MIB * MIB),
        controls.THREADS: ("NPROC", limits.processes),
        controls.OPEN_FILES: ("NOFILE", limits.files),
        controls.FILE_SIZE: ("FSIZE", limits.file_mib * MIB),
        controls.CORE: ("CORE", 0),
        controls.LOCKED: ("MEMLOCK", 0),
    }
    found = {name: (value, value) for control, (name, value) in values.items() if on(control)}
    if on(controls.PROCESSOR_TIME):
        found["CPU"] = (limits.cpu_seconds, limits.cpu_seconds + SECONDS_AFTER_WARNING)
    return found
