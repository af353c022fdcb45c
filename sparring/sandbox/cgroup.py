"""Control groups: limits on the memory and the number of processes of a whole sandbox, where we may make groups.

As root nearly always; as an ordinary user only below a group that was delegated to them. Version 1 and 2.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sparring.sandbox.limits import Limits

MIB = 1024 * 1024
SPARE_PROCESSES = 8
"""bubblewrap's own, on top of what the agent may have."""
CONTROLLERS = ("memory", "pids")

LIMIT_FILES = {1: "memory.limit_in_bytes", 2: "memory.max"}
SWAP_FILES = {1: "memory.memsw.limit_in_bytes", 2: "memory.swap.max"}
"""Version 1 limits memory and swap together, version 2 swap by itself."""

_numbers = itertools.count()


@dataclass(frozen=True)
class Parent:
    """A group below which we can make ours, and the controllers that those then have."""

    folder: Path
    controllers: tuple[str, ...]
    version: int


@dataclass
class ControlGroup:
    """The groups of one sandbox: one for each controller in version 1, one in all in version 2."""

    folders: list[Path] = field(default_factory=list)

    @property
    def doors(self) -> list[str]:
        """The files into which a process writes its id to enter."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in here for its memory."""
        for folder in self.folders:
            for name in ("memory.oom_control", "memory.events"):
                text = _read(folder / name)
                found = re.search(r"^oom_kill (\d+)$", text, re.MULTILINE)
                if found and int(found[1]) > 0:
                    return True
        return False

    def remove(self) -> None:
        """Remove the groups. Those that still hold a process stay, until somebody sweeps."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


def make_group(limits: Limits) -> ControlGroup | None:
    """A new group with these limits; None where we may make none."""
    group = ControlGroup()
    name = f"sparring-{os.getpid()}-{next(_numbers)}"
    for parent in parents():
        folder = parent.folder / name
        try:
            folder.mkdir()
            group.folders.append(folder)
            _write_limits(folder, parent, limits)
        except OSError:
            group.remove()
            return None
    return group if group.folders else None


def group_limits_work() -> bool:
    """Whether groups can limit both memory and processes here."""
    group = make_group(Limits())
    if group is None:
        return False
    group.remove()
    return True


def _write_limits(folder: Path, parent: Parent, limits: Limits) -> None:
    if "memory" in parent.controllers:
        memory = str(limits.memory_mib * MIB)
        (folder / LIMIT_FILES[parent.version]).write_text(memory)
        with contextlib.suppress(OSError):  # there is no such file where the kernel counts no swap
            (folder / SWAP_FILES[parent.version]).write_text(memory if parent.version == 1 else "0")
    if "pids" in parent.controllers:
        (folder / "pids.max").write_text(str(limits.processes + SPARE_PROCESSES))


@lru_cache(maxsize=1)
def parents() -> list[Parent]:
    """The groups below which we can make ours, so that both memory and processes are limited; none if we can't."""
    found = parents_version_1() or parents_version_2()
    for parent in found:
        _sweep(parent.folder)
    return found


def parents_version_1() -> list[Parent]:
    parents: list[Parent] = []
    for mount, root, options in _mounts("cgroup"):
        controllers = tuple(controller for controller in CONTROLLERS if controller in options)
        if not controllers:
            continue
        own = next((path for names, path in _own_groups() if set(controllers) & set(names)), "/")
        candidates = [mount / os.path.relpath(own, root) if own.startswith(root) else mount, mount]
        found = next((parent for parent in candidates if _can_make_below(parent)), None)
        if found is not None:
            parents.append(Parent(found, controllers, 1))
    return parents if sum(len(parent.controllers) for parent in parents) == len(CONTROLLERS) else []


def parents_version_2() -> list[Parent]:
    for mount, root, _ in _mounts("cgroup2"):
        own = next((path for names, path in _own_groups() if names == [""]), "/")
        here = mount / os.path.relpath(own, root) if own.startswith(root) else mount
        for parent in (here, *here.parents):
            if _has_controllers(parent) and _can_make_below(parent) and os.access(parent / "cgroup.procs", os.W_OK):
                return [Parent(parent, CONTROLLERS, 2)]
            if parent == mount:
                break
    return []


def _has_controllers(parent: Path) -> bool:
    """Whether groups below ``parent`` have our controllers, now that we have asked for them."""
    control = parent / "cgroup.subtree_control"
    if not set(CONTROLLERS) <= set(_read(control).split()):
        with contextlib.suppress(OSError):
            control.write_text(" ".join(f"+{controller}" for controller in CONTROLLERS))
    return set(CONTROLLERS) <= set(_read(control).split())


def _can_make_below(parent: Path) -> bool:
    trial = parent / f"sparring-{os.getpid()}-trial"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError:
        return False
    return True


def _sweep(parent: Path) -> None:
    """Remove the groups that processes of ours left behind when they were killed."""
    for folder in parent.glob("sparring-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


@lru_cache(maxsize=1)
def own_processor_statistics() -> Path | None:
    """The file ``cpu.stat`` of the group that this process is in, which counts how long it was throttled."""
    own = {name: path for names, path in _own_groups() for name in names}
    for kind, name in (("cgroup", "cpu"), ("cgroup2", "")):
        for mount, root, options in _mounts(kind):
            path = own.get(name)
            if path is None or (name and name not in options):
                continue
            here = mount / os.path.relpath(path, root) if path.startswith(root) else mount
            if (here / "cpu.stat").is_file():
                return here / "cpu.stat"
    return None


def _mounts(kind: str) -> list[tuple[Path, str, list[str]]]:
    """(where, root within the hierarchy, options) of every mounted hierarchy of a kind."""
    mounts = []
    for line in _read(Path("/proc/self/mountinfo")).splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(), right.split()
        if kinds and kinds[0] == kind:
            mounts.append((Path(fields[4]), fields[3], kinds[2].split(",")))
    return mounts


def _own_groups() -> list[tuple[list[str], str]]:
    """(controllers, path) of each group that this process is in; controllers are [""] in version 2."""
    lines = [line.split(":", 2) for line in _read(Path("/proc/self/cgroup")).splitlines()]
    return [(names.split(","), path) for _, names, path in lines]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
