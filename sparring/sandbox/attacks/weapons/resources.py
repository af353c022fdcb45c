"""Ways to take more than one may."""

from __future__ import annotations

import ctypes
import itertools
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sparring.sandbox.attacks.weapons import Escaped

MIB = 1024 * 1024
MANY = 1000
FAR_TOO_MANY_MIB = 200 * 1024
_stamps: list[float] = []
"""When a thread of ours ran last; times of this process."""
_left_at: list[float] = []


def fork_many(most: int, tries: int = MANY) -> None:
    """Starts children until that is refused, or ``tries`` are there."""
    children: list[int] = []
    try:
        with suppress(OSError):
            while len(children) < tries:
                children.append(_sleeping_child())
    finally:
        _end(children)
    if len(children) > most:
        raise Escaped(f"{len(children)} processes")


def start_many_threads(most: int) -> None:
    wake = threading.Event()
    threads: list[threading.Thread] = []
    with suppress(RuntimeError):
        while len(threads) < MANY:
            thread = threading.Thread(target=wake.wait, daemon=True)
            thread.start()
            threads.append(thread)
    wake.set()
    for thread in threads:
        thread.join()
    if len(threads) > most:
        raise Escaped(f"{len(threads)} threads")


def leak_files(most: int) -> None:
    files: list[int] = []
    with suppress(OSError):
        while len(files) < 10 * most:
            files.append(os.open("/dev/null", os.O_RDONLY))
    for file in files:
        os.close(file)
    if len(files) > most:
        raise Escaped(f"{len(files)} open files")


def fill_disk(most_mib: int) -> None:
    """Fills every place that can be written to; small files, so that only the room for all of them counts."""
    for folder in ("/tmp", "/dev/shm"):
        written = 0
        names = [Path(folder, f"filler-{number}") for number in range(4 * most_mib)]
        with suppress(OSError):
            for name in names:
                written += name.write_bytes(bytes(MIB))
        for name in names:
            name.unlink(missing_ok=True)
        if written == 0:
            raise RuntimeError(f"Nothing can be written to {folder}, so nothing is known about its size.")
        if written > most_mib * MIB:
            raise Escaped(f"{written // MIB} MiB in {folder}")


def write_big_file(most_mib: int) -> None:
    """Needs not the room on the disk: the file is all but empty."""
    big = Path("/tmp/big")
    with suppress(OSError), big.open("wb") as file:
        file.truncate((most_mib + 1) * MIB)
        raise Escaped("a file larger than allowed")
    big.unlink(missing_ok=True)


def take_memory(mib: int) -> None:
    """Private memory of one process, which nothing has been written to yet."""
    with suppress(OSError, ValueError):
        mmap.mmap(-1, mib * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        raise Escaped(f"{mib} MiB of memory")


def reserve_addresses() -> None:
    """Memory that can't be read or written yet: costs nothing, but the tables for it do."""
    with suppress(OSError, ValueError):
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        mmap.mmap(-1, FAR_TOO_MANY_MIB * MIB, flags=flags, prot=mmap.PROT_READ).close()
        raise Escaped(f"{FAR_TOO_MANY_MIB} MiB of addresses")


def take_memory_by_children(each_mib: int, most_mib: int) -> None:
    """Children that each keep to the limit of a process, and together don't."""
    children, ends = [], []
    for _ in range(2 + 2 * most_mib // each_mib):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            hoard = bytearray(b"x" * (each_mib * MIB))
            os.write(write, b"x" if hoard else b"")
            signal.pause()
        os.close(write)
        children.append(child)
        ends.append(read)
    for end in ends:
        os.read(end, 1)  # it has got it, or is dead
        os.close(end)
    holding = [child for child in children if os.waitpid(child, os.WNOHANG) == (0, 0)]
    _end(holding)
    if len(holding) * each_mib > most_mib:
        raise Escaped(f"{len(holding) * each_mib} MiB of memory in {len(holding)} processes")


def take_processor(share: float, rounds: int, seconds: float) -> None:
    """Works, and looks how much of the processor it gets: ``rounds`` take a whole core ``seconds``.

    What a sandbox says of its own processor time is nothing to go by: gVisor counts while it is held up.
    """
    began = time.monotonic()
    work(rounds)
    got = seconds / (time.monotonic() - began)
    if got > 2 * share:
        raise Escaped(f"{got:.0%} of a core")


def work(rounds: int) -> None:
    for _ in range(rounds):
        pass


def think_between_turns() -> None:
    """On its first turn starts a thread; on the second looks how it fared while the opponent was thinking."""
    if not _stamps:
        _stamps.append(time.monotonic())
        threading.Thread(target=_work_on, daemon=True).start()
        time.sleep(0.05)
        _left_at.append(time.monotonic())
        return
    now = time.monotonic()
    between = [stamp for stamp in _stamps if _left_at[0] + 0.1 < stamp < now - 0.05]
    _left_at.append(now)
    if between:
        raise Escaped(f"{len(between)} rounds of work while it was not its turn")


def _work_on() -> None:
    while len(_left_at) < 2:
        _stamps.append(time.monotonic())
        time.sleep(0.005)


def hoard_memory() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * 16 * MIB))


def bomb_with_forks() -> None:
    while True:
        with suppress(OSError):
            os.fork()


def bomb_with_forks_that_die() -> None:
    """Gone before anybody could name it: the parent dies as soon as the child is there."""
    while True:
        with suppress(OSError):
            if os.fork():
                os._exit(0)


def loop() -> None:
    for _ in itertools.count():
        pass


def loop_deaf() -> None:
    """Loops, deaf to every signal that can be ignored, and catches whatever is raised."""
    for number in range(1, 32):
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    while True:
        with suppress(BaseException):
            loop()


def sleep_for_ever() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    while True:
        time.sleep(1000)


def flood_output() -> None:
    while True:
        sys.stdout.write("flood " * 10_000)


def flood_errors() -> None:
    while True:
        with suppress(OSError):
            os.write(sys.stderr.fileno(), b"flood " * 10_000)


def exhaust_stack() -> None:
    """Recursion in C, until the stack ends."""
    sys.setrecursionlimit(10**8)
    call = ctypes.CFUNCTYPE(None)
    again: list[Callable[[], None]] = []
    again.append(call(lambda: again[0]()))
    again[0]()


def _sleeping_child() -> int:
    child = os.fork()
    if child == 0:
        signal.pause()
    return child


def _end(children: list[int]) -> None:
    for child in children:
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
    for child in children:
        with suppress(OSError):
            os.waitpid(child, 0)
