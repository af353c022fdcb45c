"""Keeps an agent from thinking while its opponent does: its processes don't run between its turns.

By its control group where there is one (``cgroup.freeze`` of version 2, the freezer of version 1), which costs two
writes a turn; else by the guard in the sandbox, which stops and continues every process there by signals.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Protocol

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.cgroup import ControlGroup
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.guard import CONTINUE, STOP

FILES = {"cgroup.freeze": (b"1", b"0"), "freezer.state": (b"FROZEN", b"THAWED")}
"""File of a group -> what freezes and what thaws it."""
KEEPER = 'read -r _; echo THAWED > "$0"'
"""Thaws a group of version 1 when the arena is gone: there, what is frozen does not even die when it is killed."""


class Freezer(Protocol):
    """Freezes and thaws one sandbox; either may be called when it is so already, or gone."""

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    def close(self) -> None:
        """Give back what belongs to it."""
        ...


class WordFreezer:
    """Freezes by writing a word to a file."""

    def __init__(self, file: int, freeze: bytes, thaw: bytes) -> None:
        self.file, self._freeze, self._thaw = file, freeze, thaw
        self._frozen = False

    def freeze(self) -> None:
        if not self._frozen and on(controls.FREEZE):
            self._write(self._freeze)
            self._frozen = True

    def thaw(self) -> None:
        if self._frozen:
            self._write(self._thaw)
            self._frozen = False

    def close(self) -> None:
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    def _write(self, word: bytes) -> None:
        with contextlib.suppress(OSError):  # a sandbox that is gone can't be frozen, and whoever asks it finds out
            os.write(self.file, word)


class KeptFreezer(WordFreezer):
    """Has a keeper beside it who thaws the group when this process dies."""

    def __init__(self, file: Path, freeze: bytes, thaw: bytes) -> None:
        super().__init__(os.open(file, os.O_WRONLY), freeze, thaw)
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, str(file)], stdin=subprocess.PIPE, env={}, cwd="/", start_new_session=True
        )

    def close(self) -> None:
        super().close()
        self._keeper.communicate()


def freezer_of(group: ControlGroup | None) -> Freezer | None:
    """The freezer of a control group; None if it has none."""
    for folder in group.folders if group is not None else []:
        if (folder / "cgroup.freeze").exists():
            return WordFreezer(os.open(folder / "cgroup.freeze", os.O_WRONLY), *FILES["cgroup.freeze"])
        if (folder / "freezer.state").exists():
            return KeptFreezer(folder / "freezer.state", *FILES["freezer.state"])
    return None


def guard_freezer() -> tuple[Freezer, int]:
    """A freezer by the guard, and the end of the pipe that the guard listens to."""
    control, words = os.pipe()
    return WordFreezer(words, STOP, CONTINUE), control
