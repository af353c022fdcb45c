"""What is inside a container: the arena's runner with an author's files, or the program of an author's image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparring.sandbox.build_step import DOOR
from sparring.sandbox.images.loaded import loaded
from sparring.sandbox.isolation.docker_engine import Engine
from sparring.sandbox.isolation.host_view import (
    ENVIRONMENT,
    GUARD,
    PYTHON,
    Shown,
    door_command,
    interpreter_folders,
    runner_command,
    system_files,
    system_folders,
)
from sparring.sandbox.isolation.image_view import GUARD_ENVIRONMENT, ImageView
from sparring.sandbox.isolation.sandbox import AGENT_FOLDER, PACKAGES, Order

PIPES_FOLDER = "/pipes"


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


def inside_of(found: Engine, order: Order) -> Inside:
    """The inside of what was ordered. Raises SparringError where its image can't be brought into the engine."""
    if order.image is not None:
        view = ImageView()
        command = view.command(order.image, order.limits)
        return Inside(loaded(found, order.image), view.shown(), view.pipes, GUARD_ENVIRONMENT, "/", command)
    shown = [*_system(), Shown(order.folder, Path(AGENT_FOLDER))]
    shown += [] if order.packages is None else [Shown(order.packages, Path(PACKAGES))]
    return _ours(found, shown, AGENT_FOLDER, runner_command(order.packages is not None))


def inside_of_door(found: Engine, door: Path | None) -> Inside:
    """A container whose own network leads through the socket ``door``, or nowhere."""
    shown = [*_system(), *([] if door is None else [Shown(door, Path(DOOR))])]
    return _ours(found, shown, "/", door_command())


def _system() -> list[Shown]:
    return [*system_folders(), *system_files(), *interpreter_folders()]


def _ours(found: Engine, shown: list[Shown], workdir: str, command: list[str]) -> Inside:
    guard = [*PYTHON, GUARD, "--pipes", PIPES_FOLDER]
    return Inside(found.image(), shown, PIPES_FOLDER, ENVIRONMENT, workdir, [*guard, *command])
