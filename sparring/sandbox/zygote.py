"""A process that has made all imports of a runner, and forks whenever a sandbox needs one: importing costs the most.

It runs none of an author's code. What it forks enters the namespaces and the control groups of a sandbox that
bubblewrap has made, gives up all that the sandbox's own processes don't have, puts itself under their system call
filter, and is a runner from then on. ``isolation/forking.py`` is the arena's side of it.

A request is a msgpack map: ``filter``, the program of the filter or None; ``packages``, whether the sandbox shows
packages of the submission's own; ``counts``, whether it is to tell who was killed for memory. With it come files: a
pidfd of the sandbox's first process, the runner's input, output and errors, a pipe for ``NEWS`` of it, the file that
counts if one does, and for each group the file by which a process enters.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgpack

from sparring.sandbox import runner
from sparring.sandbox.isolation.cgroup import killed_for_memory
from sparring.sandbox.isolation.sandbox import AGENT_FOLDER, PACKAGE_FOLDER, PACKAGES

NEWS = struct.Struct("<ii")
BORN, ENTERED, ENDED, LACKED_MEMORY = range(4)
"""Kinds of news: with its process id, with 0, with its exit status as shells count, with the number of the killed."""
MOST_BYTES, MOST_FILES, MOST_DOORS = 65_536, 64, 32
CANNOT_ENTER = 125
PROCESS_IDS = 0x20000000
"""CLONE_NEWPID: what is forked afterwards is in there, not who asks."""
OTHER_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x40000000
"""CLONE_NEW{NS, CGROUP, UTS, IPC, NET}"""
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38
KEPT = (1 << 6) | (1 << 7) | (1 << 8)
"""CAP_SETGID, CAP_SETUID, CAP_SETPCAP: until the runner has become somebody else."""

_libc = ctypes.CDLL(None, use_errno=True)


class FilterProgram(ctypes.Structure):
    """``struct sock_fprog`` of the kernel."""

    _fields_ = (("count", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


@dataclass
class Forked:
    """A runner that lives."""

    pid: int
    first: int
    """A pidfd of its sandbox's first process."""
    news: int
    counter: int | None
    """The file that counts who was killed for memory."""


def main(control: int) -> None:
    """Fork a runner for every request from the socket ``control``, until the arena hangs up."""
    requests = socket.socket(fileno=control)
    forked: dict[int, Forked] = {}
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    gc.collect()
    gc.freeze()  # so that no collection in a child touches, and thereby copies, what it shares with this process
    while True:
        for file, _ in poll.poll():
            if file in forked:
                poll.unregister(file)
                _bury(file, forked.pop(file))
                continue
            data, files, _, _ = socket.recv_fds(requests, MOST_BYTES, MOST_FILES)
            if not data:
                os._exit(0)
            found = _fork(msgpack.unpackb(data), files)
            if found is not None:
                pidfd = os.pidfd_open(found.pid)
                forked[pidfd] = found
                poll.register(pidfd, select.POLLIN)


def _fork(request: dict[str, Any], files: list[int]) -> Forked | None:
    """Fork a runner and say who it is. None, and the files closed, when the sandbox is gone already."""
    first, source, sink, errors, news, *doors = files
    counter = doors.pop(0) if request["counts"] else None
    try:
        _called("setns", first, PROCESS_IDS)
        pid = os.fork()
        if pid == 0:
            if request["packages"]:
                sys.path.insert(sys.path.index(PACKAGE_FOLDER) + 1, PACKAGES)
            _enter(first, (source, sink, errors), news, doors, request["filter"])
    except OSError:
        pid = 0
    for file in (source, sink, errors, *doors):
        os.close(file)
    if pid:
        _tell(news, BORN, pid)
        return Forked(pid, first, news, counter)
    for file in (news, first, *([] if counter is None else [counter])):
        os.close(file)
    return None


def _enter(first: int, pipes: Sequence[int], news: int, doors: Sequence[int], rules: bytes | None) -> NoReturn:
    """In the forked process: enter the sandbox, where it can do as little as those who were born there, and serve."""
    try:
        for door in doors:
            os.write(door, b"0")
        _called("setns", first, OTHER_NAMESPACES)
        for number, end in enumerate(pipes):
            os.dup2(end, number)
        os.setsid()
        os.chdir(AGENT_FOLDER)
        os.environ["PWD"] = AGENT_FOLDER
        _give_up_capabilities()
        _called("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if rules is not None:
            program = FilterProgram(len(rules) // 8, rules)
            _called("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
        _tell(news, ENTERED, 0)
        os.closerange(len(pipes), 2**20)
        runner.main()
    except BaseException as error:  # noqa: BLE001  nothing of this process may go back to forking
        sys.stderr.write(f"the runner could not enter its sandbox, or left it: {error!r}\n")
        sys.stderr.flush()
    os._exit(CANNOT_ENTER)


def _give_up_capabilities() -> None:
    for capability in range(runner.CAPABILITIES):
        if not KEPT >> capability & 1:
            _libc.prctl(runner.PR_CAPBSET_DROP, capability, 0, 0, 0)
    runner.set_capabilities(KEPT)


def _bury(pidfd: int, dead: Forked) -> None:
    """Say how a runner ended; whatever it has left behind in its sandbox ends with it."""
    _, code = os.waitpid(dead.pid, 0)
    status = os.waitstatus_to_exitcode(code)
    if dead.counter is not None:
        with contextlib.suppress(OSError):  # the group is gone
            killed = killed_for_memory(os.pread(dead.counter, MOST_BYTES, 0).decode())
            if killed:
                _tell(dead.news, LACKED_MEMORY, killed)
        os.close(dead.counter)
    with contextlib.suppress(ProcessLookupError):  # it was the sandbox that ended, and the runner with it
        signal.pidfd_send_signal(dead.first, signal.SIGKILL)
    _tell(dead.news, ENDED, 128 - status if status < 0 else status)
    for file in (pidfd, dead.first, dead.news):
        os.close(file)


def _tell(news: int, kind: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
        os.write(news, NEWS.pack(kind, number))


def _called(name: str, *arguments: Any) -> None:
    """Call the C library. Raises OSError."""
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
