"""Who trains a run: one process at a time, known by a lock that the system takes back whatever becomes of it."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sparring.errors import SparringError

LOCK = "lock"
PATIENCE_SECONDS = 0.3
"""How long one who wants the lock bears with those who only look who has it."""
START_SECONDS = 60.0
"""How long a process that was announced may take until it has the lock."""


@dataclass(frozen=True)
class Holder:
    """A process at work on a run."""

    pid: int
    since: float
    """Seconds since the epoch."""
    starting: bool = False
    """It was started, and has not come to the run yet."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the run in ``folder``. Raises SparringError when another process does."""
    with (folder / LOCK).open("a+", encoding="ascii") as file:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
        while not _take(file, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise SparringError(f"The run {folder.name} is going on in another process.")
            pause.wait(0.02)
        _write(file, os.getpid())
        yield


def announce(folder: Path, pid: int) -> None:
    """Say that the process ``pid`` was started and will take the lock."""
    with (folder / LOCK).open("a+", encoding="ascii") as file:
        if _take(file, fcntl.LOCK_EX):
            _write(file, pid)


def holder(folder: Path) -> Holder | None:
    """The process that trains the run in ``folder``; None: nobody does."""
    try:
        with (folder / LOCK).open("r", encoding="ascii") as file:
            free = _take(file, fcntl.LOCK_SH)
            written = json.loads(file.read() or "{}")
    except (OSError, ValueError):
        return None
    known = Holder(int(written.get("pid", 0)), float(written.get("since", 0.0)), starting=free)
    if not free:
        return known
    recent = time.time() - known.since < START_SECONDS
    return known if recent and written.get("announced") and _lives(known.pid) else None


def _take(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(file: IO[str], pid: int) -> None:
    file.truncate(0)
    file.write(json.dumps({"pid": pid, "since": time.time(), "announced": pid != os.getpid()}))
    file.flush()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid > 0
