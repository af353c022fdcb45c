"""A started container below our guard, and the named pipes through which it is reached.

The pipes are bound into the container, as fast as any others, and are gone from the disk before an author's code runs.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from sparring.errors import SparringError
from sparring.sandbox.isolation.cgroup import groups_of_container, processes_in
from sparring.sandbox.isolation.docker.engine import Engine, sweep
from sparring.sandbox.isolation.docker.inside import Inside
from sparring.sandbox.isolation.docker.walls import container
from sparring.sandbox.isolation.freezer import WordFreezer
from sparring.sandbox.isolation.guard import HELLO, STREAMS
from sparring.sandbox.limits import Limits

WORDS = ("control", "status")
"""The pipes of whoever watches over a container: words to it, and from it."""
PIPES = (*STREAMS, *WORDS)
WE_WRITE = ("stdin", "control")
SECONDS_TO_START = 60.0
SECONDS_TO_DIE = 5.0
KILLED = 137

_numbers = itertools.count()


class Started(NamedTuple):
    """A container that runs."""

    name: str
    groups: list[Path]
    """Its control groups, as far as this process sees them."""


@dataclass(eq=False)
class Container:
    """A started sandbox; see ``Sandbox``."""

    engine: Engine
    ends: dict[str, int]
    """This process's ends of the pipes, file descriptors by name."""
    freezer: WordFreezer
    name: str = ""
    uid: int | None = None
    groups: list[Path] = field(default_factory=list)
    _said: bytes = field(default=b"", init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def stdin(self) -> int:
        return self.ends["stdin"]

    @property
    def stdout(self) -> int:
        return self.ends["stdout"]

    @property
    def stderr(self) -> int:
        return self.ends["stderr"]

    @property
    def root(self) -> int | None:
        return next((pid for group in self.groups for pid in processes_in(group)), None)

    def freeze(self) -> None:
        self.freezer.freeze()

    def thaw(self) -> None:
        self.freezer.thaw()

    def wait(self, seconds: float) -> bool:
        deadline = monotonic() + seconds
        poll = select.poll()
        poll.register(self.ends["status"], select.POLLIN)
        while not self._ended:
            if not poll.poll(max(0.0, deadline - monotonic()) * 1000):
                return False
            word = os.read(self.ends["status"], 100)
            self._said += word
            self._ended = not word
        return True

    def out_of_memory(self) -> bool:
        """The guard counts; and it is never killed itself, but when there is no memory left for it."""
        report = self._report()
        return self._ended and (report is None or report[1] > 0)

    def killed_from_outside(self) -> bool:
        """The guard tells how everything in there ended. If it can't, it lacked memory, or the container is gone."""
        return False

    def kill(self) -> int:
        if not self.ends:
            return KILLED
        killed = not self.wait(0)
        if killed:
            self.freezer.close()  # the guard ends, and with it everything
            if not self.wait(SECONDS_TO_DIE):
                with contextlib.suppress(SparringError):  # it is gone
                    self.engine.ask("POST", f"/containers/{self.name}/kill")
                self.wait(SECONDS_TO_DIE)
        report = self._report()
        return KILLED if killed or report is None else report[0]

    def clean_up(self) -> None:
        self.freezer.close()
        for end in self.ends.values():
            os.close(end)
        self.ends.clear()

    def _report(self) -> tuple[int, int] | None:
        """(exit status, processes killed for their memory) as the guard has told it at the end."""
        words = self._said.split()
        return (int(words[0]), int(words[1])) if len(words) == 2 else None


def run(found: Engine, inside: Inside, limits: Limits, runtime: str | None = None) -> Started:
    """Have the engine make and start a container. Raises SparringError."""
    sweep(found)
    name = f"sparring-{os.getpid()}-{next(_numbers)}-{os.urandom(4).hex()}"
    wanted = container(inside, limits, runtime, found.labels())
    identity = str(found.ask("POST", f"/containers/create?name={name}", wanted)["Id"])
    found.ask("POST", f"/containers/{identity}/start")
    return Started(name, groups_of_container(identity))


def make_pipes(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Named pipes in a new ``folder``, and this process's ends of them, opened so that nobody waits for anybody."""
    folder.mkdir()
    folder.chmod(0o755)
    ends = {}
    for name in names:
        os.mkfifo(folder / name)
        (folder / name).chmod(0o666)
        ends[name] = os.open(folder / name, (os.O_RDWR if name in WE_WRITE else os.O_RDONLY) | os.O_NONBLOCK)
    return ends


def await_hello(status: int, prints: int | None = None) -> None:
    """Wait until whoever watches over a container has opened its ends of the pipes. Raises SparringError."""
    deadline = monotonic() + SECONDS_TO_START
    poll = select.poll()
    poll.register(status, select.POLLIN)
    said = b""
    while not said.startswith(HELLO):
        word = b""
        if poll.poll(max(0.0, deadline - monotonic()) * 1000):
            word = os.read(status, len(HELLO))
        if not word:
            complaint = b""
            with contextlib.suppress(BlockingIOError):
                complaint = b"" if prints is None else os.read(prints, 2000)
            raise SparringError(f"nobody answers in the container. {complaint.decode(errors='replace')}".strip())
        said += word


def close_other_ends(ends: Mapping[str, int], folder: Path) -> None:
    """Keep only our ends of the pipes, and take their names away: nobody else will ever open them."""
    for name, end in ends.items():
        if name in WE_WRITE:
            writer = os.open(folder / name, os.O_WRONLY | os.O_NONBLOCK)
            os.dup2(writer, end, inheritable=False)
            os.close(writer)
        (folder / name).unlink()
