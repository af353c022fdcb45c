"""Starts a program and watches over it: stops and continues everything, and ends with the arena.

Runs in the sandbox as a script, before and outside of any code of an author, so it imports nothing of ours:

    guard.py --control FD COMMAND...        words come over an inherited pipe
    guard.py --pipes FOLDER COMMAND...      standard streams and words come over named pipes of a folder

Words are single bytes: ``S`` stops every process in here but this one, ``C`` continues them. When the pipe closes, the
arena is gone, and everything ends. In a container this is process 1, which nobody else in there can kill or stop.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from contextlib import suppress

PR_SET_DUMPABLE = 4
STOP, CONTINUE = b"S", b"C"
AGAIN = (0.001, 0.004, 0.016, 0.064, 0.25)
"""Seconds after which everybody is stopped or continued once more. A child that is just being born may be left out: of
both words in gVisor, and in Linux of the second if the first comes during its birth too."""
STREAMS = ("stdin", "stdout", "stderr")
HELLO = b"hello\n"
SECONDS_TO_MEET = 60
"""How long it waits for the arena to open the named pipes. An arena that was killed before never will."""
KILLS = {
    "/sys/fs/cgroup/memory/memory.oom_control": "oom_kill ",
    "/sys/fs/cgroup/memory.events": "oom_kill ",
}
"""Where control groups count what was killed for its memory, in version 1 and 2."""


def main(how: str, where: str, *command: str) -> None:
    """Start ``command`` and watch over it."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody reads or writes the memory of this process
    control, status = take_pipes(where) if how == "--pipes" else (int(where), -1)
    os.set_inheritable(control, False)
    child = os.fork()
    if child == 0:
        become(command)
    signal.signal(signal.SIGCHLD, lambda *_: bury(child, status))
    if status >= 0:
        os.write(status, HELLO)
    bury(child, status)
    watch(control)


def take_pipes(folder: str) -> tuple[int, int]:
    """Make the named pipes of ``folder`` the standard streams; the ends for words and for the status."""
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))  # the first process of a container ignores what it can
    signal.alarm(SECONDS_TO_MEET)
    for number, name in enumerate(STREAMS):
        os.dup2(os.open(f"{folder}/{name}", os.O_RDONLY if number == 0 else os.O_WRONLY), number)
    ends = os.open(f"{folder}/control", os.O_RDONLY), os.open(f"{folder}/status", os.O_WRONLY)
    signal.alarm(0)
    return ends


def become(command: tuple[str, ...]) -> None:
    """Turn into ``command``, which is killed before this process is when memory runs out."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        file.write("1000")
    os.execv(command[0], command)


def watch(control: int) -> None:
    """Do as the arena says, until it is gone."""
    word, pauses = CONTINUE, list[float]()
    while True:
        if select.select([control], [], [], pauses.pop(0) if pauses else None)[0]:
            word = os.read(control, 1)
            if not word:
                os._exit(0)
            pauses = list(AGAIN)
        if word in (STOP, CONTINUE):
            with suppress(OSError):  # there is nobody left
                os.kill(-1, signal.SIGSTOP if word == STOP else signal.SIGCONT)


def bury(child: int, status: int) -> None:
    """Take in whoever has ended; when it is ``child``, tell how, and end everything."""
    while True:
        try:
            pid, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == child:
            code = 128 + os.WTERMSIG(how) if os.WIFSIGNALED(how) else os.WEXITSTATUS(how)
            if status >= 0:
                os.write(status, b"%d %d\n" % (code, killed_for_memory()))
            os._exit(code)


def killed_for_memory() -> int:
    """How many processes of this container were."""
    for place, word in KILLS.items():
        try:
            with open(place) as file:  # noqa: PTH123
                found = [int(line[len(word) :]) for line in file if line.startswith(word)]
        except (OSError, ValueError):
            continue
        if found:
            return found[0]
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
