"""Ways to have the kernel do something that no agent needs."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from sparring.sandbox.attacks.weapons import Escaped

CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID = 0x10000000, 0x00020000, 0x20000000
NUMBERS = {
    "x86_64": {
        "add_key": 248,
        "bpf": 321,
        "clone": 56,
        "perf_event_open": 298,
        "userfaultfd": 323,
        "io_uring_setup": 425,
        "fsopen": 430,
        "open_by_handle_at": 304,
    },
    "aarch64": {
        "add_key": 217,
        "bpf": 280,
        "clone": 220,
        "perf_event_open": 241,
        "userfaultfd": 282,
        "io_uring_setup": 425,
        "fsopen": 430,
        "open_by_handle_at": 265,
    },
}


def mount() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    os.makedirs("/tmp/mount", exist_ok=True)  # noqa: PTH103
    calls: dict[str, Callable[[], int]] = {
        "mounting": lambda: libc.mount(b"none", b"/tmp/mount", b"tmpfs", 0, None),
        "unmounting": lambda: libc.umount2(b"/agent", 0),
        "another root": lambda: libc.chroot(b"/tmp"),
        "a pivoted root": lambda: libc.syscall(155 if os.uname().machine == "x86_64" else 41, b"/tmp", b"/tmp"),
    }
    _try(calls)


def make_namespaces() -> None:
    """Namespaces of one's own are where most ways to root begin."""
    libc = ctypes.CDLL(None, use_errno=True)
    clone = _numbers()["clone"]
    calls: dict[str, Callable[[], int]] = {
        "a user namespace": lambda: libc.unshare(CLONE_NEWUSER),
        "a mount namespace": lambda: libc.unshare(CLONE_NEWNS),
        "a process in a user namespace": lambda: _in_child(
            libc.syscall(clone, CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
        ),
        "a process in a process namespace": lambda: _in_child(
            libc.syscall(clone, CLONE_NEWUSER | CLONE_NEWPID | signal.SIGCHLD, 0, 0, 0, 0)
        ),
    }
    with suppress(OSError):
        file = os.open("/proc/1/ns/user", os.O_RDONLY)
        calls["somebody's namespace"] = lambda: libc.setns(file, 0)
    _try(calls)


def call_rare_parts() -> None:
    """Parts of the kernel in which holes were found again and again."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = _numbers()
    parameters = (ctypes.c_char * 256)()
    _try(
        {
            "the kernel's key ring": lambda: libc.syscall(number["add_key"], b"user", b"x", b"y", 1, -3),
            "io_uring": lambda: libc.syscall(number["io_uring_setup"], 4, parameters),
            "userfaultfd": lambda: libc.syscall(number["userfaultfd"], 1),
            "perf events": lambda: libc.syscall(number["perf_event_open"], parameters, 0, -1, -1, 0),
            "bpf": lambda: libc.syscall(number["bpf"], 0, parameters, 48),
            "the new mount interface": lambda: libc.syscall(number["fsopen"], b"tmpfs", 0),
        }
    )


def hide_memory() -> None:
    """Memory that no limit of a process counts."""
    libc = ctypes.CDLL(None, use_errno=True)
    with suppress(OSError):
        os.close(os.memfd_create("hoard"))
        raise Escaped("a file in memory")
    with suppress(OSError):
        mmap.mmap(-1, 2**20).close()
        raise Escaped("shared memory of nobody")
    _try({"a segment of shared memory": lambda: libc.shmget(0, 2**20, 0o1600)})


def set_clock() -> None:
    """Sets the clock to what it is, so that nobody is hurt should it work."""
    with suppress(OSError):
        time.clock_settime(time.CLOCK_REALTIME, time.time())
        raise Escaped("the clock")


def crash_with_core() -> None:
    """A core file goes where the host says, past every limit on files."""
    child = os.fork()
    if child == 0:
        os.chdir("/tmp")
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        os.execv("/bin/sh", ["sh", "-c", "kill -ABRT $$"])  # who has become somebody else leaves none before
    if os.WCOREDUMP(os.waitpid(child, 0)[1]):
        raise Escaped("a core file")


def lock_memory() -> None:
    block = (ctypes.c_char * 2**20)()
    if ctypes.CDLL(None).mlock(block, len(block)) == 0:
        raise Escaped("memory that can't be swapped out")


def _try(calls: dict[str, Callable[[], int]]) -> None:
    for name, call in calls.items():
        if call() >= 0:
            raise Escaped(name)


def _in_child(pid: int) -> int:
    """``pid`` as fork returned it; a child ends here."""
    if pid == 0:
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
    return pid


def _numbers() -> dict[str, int]:
    return NUMBERS.get(os.uname().machine, NUMBERS["aarch64"])
