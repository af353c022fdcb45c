"""Ways to cheat on the wire, and in what is answered. The runner's pipe is in the agent's own process."""

from __future__ import annotations

import os
import struct
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

import msgpack
import numpy as np

from sparring.sandbox import runner
from sparring.sandbox.attacks.weapons import Escaped

HIGHEST = 255
GIANT_BYTES = 32 * 1024 * 1024


def giant_frame() -> None:
    """A proper answer to the first question, but for 32 MiB that nobody asked for."""
    answer = {"type": "acted", "call": 2, "actions": [0], "seconds": _column(0.0), "faults": None}
    _send(msgpack.packb({**answer, "ballast": bytes(GIANT_BYTES)}))


def endless_frame() -> None:
    """Says that four gigabytes come, and lets them come."""
    os.write(_pipe(), struct.pack("<I", 2**32 - 1))
    while True:
        os.write(_pipe(), bytes(2**20))


def frame_without_end() -> None:
    _send(b"xx", length=1000)
    time.sleep(1000)


def exit_in_mid_frame() -> None:
    _send(b"xx", length=1000)
    os._exit(0)


def broken_frame() -> None:
    _send(b"\xc1\xff\xfe")


def nested_frame() -> None:
    _send(b"\x91" * 100_000)


def answer_of_another_match() -> None:
    """An answer to a question that was asked of nobody, before one's own."""
    _send(msgpack.packb({"type": "acted", "call": 10_000, "actions": [0], "seconds": _column(0.0), "faults": None}))


def answer_twice() -> None:
    once = runner.Pipe.send

    def twice(self: runner.Pipe, message: dict[str, Any]) -> None:
        once(self, message)
        if message["type"] == "acted":
            once(self, message)

    runner.Pipe.send = twice  # type: ignore[method-assign]


def flood_frames() -> None:
    while True:
        _send(msgpack.packb({"type": "working"}))


def close_pipe() -> None:
    os.close(_pipe())
    time.sleep(1000)


def patch_referee() -> None:
    """Imports what the arena runs on, and changes it: but only here."""
    from sparring.sandbox import channel, protocol

    protocol.MOST_ANSWER_BYTES = 2**40
    channel.Channel.receive = None  # type: ignore[assignment, method-assign]
    with suppress(ImportError):
        import_module("sparring.matches.record").MatchRecord = None  # type: ignore[attr-defined]


class Sly(np.ndarray):
    """An array that acts when it is looked at, and asks to be rebuilt by whoever unpickles it."""

    path = ""

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)

    def __array_finalize__(self, _array: Any) -> None:
        if sys.gettrace() is not None:
            raise Escaped("somebody's debugger")

    def __index__(self) -> int:
        raise SystemExit

    def __int__(self) -> int:
        raise SystemExit

    def __repr__(self) -> str:
        raise SystemExit


def sly_array(path: str) -> Any:
    """Answers an array of objects that would make a folder at ``path`` where it is unpickled."""
    Sly.path = path
    array = np.array([object()], dtype=object).view(Sly)
    return array


def _pipe() -> int:
    """The runner's end for answers: the file with the highest number."""
    for number in range(HIGHEST, 2, -1):
        with suppress(OSError):
            os.fstat(number)
            return number
    raise Escaped("no pipe, and so nobody who would notice")


def _send(body: bytes, length: int | None = None) -> None:
    """The whole frame, though a pipe may take it in parts."""
    view = memoryview(struct.pack("<I", len(body) if length is None else length) + body)
    while view:
        view = view[os.write(_pipe(), view) :]


def _column(value: float) -> dict[str, Any]:
    return {"dtype": "<f8", "shape": [1], "data": struct.pack("<d", value)}
