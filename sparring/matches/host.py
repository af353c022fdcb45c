"""What the machine did to a match: time stolen, throttled, lost to missing memory, or spent waiting for a turn.

None of it is a player's doing, so a pair of matches that lost too much is void and played again (``voiding``). The
counters are the kernel's. A player can't raise them by being slow, or by starting many threads: see ``Trouble.late``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.sandbox.isolation.cgroup import own_processor_statistics

SECONDS_BETWEEN_READINGS = 0.02
LEAST_SECONDS = 0.05
"""Shorter losses void nothing: the kernel counts in hundredths of a second."""
MOST_SHARE = 0.1
"""A match that lost more than this share of its time is in trouble,"""
LEAST_OF_MOVES = 0.05
"""if it lost this part of what the clock allows for its moves, too: who is far from the limit has time to lose."""
STEAL_FIELD = 8


@dataclass(frozen=True, slots=True)
class Counters:
    """Seconds that the kernel has counted since the machine started."""

    steal: float = 0.0
    throttled: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened to a match, in seconds of ``window``: its share of the time from its beginning to its end."""

    window: float
    steal: float = 0.0
    """A hypervisor gave the processors to somebody else: the mean over the processors."""
    throttled: float = 0.0
    """The control group of the referee had used up its share of the processors."""
    memory: float = 0.0
    """Somebody waited for memory: reclaimed, or read back from disk."""
    late: float = 0.0
    """The referee, or an agent in its sandbox, could have run but did not. Of an agent only as much as its processes
    together did not run either, so that its own threads don't count when they wait for each other."""

    @property
    def lost(self) -> float:
        """Seconds that were lost; the largest of the four, because they overlap."""
        return max(self.steal, self.throttled, self.memory, self.late)

    def past(self, allowed: float, lost: float | None = None) -> bool:
        """Whether a match whose clock ``allowed`` so many seconds for its moves is past the threshold.

        ``lost``: which seconds count; default: all that were lost.
        """
        lost = self.lost if lost is None else lost
        return lost >= max(LEAST_SECONDS, LEAST_OF_MOVES * allowed) and lost > MOST_SHARE * self.window

    def sentence(self) -> str:
        """What was lost, for people."""
        causes = {
            "stolen from this machine": self.steal,
            "throttled": self.throttled,
            "waiting for memory": self.memory,
            "waiting for a processor": self.late,
        }
        parts = [f"{seconds:.2f} s {cause}" for cause, seconds in causes.items() if seconds >= 0.005]
        return f"Of {self.window:.2f} s the host lost {', '.join(parts) or 'nothing'}."

    def packed(self) -> list[float]:
        """As numbers with four digits, for the record."""
        return [round(value, 4) for value in astuple(self)]

    @classmethod
    def unpacked(cls, values: Any) -> Trouble:
        """Raises ValueError or TypeError when these are no such numbers."""
        return cls(*map(float, values))


Reader = Callable[[], Counters]


def read_counters() -> Counters:
    """The kernel's counters now; what it does not count is 0."""
    return Counters(_steal(), _throttled(), _memory())


class HostWatch:
    """Reads the counters while matches are played, and says what happened to each of them.

    What is lost while many matches are played in lock-step is shared evenly among them, like the time itself.
    """

    def __init__(self, read: Reader | None = None) -> None:
        self._read = read or read_counters
        self._now = self._read_at = perf_counter()
        self._counted = self._read()
        self._late = 0.0
        self._shared = 0.0
        self._sums = np.zeros(len(fields(Trouble)))

    def late(self, seconds: float) -> None:
        """The referee or an agent has waited for a processor."""
        self._late += max(0.0, seconds)

    def share(self, matches: int) -> NDArray[np.float64]:
        """What one match would have got of all time and trouble up to now, as the fields of ``Trouble``.

        ``matches``: how many have been in the air since the last call.
        """
        matches = max(1, matches)
        now = perf_counter()
        passed, self._now = now - self._now, now
        self._sums[0] += passed / matches
        self._sums[4] += self._late / matches
        self._late = 0.0
        self._shared += passed / matches
        if now - self._read_at > SECONDS_BETWEEN_READINGS:
            counted = self._read()
            lost = np.array(astuple(counted)) - astuple(self._counted)
            self._sums[1:4] += np.maximum(lost, 0.0) * (self._shared / (now - self._read_at))
            self._counted, self._read_at, self._shared = counted, now, 0.0
        return self._sums.copy()


def _steal() -> float:
    """The first line of /proc/stat counts hundredths of a second of all processors together."""
    words = _content("/proc/stat", 256).split(b"\n", 1)[0].split()
    if len(words) <= STEAL_FIELD:
        return 0.0
    return int(words[STEAL_FIELD]) / os.sysconf("SC_CLK_TCK") / (os.cpu_count() or 1)


def _throttled() -> float:
    path = own_processor_statistics()
    found = re.search(rb"^throttled_(usec|time) (\d+)$", _content(str(path)), re.MULTILINE) if path else None
    return int(found[2]) * (1e-6 if found[1] == b"usec" else 1e-9) if found else 0.0


def _memory() -> float:
    found = re.search(rb"^some .* total=(\d+)", _content("/proc/pressure/memory"))
    return int(found[1]) * 1e-6 if found else 0.0


def _content(path: str, size: int = 4096) -> bytes:
    """The beginning of a file of the kernel; empty where there is none, or it can't be read."""
    file = _opened(path, os.getpid())
    try:
        return b"" if file is None else os.pread(file, size, 0)
    except OSError:
        return b""


@lru_cache(maxsize=16)
def _opened(path: str, _process: int) -> int | None:
    """A file that stays open, because it is read many times a second."""
    try:
        return os.open(Path(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
