"""What is inside a container: the arena's runner with an author's files, or the program of an author's image."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sparring.errors import SparringError
from sparring.sandbox.build_step import DOOR
from sparring.sandbox.images.loaded import loaded
from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.docker.engine import Engine
from sparring.sandbox.isolation.docker.image_view import GUARD_ENVIRONMENT, ImageView
from sparring.sandbox.isolation.host_view import (
    ENVIRONMENT,
    GUARD,
    PYTHON,
    Shown,
    build_command,
    door_command,
    interpreter_folders,
    runner_command,
    system_files,
    system_folders,
)
from sparring.sandbox.isolation.sandbox import AGENT_FOLDER, BUILD_FOLDER, PACKAGES, Order
from sparring.sandbox.isolation.user_ids import NOBODY, new_uid

PIPES_FOLDER = "/pipes"
ROOT = "0:0"


@dataclass(frozen=True)
class Inside:
    """What a container shows, and what it starts: our guard, and what that starts."""

    image: str
    shown: list[Shown]
    pipes: str
    """Where it finds the named pipes."""
    environment: Mapping[str, str]
    workdir: str
    command: list[str]
    user: str
    """Of its first process, and of all that this starts."""
    capabilities: tuple[str, ...] = ()
    """Of its first process, where that is root."""
    lends_network: bool = False
    """Whether other containers share its network."""
    becomes: int | None = None
    """The user id that its program takes on by itself."""

    def with_pipes(self, folder: Path) -> Inside:
        """The same with the named pipes of ``folder``."""
        # runsc writes to no pipe of a read-only folder; nobody in there may make a file in this one.
        return replace(self, shown=[*self.shown, Shown(folder, Path(self.pipes), writable=True)])


def inside_of(found: Engine, order: Order) -> Inside:
    """The inside of what was ordered. Raises SparringError where its image can't be brought into the engine."""
    user = _user(found)
    if order.image is not None:
        view = ImageView()
        command, image = view.command(order.image, order.limits), loaded(found, order.image)
        return Inside(image, view.shown(), view.pipes, GUARD_ENVIRONMENT, "/", command, user)
    return _guarded(found, _files(order), AGENT_FOLDER, runner_command(order.packages is not None), user)


def inside_to_enter(found: Engine, order: Order, keeper: str) -> Inside:
    """The inside of a container that a runner enters later. Its first process runs the script ``keeper``, as root
    without any right: the zygote may not enter the namespaces of anybody else."""
    command = ["/bin/sh", "-c", keeper, PIPES_FOLDER]
    return Inside(found.image(), _files(order), PIPES_FOLDER, ENVIRONMENT, "/", command, ROOT)


def inside_of_step(found: Engine, view: list[Shown]) -> Inside:
    """The inside of a step of a build, which may write to one folder of its ``view``. Raises SparringError."""
    step = _guarded(found, [*_system(), *view], BUILD_FOLDER, build_command(), ROOT)
    if os.geteuid() != 0:  # in an engine of one's own, root is who started it
        return step if found.few_ids else replace(step, user=f"{os.geteuid()}:{os.getegid()}")
    if found.few_ids:
        raise SparringError(
            "Nothing can be built here: this engine maps user ids, so nobody in it can write to a folder of root's. "
            "Start the arena as the engine's user, or install bubblewrap: sudo apt install bubblewrap"
        )
    return replace(step, capabilities=("SETUID", "SETGID", "SETPCAP"), becomes=new_uid()) if on(controls.USER) else step


def inside_of_door(found: Engine, door: Path | None) -> Inside:
    """A container whose own network leads through the socket ``door``, or nowhere."""
    shown = [*_system(), *([] if door is None else [Shown(door, Path(DOOR))])]
    return replace(_guarded(found, shown, "/", door_command(), _user(found)), lends_network=True)


def _files(order: Order) -> list[Shown]:
    packages = [] if order.packages is None else [Shown(order.packages, Path(PACKAGES))]
    return [*_system(), Shown(order.folder, Path(AGENT_FOLDER)), *packages]


def _system() -> list[Shown]:
    return [*system_folders(), *system_files(), *interpreter_folders()]


def _guarded(found: Engine, shown: list[Shown], workdir: str, command: list[str], user: str) -> Inside:
    guard = [*PYTHON, GUARD, "--pipes", PIPES_FOLDER]
    return Inside(found.image(), shown, PIPES_FOLDER, ENVIRONMENT, workdir, [*guard, *command], user)


def _user(found: Engine) -> str:
    """A user id that nobody else has, but where the engine has only few."""
    return f"{NOBODY if found.few_ids else new_uid()}:{NOBODY}" if on(controls.USER) else ""
