"""A container that was started empty, into which a runner was forked that has made its imports already.

Its first process only waits for the arena's end, and everybody in there ends with it. What enters takes on all that
the engine has put around it: the namespaces, every control group, a user of its own, no capabilities and the system
call filter. It is alone in a group below the container's, by which it is frozen. See ``sandbox/zygote.py``.
"""

from __future__ import annotations

import os
import select
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sparring.errors import HostTrouble, SparringError
from sparring.sandbox.folders import own_folder
from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.bubblewrap import wide_pipe
from sparring.sandbox.isolation.cgroup import COUNTS_OF_MEMORY, ControlGroup, group_below, processes_in
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.docker.container import (
    KILLED,
    SECONDS_TO_DIE,
    WORDS,
    await_hello,
    close_other_ends,
    make_pipes,
    run,
)
from sparring.sandbox.isolation.docker.engine import Engine
from sparring.sandbox.isolation.docker.inside import inside_to_enter
from sparring.sandbox.isolation.forking import Entered, Sleeping, Zygote, can_enter
from sparring.sandbox.isolation.freezer import Freezer, freezer_of
from sparring.sandbox.isolation.sandbox import Order
from sparring.sandbox.isolation.seccomp import filter_program
from sparring.sandbox.isolation.user_ids import new_uid

KEEPER = """
exec 3<>"$0/control" 4<"$0/control" 3>&- 5<>"$0/status"
echo hello >&5
exec 5>&-
read -r _ <&4
"""
"""What the first process does. It waits for nobody at a pipe, since the arena may have been killed meanwhile."""


@dataclass(eq=False)
class EnteredContainer:
    """A started sandbox; see ``Sandbox``."""

    name: str
    pipes: tuple[int, int, int]
    """This process's ends of standard input, output and errors."""
    lifeline: int
    """The first process ends when this is closed."""
    freezer: Freezer
    uid: int | None
    groups: list[Path]
    first: int | None
    """A pidfd of the first process: when that dies, the kernel kills all others in there."""
    entered: Entered

    @property
    def stdin(self) -> int:
        return self.pipes[0]

    @property
    def stdout(self) -> int:
        return self.pipes[1]

    @property
    def stderr(self) -> int:
        return self.pipes[2]

    @property
    def root(self) -> int | None:
        return self.entered.pid

    def freeze(self) -> None:
        self.freezer.freeze()

    def thaw(self) -> None:
        self.freezer.thaw()

    def wait(self, seconds: float) -> bool:
        return self.entered.wait(seconds)

    def out_of_memory(self) -> bool:
        return self.entered.lacked_memory or ControlGroup(self.groups).out_of_memory()

    def killed_from_outside(self) -> bool:
        return False

    def kill(self) -> int:
        if self.first is None:
            return KILLED
        end_first(self.first)
        self.first = None
        return self.entered.status(SECONDS_TO_DIE)

    def clean_up(self) -> None:
        for end in (*self.pipes, self.lifeline):
            os.close(end)
        self.entered.close()
        self.freezer.close()


def start_entered(found: Engine, order: Order, forker: Zygote) -> EnteredContainer | None:
    """A container with a runner that ``forker`` has forked into it; None where none can enter.

    Raises HostTrouble where there can be no container at all.
    """
    first = entered = None
    with own_folder(0o700) as private:
        pipes = Path(private, "pipes")
        ends = make_pipes(pipes, WORDS)
        try:
            name, groups = run(found, inside_to_enter(found, order, KEEPER).with_pipes(pipes), order.limits)
            await_hello(ends["status"])
            close_other_ends(ends, pipes)
            first = first_process(groups)
            if first is not None:
                entered = _fork_into(groups, first, forker, order.packages is not None)
        except SparringError as error:
            raise HostTrouble(f"Docker can't make a sandbox here: {error}") from error
        finally:
            os.close(ends["status"])
            if entered is None:
                os.close(ends["control"])  # the first process ends, if there is one
    if entered is None or first is None:
        forker.useful = False
        if first is not None:
            end_first(first)
        return None
    uid = new_uid() if on(controls.USER) else None
    return EnteredContainer(name, entered.pipes, ends["control"], entered.freezer, uid, groups, first, entered.runner)


class _Forked(NamedTuple):
    runner: Entered
    pipes: tuple[int, int, int]
    """The arena's ends."""
    freezer: Freezer


def _fork_into(groups: list[Path], first: int, forker: Zygote, packages: bool) -> _Forked | None:
    own = group_below(groups)
    freezer = None if own is None else freezer_of(ControlGroup([own]))
    if own is None or freezer is None:
        return None
    doors = [str(group / "cgroup.procs") for group in (*(each for each in groups if each != own.parent), own)]
    if not (can_enter(doors) and _confined_as_we_are(groups)):
        freezer.close()
        return None
    rules = filter_program() if on(controls.SYSTEM_CALLS) else None
    sandbox = Sleeping(first, doors, rules, packages, _memory_counter(groups))
    (source, stdin), (stdout, sink), (stderr, errors) = (wide_pipe() for _ in range(3))
    runner = forker.fork_into(sandbox, (source, sink, errors))
    for end in (source, sink, errors, *(() if runner is not None else (stdin, stdout, stderr))):
        os.close(end)
    if runner is None:
        freezer.close()
        return None
    return _Forked(runner, (stdin, stdout, stderr), freezer)


def end_first(first: int) -> None:
    """Kill the first process of a container, wait until all are gone that were in there, and close the pidfd."""
    try:
        signal.pidfd_send_signal(first, signal.SIGKILL)
        gone = select.poll()
        gone.register(first, select.POLLIN)
        gone.poll(SECONDS_TO_DIE * 1000)
    except ProcessLookupError:
        pass
    finally:
        os.close(first)


def first_process(groups: list[Path]) -> int | None:
    """A pidfd of the one process that is in these groups; None where this process sees none."""
    found = {pid for group in groups for pid in processes_in(group)}
    if len(found) != 1:
        return None
    (pid,) = found
    try:
        first = os.pidfd_open(pid)
    except OSError:
        return None
    if all(pid in processes_in(group) for group in groups):  # else it has ended, and its number is another's
        return first
    os.close(first)
    return None


def _confined_as_we_are(groups: list[Path]) -> bool:
    """Whether no security module holds the first process in a way that whoever enters is not held in."""
    return all(_label(pid) == _label("self") for group in groups for pid in processes_in(group))


def _label(process: int | str) -> bytes | None:
    try:
        return Path(f"/proc/{process}/attr/current").read_bytes()
    except OSError:  # there is no such module
        return None


def _memory_counter(groups: list[Path]) -> Path | None:
    """The file that counts who was killed for the memory of these groups."""
    return next((group / name for group in groups for name in COUNTS_OF_MEMORY if (group / name).exists()), None)
