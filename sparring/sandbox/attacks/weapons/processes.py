"""Ways to see and touch other processes, and what they belong to."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

from sparring.sandbox.attacks.weapons import Escaped

PTRACE_ATTACH = 16


def see(marker: str) -> None:
    """Looks for a process of the host whose command line holds ``marker``."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if marker.encode() in path.read_bytes():
                raise Escaped(f"the host's process {path.parent.name}")


def read_environment(marker: str) -> None:
    if any(marker in value for value in os.environ.values()):
        raise Escaped("the arena's environment")
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if marker.encode() in path.read_bytes():
                raise Escaped(f"the environment of process {path.parent.name}")


def kill_host_process(pid: int) -> None:
    """Kills a process of the host by its number; whether it dies, the host sees."""
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def trace() -> None:
    """Attaches to its own child and to everybody else, and reads their memory as a debugger would."""
    mine, theirs = (ctypes.create_string_buffer(16) for _ in range(2))
    child = os.fork()
    if child == 0:
        signal.pause()
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        for pid in (child, 1, os.getppid()):
            if libc.ptrace(PTRACE_ATTACH, pid, 0, 0) == 0:
                raise Escaped(f"hold of process {pid} as a debugger")
            here, there = (struct.pack("QQ", ctypes.addressof(each), len(each)) for each in (mine, theirs))
            if libc.process_vm_readv(pid, here, 1, there, 1, 0) >= 0:
                raise Escaped(f"the memory of process {pid}")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def read_memory_of_others() -> None:
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name not in (str(os.getpid()), _first_process()):
            with suppress(OSError), (folder / "mem").open("rb", buffering=0) as memory:
                start = int((folder / "maps").read_text().split("-", 1)[0] or "0", 16)
                memory.seek(start)
                if memory.read(16):
                    raise Escaped(f"the memory of process {folder.name}")


def _first_process() -> str:
    """bubblewrap's own first process: in here too, it knows nothing and can do nothing that an agent can't."""
    return "1" if Path("/proc/1/comm").read_text() == "bwrap\n" else ""


def find_shared_memory(key: int, name: str) -> None:
    """Looks for segments that the host shares, in the kernel's list and in /dev/shm."""
    with suppress(OSError):
        for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
            if int(line.split()[0]) == key:
                raise Escaped("the host's list of shared memory")
    if Path("/dev/shm", name).exists():
        raise Escaped("the host's shared memory")


def learn_host_name(name: str) -> None:
    if socket.gethostname() == name:
        raise Escaped(f"the host's name, {name}")


def learn_control_group() -> None:
    groups = {line.split(":", 2)[2] for line in Path("/proc/self/cgroup").read_text().splitlines()}
    if any("sparring" in group or "docker" in group for group in groups):
        raise Escaped(f"its place in the host's control groups, {sorted(groups)}")


def find_capabilities() -> None:
    status = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    names = ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd")
    held = {name: status[name].strip() for name in names if int(status.get(name, "0"), 16)}
    if held:
        raise Escaped(f"the capabilities {held}")


def become_root() -> None:
    if os.getuid() == 0 or os.geteuid() == 0:
        raise Escaped("root's user id")
    libc = ctypes.CDLL(None)
    if 0 in (libc.setresuid(0, 0, 0), libc.setresgid(0, 0, 0), libc.setgroups(0, None)):
        raise Escaped("another user id")


def find_opponent(secret: str, name: str) -> None:
    """Looks for another agent that plays right now: its files, its shared memory, its socket, its processes."""
    for path in (f"/tmp/{name}", f"/dev/shm/{name}"):
        with suppress(OSError):
            raise Escaped(f"{Path(path).read_text()!r}, the opponent's")
    with suppress(OSError), socket.socket(socket.AF_UNIX) as end:
        end.connect(f"\0{name}")
        raise Escaped("a socket of the opponent's")
    for folder in Path("/proc").glob("[0-9]*"):
        for file in ("environ", "cmdline", "maps"):
            with suppress(OSError):
                if secret in (folder / file).read_text(errors="replace"):
                    raise Escaped(f"the opponent's process {folder.name}")


def leave_child(marker: str) -> None:
    """A child that turns into another program, deaf to every signal, in a session of its own, and sleeps for a day."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32):
                with suppress(OSError, ValueError):
                    signal.signal(number, signal.SIG_IGN)
            os.execv("/bin/sh", ["sh", "-c", f"exec 0<&- 1>&- 2>&-; while :; do sleep 1000; done; : {marker}"])
        os._exit(0)
    os.wait()


def end_everybody(pid: int) -> None:
    """Kills whatever can be reached, and a process of the host by its number."""
    for wanted in (-1, pid, 1, os.getppid()):
        with suppress(OSError):
            os.kill(wanted, signal.SIGKILL)
    signal.pause()
