"""Control groups: limits on memory, processes and processor share of a whole sandbox, and its freezer, where we may.

As root nearly always; as an ordinary user only below a group that was delegated to them. Version 1 and 2.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.limits import Limits

MIB = 1024 * 1024
SPARE_PROCESSES = 8
"""bubblewrap's own, on top of what the agent may have."""
CONTROLLERS = ("memory", "pids")
"""Without these, groups are of no use to us."""
EXTRAS = ("cpu", "freezer", "cpuacct")
"""These are welcome. In version 2 every group has a freezer, and counts processor time."""
PERIOD_MICROSECONDS = 100_000

LIMIT_FILES = {1: "memory.limit_in_bytes", 2: "memory.max"}
SWAP_FILES = {1: "memory.memsw.limit_in_bytes", 2: "memory.swap.max"}
"""Version 1 limits memory and swap together, version 2 swap by itself."""

COUNTS_OF_MEMORY = ("memory.oom_control", "memory.events")
"""The file that counts who was killed for the memory of a group, in version 1 and 2."""

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
        return any(killed_for_memory(_read(folder / name)) for folder in self.folders for name in COUNTS_OF_MEMORY)

    def remove(self) -> None:
        """Remove the groups. Those that still hold a process stay, until somebody sweeps."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


def killed_for_memory(counts: str) -> int:
    """How many processes were, by the contents of a file of ``COUNTS_OF_MEMORY``."""
    found = re.search(r"^oom_kill (\d+)$", counts, re.MULTILINE)
    return int(found[1]) if found else 0


def counts_memory(folders: Iterable[Path]) -> bool:
    """Whether one of these groups counts, and so limits, the memory that everybody in it uses."""
    return any((folder / name).exists() for folder in folders for name in COUNTS_OF_MEMORY)


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


@contextlib.contextmanager
def group_for_builds(limits: Limits) -> Iterator[str]:
    """The path of a group below which an engine's builder can put its steps, which all together have a limit of
    processes; empty where we can make none. The engine makes the other controllers' groups of the same path."""
    parent = next((parent for parent in parents() if "pids" in parent.controllers), None)
    path = _path_in_hierarchy(parent.folder / f"sparring-{os.getpid()}-{next(_numbers)}") if parent else ""
    try:
        yield path if parent and _limit_processes(parent.folder / Path(path).name, limits) else ""
    finally:
        for mount, root, _ in (*_mounts("cgroup"), *_mounts("cgroup2")):
            folder = mount / os.path.relpath(path, root)
            for each in (*folder.glob("*/"), folder) if path else ():
                with contextlib.suppress(OSError):
                    each.rmdir()


def _limit_processes(folder: Path, limits: Limits) -> bool:
    try:
        folder.mkdir()
        (folder / "pids.max").write_text(str(limits.processes + SPARE_PROCESSES))
    except OSError:
        return False
    return True


def _path_in_hierarchy(folder: Path) -> str:
    """Where a group is, as whoever sees all of its hierarchy calls it."""
    for mount, root, _ in (*_mounts("cgroup"), *_mounts("cgroup2")):
        if folder.is_relative_to(mount):
            return f"/{os.path.relpath(f'{root}/{folder.relative_to(mount)}', '/')}"
    return ""


def group_limits_work() -> bool:
    """Whether groups can limit both memory and processes here."""
    group = make_group(Limits())
    if group is None:
        return False
    group.remove()
    return True


def _write_limits(folder: Path, parent: Parent, limits: Limits) -> None:
    if "memory" in parent.controllers and on(controls.GROUP_MEMORY):
        memory = str(limits.memory_mib * MIB)
        (folder / LIMIT_FILES[parent.version]).write_text(memory)
        with contextlib.suppress(OSError):  # there is no such file where the kernel counts no swap
            (folder / SWAP_FILES[parent.version]).write_text(memory if parent.version == 1 else "0")
    if "pids" in parent.controllers and on(controls.GROUP_PROCESSES):
        (folder / "pids.max").write_text(str(limits.processes + SPARE_PROCESSES))
    if "cpu" in parent.controllers and on(controls.GROUP_PROCESSOR):
        quota = round(limits.cores * PERIOD_MICROSECONDS)
        with contextlib.suppress(OSError):  # a kernel without quotas
            if parent.version == 1:
                (folder / "cpu.cfs_quota_us").write_text(str(quota))
            else:
                (folder / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")


@lru_cache(maxsize=1)
def parents() -> list[Parent]:
    """The groups below which we can make ours, so that both memory and processes are limited; none if we can't."""
    found = parents_version_1() or parents_version_2()
    for parent in found:
        _sweep(parent.folder)
    return found


def parents_version_1() -> list[Parent]:
    """One for each hierarchy that has a controller of ours; for its better freezer, one of version 2 where mounted."""
    found: list[Parent] = []
    for mount, root, options in _mounts("cgroup"):
        controllers = tuple(controller for controller in (*CONTROLLERS, *EXTRAS) if controller in options)
        parent = _parent_in(mount, root, controllers) if controllers else None
        if parent is not None:
            found.append(Parent(parent, controllers, 1))
    if not set(CONTROLLERS) <= {controller for parent in found for controller in parent.controllers}:
        return []
    for mount, root, _ in _mounts("cgroup2"):
        unified = _parent_in(mount, root, ("",))
        if unified is not None:
            return [*(parent for parent in found if parent.controllers != ("freezer",)), Parent(unified, (), 2)]
    return found


def _parent_in(mount: Path, root: str, controllers: tuple[str, ...]) -> Path | None:
    """The group below which we can make ours in a mounted hierarchy of version 1, or in one without controllers."""
    own = next((path for names, path in _own_groups() if set(controllers) & set(names)), "/")
    candidates = [mount / os.path.relpath(own, root) if own.startswith(root) else mount, mount]
    return next((parent for parent in candidates if _can_make_below(parent)), None)


def parents_version_2() -> list[Parent]:
    for mount, root, _ in _mounts("cgroup2"):
        own = next((path for names, path in _own_groups() if names == [""]), "/")
        here = mount / os.path.relpath(own, root) if own.startswith(root) else mount
        for parent in (here, *here.parents):
            given = _controllers_below(parent)
            usable = set(CONTROLLERS) <= set(given) and os.access(parent / "cgroup.procs", os.W_OK)
            if usable and _can_make_below(parent):
                return [Parent(parent, given, 2)]
            if parent == mount:
                break
    return []


def _controllers_below(parent: Path) -> tuple[str, ...]:
    """Which of our controllers groups below ``parent`` have, now that we have asked for them."""
    control = parent / "cgroup.subtree_control"
    for controller in (*CONTROLLERS, *EXTRAS):
        there = controller in CONTROLLERS or controller in _read(parent / "cgroup.controllers").split()
        if there and controller not in _read(control).split():
            with contextlib.suppress(OSError):
                control.write_text(f"+{controller}")
    return tuple(controller for controller in (*CONTROLLERS, *EXTRAS) if controller in _read(control).split())


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


def groups_of_container(identity: str) -> list[Path]:
    """The groups that Docker has made for a container, by its long name; those that this process sees."""
    found = []
    for mount, _, _ in (*_mounts("cgroup2"), *_mounts("cgroup")):
        places = (mount / "docker" / identity, mount / "system.slice" / f"docker-{identity}.scope")
        found += [place for place in places if identity and place.is_dir()]
    return found


def group_below(groups: Sequence[Path]) -> Path | None:
    """A new group below the one of version 2 among these, of which it has every limit; None where there can be none.

    It goes when that one does.
    """
    above = next((group for group in groups if (group / "cgroup.freeze").exists()), None)
    if above is None:
        return None
    folder = above / "agent"
    try:
        folder.mkdir()
    except OSError:
        return None
    return folder


def processes_in(group: Path) -> list[int]:
    """Who is in a group, the first to have come first."""
    return [int(word) for word in _read(group / "cgroup.procs").split()]


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
