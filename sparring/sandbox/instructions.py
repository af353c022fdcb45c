"""Counts the instructions that a control group executes: a budget that no busy machine can make shorter.

The kernel counts them by the processor's own counters (perf_event_open(2)), for a group of version 2 as a whole, so
that no process or thread in it escapes. That takes a processor whose counters are not hidden by a hypervisor, and the
right to read them (root, or CAP_PERFMON).
"""

from __future__ import annotations

import ctypes
import os
import struct
from functools import lru_cache
from pathlib import Path

from sparring.errors import SparringError

SYSTEM_CALLS = {"x86_64": 298, "aarch64": 241, "ppc64le": 319, "s390x": 331, "riscv64": 241}
BY_GROUP, CLOSE_ON_EXEC = 1 << 2, 1 << 3
HARDWARE, SOFTWARE = 0, 1
INSTRUCTIONS = (HARDWARE, 1)
TASK_CLOCK = (SOFTWARE, 1)
"""Nanoseconds: every machine has it, so tests can count by it."""
ATTRIBUTES = struct.Struct("=IIQQQQQ")
ATTRIBUTES_BYTES = 64
TIMES_ENABLED_AND_RUNNING = 3
WITHOUT_KERNEL = 1 << 5 | 1 << 6
VALUE = struct.Struct("=QQQ")

Event = tuple[int, int]


class GroupCounter:
    """Counts an event in a control group of version 2, from now on. Raises SparringError where that can't be done."""

    def __init__(self, group: Path, event: Event = INSTRUCTIONS) -> None:
        self._counters: list[int] = []
        folder = os.open(group, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for processor in range(os.cpu_count() or 1):
                self._counters.append(_open(event, folder, processor, BY_GROUP))
        except OSError as error:
            self.close()
            raise SparringError(_why(error)) from error
        finally:
            os.close(folder)

    def read(self) -> float:
        """How often it has happened. Where a processor's counters were shared with others, what that comes to."""
        total = 0.0
        for counter in self._counters:
            count, enabled, running = VALUE.unpack(os.read(counter, VALUE.size))
            total += count * (enabled / running) if running else 0.0
        return total

    def close(self) -> None:
        while self._counters:
            os.close(self._counters.pop())


@lru_cache(maxsize=1)
def why_uncountable() -> str | None:
    """Why instructions can't be counted here; None if they can. Tries it out on this process."""
    try:
        os.close(_open(INSTRUCTIONS, 0, -1, 0))
    except OSError as error:
        return _why(error)
    return None


def _open(event: Event, target: int, processor: int, flags: int) -> int:
    """A counter of ``event`` for a process (0: this one) or a group, on one processor (-1: on all). Raises OSError."""
    number = SYSTEM_CALLS.get(os.uname().machine)
    if number is None:
        raise OSError(0, f"Sparring doesn't know how to ask a {os.uname().machine} for it")
    kind, config = event
    words = ATTRIBUTES.pack(kind, ATTRIBUTES_BYTES, config, 0, 0, TIMES_ENABLED_AND_RUNNING, WITHOUT_KERNEL)
    attributes = ctypes.create_string_buffer(words, ATTRIBUTES_BYTES)
    call = ctypes.CDLL(None, use_errno=True).syscall
    counter = int(call(number, ctypes.byref(attributes), target, processor, -1, flags | CLOSE_ON_EXEC))
    if counter < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return counter


def _why(error: OSError) -> str:
    return (
        f"Instructions can't be counted here ({error.strerror}): it takes a processor whose counters no hypervisor "
        "hides, and the right to read them. Use a budget of processor time (cpu) instead."
    )
