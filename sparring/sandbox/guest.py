"""One started runner: asks it, and when it fails, kills it and says what it died of."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sparring.agents.author_code import Log
from sparring.errors import AgentFault, HostTrouble, SparringError
from sparring.sandbox import pool
from sparring.sandbox.channel import Channel, HungUp, Late
from sparring.sandbox.instructions import GroupCounter
from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.sandbox import AGENT_FOLDER, Order, Sandbox
from sparring.sandbox.limits import Limits, rlimits
from sparring.sandbox.meter import Meter, Seen, Sight
from sparring.sandbox.protocol import VERSION, FrameError, Message, unpack_fault

GRACE_SECONDS = 1.0
"""On top of what the agent may take, before its process is killed from outside."""
SILENCE_SECONDS = GRACE_SECONDS + 0.25
"""On top of what one row may take: the runner gives a sign of life between rows, but not for every one."""
SECONDS_TO_BOOT = 30.0
"""For the runner itself, before any code of the author: if that takes longer, the machine is to blame."""
SECONDS_TO_EXIT = 1.0
FOREVER_SECONDS = 60.0
"""What an agent gets when a test has switched the clock off."""
SIGNALS = {
    4: "an illegal instruction",
    6: "an abort",
    7: "a bus error",
    8: "an arithmetic error",
    11: "a segmentation fault",
}
CPU_SIGNAL = 24
STOPPED = 128 + 9

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Loaded:
    """What a runner says of the program that it has loaded."""

    lanes: int | None
    batched: bool


class Guest:
    """A runner in a sandbox of ``driver``, with the author's code. Starts at once, and loads meanwhile.

    Once it is loaded, it runs only while it is asked. For a program in another language the runner puts itself under
    limits and becomes that program, which then gets the same ``load``.
    """

    def __init__(self, driver: str, order: Order, load: Message) -> None:
        self.limits = order.limits
        self.loaded: Loaded | None = None
        self._calls = 0
        self._sandbox = pool.start_runner(driver, order)
        self._channel = Channel(self._sandbox)
        self._sight: Sight | None = None
        self.seen: Seen | None = None
        """The latest call, as it looked from outside."""
        self._abandon = weakref.finalize(self, _end, self._sandbox)
        with contextlib.suppress(HungUp, Late):  # await_loaded will find out
            if order.image is None:
                place = {"folder": AGENT_FOLDER, "uid": self._sandbox.uid, "rlimits": rlimits(order.limits)}
                place["keep_bounds"] = not on(controls.CAPABILITIES)
                self._channel.send({**load, **place}, SECONDS_TO_BOOT)
            if load.get("command") or order.image is not None:
                self._channel.send({"type": "load", "protocol": VERSION, "game": load["game"]}, SECONDS_TO_BOOT)

    @property
    def log(self) -> Log:
        """What was printed in there."""
        return self._channel.log

    def await_loaded(self) -> Loaded:
        """Wait until the author's code is loaded. Raises AgentFault; HostTrouble if there is no sandbox at all."""
        try:
            ready = self._channel.receive(SECONDS_TO_BOOT, SECONDS_TO_BOOT)
        except (HungUp, Late, FrameError) as error:
            self.stop()
            raise HostTrouble(f"The sandbox did not start. {self.log.text.strip()[-500:]}") from error
        limit = self.limits.start_seconds + GRACE_SECONDS
        try:
            if ready["type"] != "ready":
                raise FrameError("it answered before it was ready")
            answer = self._channel.receive(limit, limit)
            if answer["type"] == "failed":
                raise _with_prints(unpack_fault(answer.get("fault")), self.log)
            self.loaded = _loaded(answer)
        except AgentFault:
            self.stop()
            raise
        except (HungUp, Late, FrameError) as error:
            fault = self._die_of(error, self.limits.start_seconds)
            raise AgentFault("start", f"It can't start. {fault}", fault.log) from error
        self._sandbox.freeze()
        self._sight = _sight_of(self._sandbox, self.limits)
        return self.loaded

    def ask(self, message: Message, row_seconds: float, seconds: float, read: Callable[[Message], Answer]) -> Answer:
        """What ``read`` makes of the answer to ``message``.

        ``row_seconds``: what the slowest row may take, ``seconds``: what all may take. Raises AgentFault when there is
        no proper answer; nothing of the sandbox is alive then.
        """
        self._calls += 1
        wanted = {"begin": "begun", "act": "acted", "end": "ended"}[message["type"]]
        silence, whole = row_seconds + SILENCE_SECONDS, seconds + GRACE_SECONDS
        if not on(controls.WALL_CLOCK):
            silence = whole = FOREVER_SECONDS
        assert self._sight is not None
        self._sight.ask()
        try:
            self._sandbox.thaw()
            answer = self._channel.request({**message, "call": self._calls}, silence, whole)
            self.seen = self._sight.answer()
            self._sandbox.freeze()
            if (answer["type"] != wanted or answer.get("call") != self._calls) and on(controls.CALL_NUMBERS):
                raise FrameError("it gave an answer that nobody had asked for")
            return read(answer)
        except (HungUp, Late, FrameError) as error:
            raise self._die_of(error, seconds) from error

    def stop(self) -> int:
        """Kill everything in the sandbox and clean up. Returns the exit status. Twice does nothing."""
        if not self._abandon.alive:
            return STOPPED
        status = self._sandbox.kill()
        if self._sight is not None:
            self._sight.close()
        self._channel.drain()
        self._abandon()
        return status

    def _die_of(self, error: Exception, seconds: float) -> AgentFault:
        """Stop, and say what it was as a fault of the agent. Raises HostTrouble when it was nobody's in there."""
        if isinstance(error, HungUp):
            self._sandbox.wait(SECONDS_TO_EXIT)
        out_of_memory = self._sandbox.out_of_memory()
        from_outside = self._sandbox.killed_from_outside() and not out_of_memory
        status = self.stop()
        if from_outside:
            raise HostTrouble("A sandbox was killed by somebody outside of it, which is no fault of the agent.")
        if isinstance(error, Late):
            kind, message = "time", f"It gave no answer within {seconds:.3g} s and was stopped."
        elif isinstance(error, FrameError):
            kind, message = "crash", f"It broke the protocol: {error}."
        elif out_of_memory:
            kind, message = "memory", f"It used more than {self.limits.memory_mib} MiB of memory and was stopped."
        elif status == 128 + CPU_SIGNAL:
            kind, message = "time", f"It used more than {self.limits.cpu_seconds} s of processor time and was stopped."
        elif status > 128:
            signal = status - 128
            kind, message = "crash", f"Its process was ended by {SIGNALS.get(signal, f'signal {signal}')}."
        else:
            kind, message = "crash", f"Its process ended itself with exit status {status}."
        return AgentFault(kind, message, self.log.text)


def _end(sandbox: Sandbox) -> None:
    """End a sandbox that nobody can ask any more, or give back what it had when it has ended."""
    sandbox.kill()
    sandbox.clean_up()


def _sight_of(sandbox: Sandbox, limits: Limits) -> Sight:
    """Raises SparringError where instructions are the budget and can't be counted."""
    counter = None
    if limits.budget == "instructions":
        group = next((group for group in sandbox.groups if (group / "cgroup.controllers").exists()), None)
        if group is None:
            raise SparringError("Instructions are counted by control groups of version 2, and there are none here.")
        counter = GroupCounter(group)
    return Sight(Meter(sandbox.groups, sandbox.root), counter)


def _loaded(answer: Message) -> Loaded:
    lanes = answer.get("lanes")
    if answer["type"] != "loaded" or not (lanes is None or (type(lanes) is int and lanes >= 1)):
        raise FrameError("it did not say that it was loaded")
    return Loaded(lanes, answer.get("batched") is True)


def _with_prints(fault: AgentFault, log: Log) -> AgentFault:
    return AgentFault(fault.kind, str(fault), log.text + fault.log)
