"""What every driver gives to the arena: a started sandbox, and how to ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sparring.sandbox.images.image import Image
from sparring.sandbox.limits import Limits

AGENT_FOLDER = "/agent"
BUILD_FOLDER = "/build"
"""The only folder that a step of a build may write to."""
PACKAGE_FOLDER = "/house"
PACKAGES = "/packages"
"""Where the packages are that were installed for this one submission."""


@dataclass(frozen=True)
class Order:
    """What a sandbox is to be made of: the author's files and packages, both read-only, or an image; and the limits."""

    folder: Path
    limits: Limits
    packages: Path | None = None
    image: Image | None = None
    """Where it is an image, its program starts in the place of the runner, and no other file is shown."""


class Sandbox(Protocol):
    """A started runner in its sandbox."""

    @property
    def stdin(self) -> int:
        """File descriptor for frames to the runner."""
        ...

    @property
    def stdout(self) -> int:
        """File descriptor for frames from the runner."""
        ...

    @property
    def stderr(self) -> int:
        """File descriptor for what the author's code prints."""
        ...

    @property
    def uid(self) -> int | None:
        """The user id that the runner takes on before anything else; None if it has the right one already."""
        ...

    @property
    def root(self) -> int | None:
        """The first process in there, as this machine numbers it; None where nobody knows."""
        ...

    @property
    def groups(self) -> Sequence[Path]:
        """The folders of its control groups, as far as there are any, and this process sees them."""
        ...

    def freeze(self) -> None:
        """Let nothing in there run until ``thaw``."""
        ...

    def thaw(self) -> None: ...

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended by itself, but no longer than ``seconds``; whether it has."""
        ...

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in there for its memory."""
        ...

    def killed_from_outside(self) -> bool:
        """Whether it was ended by something that nobody in there can reach, like whoever runs this machine."""
        ...

    def kill(self) -> int:
        """Kill everything in there, wait until it is gone; the exit status, 128 + signal where one ended it."""
        ...

    def clean_up(self) -> None:
        """Give back what belongs to a sandbox that has ended."""
        ...


class Driver(Protocol):
    """A way to make sandboxes. Its modules are used as such objects."""

    def start_runner(self, order: Order) -> Sandbox:
        """Start the runner in a new sandbox. Raises SparringError if it can't."""
        ...

    def why_unavailable(self) -> str | None:
        """Why this driver can't be used here and how to get it; None if it works."""
        ...
