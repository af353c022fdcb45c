"""Runners that are forked by a process which has made their imports already; see ``sandbox/zygote.py``.

As root bubblewrap makes the walls of a sandbox around a program that only sleeps, and the runner enters. An ordinary
user may enter nothing; there, and where it doesn't work, each sandbox starts a Python of its own.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgpack

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.zygote import BORN, ENDED, ENTERED, LACKED_MEMORY, MOST_DOORS, NEWS

log = logging.getLogger(__name__)
SECONDS_TO_ENTER = 30.0
NEEDED = (
    controls.PROCESSES,
    controls.OUR_FILES,
    controls.ENVIRONMENT,
    controls.CAPABILITIES,
    controls.NO_NEW_PRIVILEGES,
)
"""Controls without which nobody could enter as safely as somebody is born in there."""
IMPORTED = ("numpy", "msgpack")
"""What a runner imports beside Sparring and the standard library, which come before an author's packages anyway."""
ASLEEP = ["/bin/sh", "-c", "echo; exec sleep infinity"]
"""What bubblewrap starts in a sandbox that is to be entered. It says when the walls are up."""


@dataclass(frozen=True)
class Sleeping:
    """A sandbox that is to be entered."""

    first: int
    """A pidfd of its first process."""
    doors: Sequence[str]
    """The files by which it enters control groups."""
    rules: bytes | None
    """The program of its system call filter."""
    packages: bool
    """Whether packages of the submission's own lie in it."""
    counter: Path | None = None
    """The file that counts who was killed for its memory, where that is gone as soon as its first process is."""


@dataclass
class Entered:
    """A runner that was forked into a sandbox."""

    pid: int
    news: int | None
    lacked_memory: bool = False
    """Whether somebody in there was killed for it, as far as anybody has counted when it ended."""
    _exit: int | None = None

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, or does within ``seconds``."""
        while self.news is not None and _readable(self.news, seconds):
            told = _told(self.news)
            if told is not None and told[0] == LACKED_MEMORY:
                self.lacked_memory = True
                continue
            self._exit = told[1] if told is not None else None
            self.close()
        return self.news is None

    def status(self, seconds: float) -> int:
        """Its exit status, as shells count: that of a killed process if nobody can say."""
        self.wait(seconds)
        return 128 + 9 if self._exit is None else self._exit

    def close(self) -> None:
        if self.news is not None:
            os.close(self.news)
            self.news = None


class Zygote:
    """The arena's side of a process that forks runners. ``control`` is the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process, self._control = process, control
        self.useful = True
        """Whether it is worth asking: not when its first runner could not enter, or a later one though it lives."""
        self._forked = 0

    def alive(self) -> bool:
        return self._process.poll() is None

    def fork_into(self, sandbox: Sleeping, pipes: Sequence[int]) -> Entered | None:
        """Fork a runner with these ``pipes`` into ``sandbox``. None if it can't enter."""
        entered = self._fork_into(sandbox, pipes)
        if entered is not None:
            self._forked += 1
        elif self._forked == 0 or self.alive():
            self.useful = False
            log.warning(
                "no runner can be forked into a sandbox here; each starts a Python of its own, which takes longer"
            )
        return entered

    def _fork_into(self, sandbox: Sleeping, pipes: Sequence[int]) -> Entered | None:
        news, teller = os.pipe()
        ways = [os.open(Path(door), os.O_WRONLY | os.O_CLOEXEC) for door in sandbox.doors]
        counters = [] if sandbox.counter is None else [os.open(sandbox.counter, os.O_RDONLY | os.O_CLOEXEC)]
        try:
            about = {"filter": sandbox.rules, "packages": sandbox.packages, "counts": bool(counters)}
            files = [sandbox.first, *pipes, teller, *counters, *ways]
            socket.send_fds(self._control, [msgpack.packb(about)], files)
        except OSError as error:
            log.info("the process that forks runners is gone: %s", error)
            os.close(news)
            return None
        finally:
            for file in (teller, *counters, *ways):
                os.close(file)
        return _await(news)


def may_enter() -> bool:
    """Whether this process may have runners forked into sandboxes at all."""
    return os.geteuid() == 0 and all(on(name) for name in NEEDED)


def can_enter(doors: Sequence[str]) -> bool:
    """Whether runners may be forked into sandboxes with these control groups."""
    return may_enter() and 0 < len(doors) <= MOST_DOORS


def brings_what_is_imported(packages: Path | None) -> bool:
    """Whether these packages hold another version of what a runner has imported when it is forked."""
    return packages is not None and any(path.name.partition(".")[0] in IMPORTED for path in packages.iterdir())


def _await(news: int) -> Entered | None:
    """A runner once it is in its sandbox; None if it never is."""
    pid = 0
    for _ in (BORN, ENTERED):  # in any order
        told = _told(news) if _readable(news, SECONDS_TO_ENTER) else None
        if told is None or told[0] == ENDED:
            os.close(news)
            return None
        pid = max(pid, told[1])
    return Entered(pid, news)


def _readable(file: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _told(news: int) -> tuple[int, int] | None:
    """The next news, its kind and number; None if nobody is there to tell any."""
    data = os.read(news, NEWS.size)
    return NEWS.unpack(data) if len(data) == NEWS.size else None
