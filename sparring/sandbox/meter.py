"""What the processes of one sandbox have used, as the kernel counts it: no agent can tell the arena a smaller number.

A control group counts all that its processes have ever used, those among it that are long gone. Without one the tree
of processes is read: each one's own clock, and what its children had used when they ended, in hundredths of a second.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sparring.sandbox.instructions import GroupCounter

CPU_CLOCK_OF_PROCESS = 2
"""Linux numbers the clock of processor time of a process ``~pid << 3 | 2``; see clock_getcpuclockid(3)."""
NANOSECONDS = 1e-9
MICROSECONDS = 1e-6
CHILDREN_FIELDS = slice(13, 15)
"""Times of children that have ended, in the fields after the name of a process's ``stat``: user and system."""


class Meter:
    """Reads the times of a sandbox: of its control groups ``folders``, or of all below its process ``root``."""

    def __init__(self, folders: Sequence[Path] = (), root: int | None = None) -> None:
        self._root = root
        self._usage = _usage_file(folders)
        self._runner: int | None = None
        self._waits: int | None = None
        self._most = 0.0

    @property
    def counts(self) -> bool:
        """Whether it sees anything."""
        return self._usage is not None or self._root is not None

    def cpu_seconds(self) -> float:
        """Processor time of all its processes since it started. Never falls."""
        used = self._used_by_group()
        if used is None:
            used = sum(_used_by(pid) for pid in _tree(self._root)) if self._root is not None else 0.0
        self._most = max(self._most, used)
        return self._most

    def waiting_seconds(self) -> float:
        """How long the runner could have run, but other processes of the machine did; 0 where nobody counts it."""
        if self._runner is None and self._root is not None:
            self._runner = _eldest(self._root)
            self._waits = _opened(f"/proc/{self._runner}/schedstat")
        words = self._waits_now()
        return int(words[1]) * NANOSECONDS if len(words) > 1 else 0.0

    def close(self) -> None:
        for file in (self._usage, self._waits):
            if file is not None:
                os.close(file)
        self._usage = self._waits = None

    def _waits_now(self) -> list[bytes]:
        try:
            return [] if self._waits is None else os.pread(self._waits, 256, 0).split()
        except OSError:  # it has ended
            return []

    def _used_by_group(self) -> float | None:
        if self._usage is None:
            return None
        try:
            text = os.pread(self._usage, 4096, 0)
        except OSError:  # the group is gone
            return self._most
        found = re.search(rb"^usage_usec (\d+)$", text, re.MULTILINE)
        return int(found[1]) * MICROSECONDS if found else int(text) * NANOSECONDS


@dataclass(frozen=True)
class Seen:
    """What the arena saw of a sandbox from one answer to the next."""

    wall: float
    """Seconds from the question to the answer."""
    cpu: float | None
    """Processor time since the answer before, whether anybody had asked or not; None where it can't be seen."""
    waited: float
    """Seconds in which the runner could have run, but neither it nor anybody else in the sandbox did."""
    instructions: float | None = None


class Sight:
    """Sees a sandbox, call by call."""

    def __init__(self, meter: Meter, counter: GroupCounter | None = None) -> None:
        self._meter, self._counter = meter, counter
        self._asked = self._cpu = self._waiting = self._instructions = 0.0
        self.answer()

    def ask(self) -> None:
        """A question goes out."""
        self._asked, self._waiting = monotonic(), self._meter.waiting_seconds()

    def answer(self) -> Seen:
        """An answer has come in."""
        wall = monotonic() - self._asked
        cpu, waiting = self._meter.cpu_seconds(), self._meter.waiting_seconds()
        instructions = self._counter.read() if self._counter is not None else 0.0
        seen = Seen(
            wall,
            cpu - self._cpu if self._meter.counts else None,
            max(0.0, min(waiting - self._waiting, wall - (cpu - self._cpu))),
            instructions - self._instructions if self._counter is not None else None,
        )
        self._cpu, self._instructions = cpu, instructions
        return seen

    def close(self) -> None:
        self._meter.close()
        if self._counter is not None:
            self._counter.close()


def own_waiting_seconds() -> float:
    """How long this thread could have run, but others did; 0 where nobody counts it."""
    words = _read("/proc/thread-self/schedstat").split()
    return int(words[1]) * NANOSECONDS if len(words) > 1 else 0.0


def _usage_file(folders: Sequence[Path]) -> int | None:
    """Where a group's time is counted, opened: ``cpuacct.usage`` of version 1, ``cpu.stat`` of version 2."""
    for folder in folders:
        for name in ("cpuacct.usage", "cpu.stat"):
            path = folder / name
            if path.is_file() and (name != "cpu.stat" or "usage_usec" in path.read_text()):
                return _opened(str(path))
    return None


def _opened(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _tree(root: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield root
    for child in _children(root):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    """Of all threads of a process."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # it has ended
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  called at every turn: Path takes ten times as long
            found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def _eldest(root: int) -> int:
    """The runner: below the processes that made the sandbox, which have one child each."""
    children = _children(root)
    return _eldest(children[0]) if children else root


def _used_by(pid: int) -> float:
    """What a process has used itself, and its ended children."""
    try:
        own = time.clock_gettime((~pid << 3) | CPU_CLOCK_OF_PROCESS)
    except OSError:
        return 0.0
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    ended = sum(map(int, fields[CHILDREN_FIELDS])) / os.sysconf("SC_CLK_TCK")
    return own + ended


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  as above
            return file.read()
    except OSError:
        return b""
