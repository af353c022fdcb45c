"""The walls of bubblewrap's sandboxes, as its options: namespaces, environment, and what there is of a file system."""

from __future__ import annotations

import os

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.host_view import (
    ENVIRONMENT,
    Shown,
    interpreter_folders,
    system_files,
    system_folders,
    system_links,
)
from sparring.sandbox.isolation.user_ids import NOBODY
from sparring.sandbox.limits import Limits

MIB = 1024 * 1024


def with_walls(options: list[str], limits: Limits) -> list[str]:
    """``options``, which show the author's files, and everything that every sandbox has and hides."""
    last = ["--remount-ro", "/"] if on(controls.READ_ONLY) else []
    return [*all_but_files(limits), *options, *last]


def walls_of_zygote() -> list[str]:
    """Of the process that forks runners: it sees what they see, and may enter the namespaces of sandboxes."""
    capabilities = [word for name in MAY_ENTER for word in ("--cap-add", f"CAP_{name}")]
    return [*OF_ITS_OWN, *capabilities, *environment(), *view(Limits()), "--remount-ro", "/"]


MAY_ENTER = ("SYS_ADMIN", "SYS_CHROOT", "SETUID", "SETGID", "SETPCAP", "KILL")
"""Nobody enters the namespaces of a process that has a capability more."""
OF_ITS_OWN = (
    "--new-session",
    "--die-with-parent",
    "--unshare-ipc",
    "--unshare-net",
    "--unshare-uts",
    "--cap-drop",
    "ALL",
)


def all_but_files(limits: Limits) -> list[str]:
    """bubblewrap's options, but for the author's files."""
    return [*_namespaces(), *environment(), *view(limits)]


def view(limits: Limits) -> list[str]:
    """The file system, but for the author's files."""
    # /tmp comes before the interpreter, which may lie below it.
    interpreter = [word for shown in interpreter_folders() for word in _show(shown)]
    return [*_system(), *_own_folders(limits), *interpreter]


NAMESPACES = {
    controls.IPC: ["--unshare-ipc"],
    controls.PROCESSES: ["--unshare-pid"],
    controls.NETWORK: ["--unshare-net"],
    controls.HOST_NAME: ["--unshare-uts", "--hostname", "sandbox"],
    controls.GROUPS_VIEW: ["--unshare-cgroup-try"],
    controls.DIES_WITH_ARENA: ["--die-with-parent"],
    controls.CAPABILITIES: ["--cap-drop", "ALL"],
}


def _namespaces() -> list[str]:
    options = ["--new-session", *(word for name, words in NAMESPACES.items() if on(name) for word in words)]
    if os.geteuid() == 0:
        needed = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")  # until the runner has become somebody else
        return [*options, *(word for name in needed for word in ("--cap-add", name))]
    return [*options, "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]


def environment() -> list[str]:
    clear = ["--clearenv"] if on(controls.ENVIRONMENT) else []
    return [*clear, *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value))]


def _system() -> list[str]:
    options = [] if on(controls.FILES) else ["--ro-bind", "/", "/host"]
    options += [word for shown in system_folders() for word in ("--ro-bind", str(shown.folder), str(shown.place))]
    options += [word for place, target in system_links().items() for word in ("--symlink", target, place)]
    options += ["--perms", "0755", "--dir", "/etc"]
    options += [word for shown in system_files() for word in ("--ro-bind", str(shown.folder), str(shown.place))]
    # Settings of its namespaces belong to whoever made these: an agent that runs as that user could change them.
    settings = ["--ro-bind-try", "/proc/sys", "/proc/sys"] if on(controls.READ_ONLY) else []
    return [*options, "--proc", "/proc", *settings]


def _show(shown: Shown) -> list[str]:
    """Options that show a folder read-only. The folders above it hold nothing else, but let one pass."""
    above = [
        word for parent in reversed(shown.place.parents[:-1]) for word in ("--perms", "0755", "--dir", str(parent))
    ]
    return [*above, "--ro-bind", str(shown.folder), str(shown.place)]


def _own_folders(limits: Limits) -> list[str]:
    options = ["--dev", "/dev"]
    size = ["--size", str(limits.tmp_mib * MIB)] if on(controls.TMP_SIZE) else []
    for folder in ("/dev/shm", "/tmp"):
        options += ["--perms", "1777", *size, "--tmpfs", folder]
    return [*options, "--remount-ro", "/dev"] if on(controls.READ_ONLY) else options
