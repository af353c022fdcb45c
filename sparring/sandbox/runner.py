"""What runs inside a sandbox: puts itself under limits, loads the author's code, and answers frames.

Only light imports, so that a sandbox starts in a fraction of a second.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NoReturn

import numpy as np

from sparring.agents.artefact import Artefact
from sparring.agents.author_code import AuthorCode, OutOfTime, Timer
from sparring.agents.program import GameInfo, Program
from sparring.agents.python_file import open_program
from sparring.errors import AgentFault
from sparring.sandbox.protocol import (
    HEADER,
    MOST_REQUEST_BYTES,
    FrameError,
    Message,
    pack,
    pack_actions,
    pack_array,
    pack_fault,
    pack_faults,
    unpack,
    unpack_array,
)

PR_CAPBSET_DROP = 24
CAPABILITY_VERSION_3 = 0x20080522
CAPABILITIES = 64
"""More than there are."""
SECONDS_BETWEEN_SIGNS = 0.25
REPEAT_ALARM_SECONDS = 0.1
MOST_TIMEOUTS_IN_A_ROW = 3
PYTHON_NAMES = ("python", "python3")
"""Commands that mean the arena's own interpreter, with its packages."""
_libc = ctypes.CDLL(None, use_errno=True)


class Pipe:
    """Frames over two file descriptors."""

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink

    def receive(self) -> Message:
        (size,) = HEADER.unpack(self._read(HEADER.size))
        if size > MOST_REQUEST_BYTES:
            raise FrameError(f"a frame of {size} bytes is too large")
        return unpack(self._read(size))

    def send(self, message: Message) -> None:
        view = memoryview(pack(message))
        while view:
            view = view[os.write(self._sink, view) :]

    def hand_over(self) -> None:
        """Make the frames those of standard input and output, for the program that takes the place of this one."""
        os.dup2(self._source, 0)
        os.dup2(self._sink, 1)

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = os.readv(self._source, [view])
            if count == 0:
                raise EOFError
            view = view[count:]
        return data


class Alarm(Timer):
    """Interrupts calls of author's code that take too long, and tells the arena when the next one begins.

    After a few timeouts in a row the rest of a call isn't played any more.
    """

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._seconds: list[float] = [0.0]
        self._cpu_seconds: list[float] = []
        self._ticking = self._rang = False
        self._in_a_row = 0
        self._last_sign = perf_counter()
        signal.signal(signal.SIGALRM, self._ring)
        signal.signal(signal.SIGPROF, self._ring)

    def set(self, seconds: list[float], cpu_seconds: Sequence[float] = ()) -> None:
        """Seconds for each row of the call that comes: on the wall and, if it counts, of processor time."""
        self._seconds, self._cpu_seconds = seconds or [0.0], list(cpu_seconds)
        self._rang, self._in_a_row, self._last_sign = False, 0, perf_counter()

    def start(self, row: int) -> None:
        now = perf_counter()
        if now - self._last_sign > SECONDS_BETWEEN_SIGNS:
            self._pipe.send({"type": "working"})
            self._last_sign = now
        self._in_a_row = self._in_a_row + 1 if self._rang else 0
        self._rang = self._in_a_row >= MOST_TIMEOUTS_IN_A_ROW
        if self._rang:
            raise OutOfTime
        self._ticking = True
        signal.setitimer(signal.ITIMER_REAL, max(self._seconds[row], 1e-3), REPEAT_ALARM_SECONDS)
        if self._cpu_seconds:
            signal.setitimer(signal.ITIMER_PROF, max(self._cpu_seconds[row], 1e-3), REPEAT_ALARM_SECONDS)

    def stop(self) -> None:
        if self._ticking:
            self._ticking = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _ring(self, _number: int, _frame: Any) -> None:
        if self._ticking:
            self._rang = True
            raise OutOfTime


def main() -> None:
    """Serve one arena until it hangs up."""
    pipe = take_over_pipes()
    try:
        serve(pipe)
    except EOFError:
        os._exit(0)


def take_over_pipes() -> Pipe:
    """Keep the pipes to the arena for frames; what the author's code reads and prints is something else from now on."""
    pipe = Pipe(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    return pipe


def serve(pipe: Pipe) -> NoReturn:
    """Load the program of the first frame, then answer frames."""
    request = pipe.receive()
    confine(request["rlimits"])
    if request["uid"] is not None:
        become(request["uid"], request["keep_bounds"])
    pipe.send({"type": "ready"})
    if request.get("command"):
        become_program(pipe, request)
    alarm = Alarm(pipe)
    alarm.set([request["limits"]["start_seconds"]])
    try:
        program = _load(request, alarm)
    except AgentFault as fault:
        pipe.send({"type": "failed", "fault": pack_fault(fault)})
        raise EOFError from fault
    listed = GameInfo(**request["game"]).width is not None
    pipe.send({"type": "loaded", "lanes": program.lanes, "batched": bool(getattr(program, "batched", False))})
    while True:
        request = pipe.receive()
        cpu_seconds = unpack_array(request["cpu"]).tolist() if "cpu" in request else ()
        alarm.set(unpack_array(request["seconds"]).tolist(), cpu_seconds)
        answer = _answer(program, request, listed)
        sys.stdout.flush()
        pipe.send({**answer, "call": request["call"]})


def become_program(pipe: Pipe, request: Message) -> NoReturn:
    """Turn into the author's command, which answers the next frames itself."""
    program, *arguments = request["command"]
    environment = dict(os.environ)
    if program in PYTHON_NAMES:
        program = sys.executable
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path.endswith("packages"))
    os.chdir(request["folder"])
    pipe.hand_over()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(program, [program, *arguments], environment)
    except OSError as error:
        sentence = f"It can't start: {request['command'][0]}: {error.strerror}. Commands are files of the zip, as " + (
            "./agent, or programs that this arena has."
        )
        pipe.send({"type": "failed", "fault": pack_fault(AgentFault("start", sentence))})
        raise EOFError from error


def confine(rlimits: dict[str, tuple[int, int]]) -> None:
    """Put this process and all that it starts under limits. What it has used to come so far does not count."""
    for name, (soft, hard) in rlimits.items():
        used = ceil(process_time()) if name == "CPU" else 0
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (soft + used, hard + used))


def become(uid: int, keep_bounds: bool = False) -> None:
    """Become ``uid``, and let nobody from here on have a capability, whatever program they start."""
    if not keep_bounds:
        for capability in range(CAPABILITIES):
            _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if not keep_bounds:
        set_capabilities(0)


def set_capabilities(held: int) -> None:
    """Have these capabilities, one a bit, and none that a program started from here could inherit. Raises OSError."""
    header = struct.pack("<Ii", CAPABILITY_VERSION_3, 0)
    if _libc.capset(header, struct.pack("<6I", held, held, 0, 0, 0, 0)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _load(request: Message, alarm: Alarm) -> Program:
    folder = Path(request["folder"])
    artefact = Artefact(folder, request["kind"], request["entry"])
    code = AuthorCode(folder, alone=True, timer=alarm)
    return open_program(artefact, code, GameInfo(**request["game"]))


def _answer(program: Program, request: Message, listed: bool) -> Message:
    """``listed``: an action of this game is a list of numbers."""
    lanes = unpack_array(request["lanes"])
    match request["type"]:
        case "begin":
            faults = program.begin(lanes, unpack_array(request["seats"]), unpack_array(request["seeds"]))
            return {"type": "begun", "faults": pack_faults(faults)}
        case "act":
            reply = program.act(
                lanes,
                unpack_array(request["observations"]),
                unpack_array(request["masks"]),
                unpack_array(request["rewards"]),
            )
            return {
                "type": "acted",
                "actions": pack_actions(reply.actions, listed),
                "seconds": pack_array(reply.seconds.astype(np.float64, copy=False)),
                "cpu": None if reply.cpu_seconds is None else pack_array(reply.cpu_seconds),
                "faults": pack_faults(reply.faults),
            }
        case "end":
            program.end(lanes, unpack_array(request["scores"]), unpack_array(request["finals"]))
            return {"type": "ended"}
    raise FrameError(f"a frame asks for '{request['type']}'")
