"""What is laid out on the host for an attack: secrets, servers, neighbours; and whether anybody came for them."""

from __future__ import annotations

import ctypes
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, thread_time
from typing import Any

from sparring.engine import home
from sparring.sandbox.attacks.weapons.resources import work

IPC_CREAT, IPC_RMID = 0o1000, 0
SECONDS_TO_VANISH = 3.0
ROUNDS = 10_000_000


def _nobody_came() -> str | None:
    return None


@dataclass
class Trap:
    """Arguments for the weapon, and what it did outside: None, or a sentence."""

    arguments: dict[str, Any] = field(default_factory=dict)
    sprung: Callable[[], str | None] = _nobody_came


@contextmanager
def nothing() -> Iterator[Trap]:
    yield Trap()


def fixed(**arguments: Any) -> Callable[[], Any]:
    """A trap of nothing but arguments."""

    @contextmanager
    def lay() -> Iterator[Trap]:
        yield Trap(arguments)

    return lay


def measured_work(**arguments: Any) -> Callable[[], Any]:
    """Arguments, and how much work takes a core of this machine how long."""

    @contextmanager
    def lay() -> Iterator[Trap]:
        began = thread_time()
        work(ROUNDS)
        yield Trap({**arguments, "rounds": ROUNDS, "seconds": thread_time() - began})

    return lay


@contextmanager
def server() -> Iterator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        def called() -> str | None:
            with suppress(BlockingIOError):
                listener.accept()[0].close()
                return "a connection came through"
            return None

        yield Trap({"port": listener.getsockname()[1]}, called)


@contextmanager
def datagram_server() -> Iterator[Trap]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)

        def called() -> str | None:
            with suppress(BlockingIOError):
                return f"{listener.recv(100)!r} came through"
            return None

        yield Trap({"port": listener.getsockname()[1]}, called)


@contextmanager
def abstract_socket() -> Iterator[Trap]:
    name = f"sparring-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        yield Trap({"name": name})


@contextmanager
def secret_files() -> Iterator[Trap]:
    """A readable secret in each place where a person or the arena keeps things."""
    home().mkdir(parents=True, exist_ok=True)
    folders = [Path.home(), Path("/tmp"), Path("/var/tmp"), home()]
    files = []
    try:
        for folder in folders:
            with (
                suppress(OSError),
                tempfile.NamedTemporaryFile("w", dir=folder, prefix=".sparring-", delete=False) as file,
            ):
                file.write("a secret")
                files.append(Path(file.name))
        for path in files:
            path.chmod(0o644)
        yield Trap({"paths": [str(path) for path in files]})
    finally:
        for path in files:
            path.unlink(missing_ok=True)


@contextmanager
def environment() -> Iterator[Trap]:
    name, value = "SPARRING_PROBE", secrets.token_hex(8)
    os.environ[name] = value
    try:
        yield Trap({"marker": value})
    finally:
        del os.environ[name]


@contextmanager
def neighbour() -> Iterator[Trap]:
    """A process of the host with a marker on its command line."""
    marker = secrets.token_hex(8)
    process = subprocess.Popen(["/bin/sh", "-c", f"read -r _; : {marker}"], stdin=subprocess.PIPE, env={})
    try:
        yield Trap({"marker": marker})
    finally:
        process.kill()
        process.communicate()


@contextmanager
def victim() -> Iterator[Trap]:
    """A process of the host that should live."""
    process = subprocess.Popen(["/bin/sh", "-c", "read -r _"], stdin=subprocess.PIPE, env={})
    try:
        yield Trap(
            {"pid": process.pid}, lambda: "a process of the host was killed" if process.poll() is not None else None
        )
    finally:
        process.kill()
        process.communicate()


@contextmanager
def child_left_behind() -> Iterator[Trap]:
    """Looks for a process with a marker once the sandbox is gone."""
    marker = secrets.token_hex(8)

    def alive() -> list[str]:
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if marker.encode() in path.read_bytes():
                    found.append(path.parent.name)
        return found

    def outlived() -> str | None:
        deadline = monotonic() + SECONDS_TO_VANISH
        while alive() and monotonic() < deadline:
            os.sched_yield()
        return f"processes {alive()} outlived the match" if alive() else None

    yield Trap({"marker": marker}, outlived)


@contextmanager
def shared_memory() -> Iterator[Trap]:
    """A segment of System V, which is in a list of the kernel, and a file in /dev/shm."""
    libc, key = ctypes.CDLL(None), secrets.randbelow(2**30) + 1
    segment = libc.shmget(key, 4096, IPC_CREAT | 0o666)
    name = f"sparring-{secrets.token_hex(8)}"
    file = Path("/dev/shm", name)
    try:
        with suppress(OSError):
            file.write_text("a secret")
        yield Trap({"key": key, "name": name})
    finally:
        file.unlink(missing_ok=True)
        if segment >= 0:
            libc.shmctl(segment, IPC_RMID, None)


@contextmanager
def host_name() -> Iterator[Trap]:
    yield Trap({"name": socket.gethostname()})


@contextmanager
def open_file() -> Iterator[Trap]:
    """A file that this process has open, and would pass on to whatever it starts."""
    with tempfile.TemporaryFile() as file:
        marker = secrets.token_hex(8)
        file.write(marker.encode())
        file.flush()
        os.set_inheritable(file.fileno(), True)
        yield Trap({"marker": marker})


@contextmanager
def unmade_folder() -> Iterator[Trap]:
    """A place where nothing should appear."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "made")
        yield Trap({"path": str(place)}, lambda: "an answer acted on the host" if place.exists() else None)


@contextmanager
def referee() -> Iterator[Trap]:
    """Whether the referee still has its senses."""
    from sparring.sandbox import channel, protocol

    before = protocol.MOST_ANSWER_BYTES, channel.Channel.receive

    def changed() -> str | None:
        same = before == (protocol.MOST_ANSWER_BYTES, channel.Channel.receive)
        return None if same else "the referee was changed"

    yield Trap({}, changed)
