"""What an agent in a sandbox may use. Only light imports: the runner inside reads this module."""

from __future__ import annotations

from dataclasses import dataclass

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on

MIB = 1024 * 1024
SPARE_ADDRESSES_MIB = 2048
"""Address space beyond the memory limit: libraries reserve much that they never touch."""
SECONDS_AFTER_WARNING = 2
ROWS_TIMED_TOGETHER = 64
"""A call to ``act_batch`` of n rows may take as long as min(n, this many) moves."""


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
    """Wall clock for a move."""
    bank_seconds: float = 30.0
    """What all moves of a match may together take beyond ``move_seconds``."""
    total_seconds: float = 3600.0
    """Wall clock of all its calls together."""
    cpu_seconds: int = 600
    """Processor time of a process."""
    cores: float = 1.0
    """Share of the processor that all its processes together may use, in cores, where control groups can be used."""


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
