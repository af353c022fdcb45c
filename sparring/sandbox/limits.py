"""What an agent in a sandbox may use. Only light imports: the runner inside reads this module."""

from __future__ import annotations

from dataclasses import dataclass

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
