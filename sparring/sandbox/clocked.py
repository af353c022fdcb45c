"""Code that runs in this process, on a clock: nobody can stop it, but who was too slow has lost."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter, process_time
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply
from sparring.agents.program import Program
from sparring.errors import AgentFault
from sparring.sandbox.clock import Clock, Work
from sparring.sandbox.limits import Limits
from sparring.sandbox.meter import own_waiting_seconds


@runtime_checkable
class Told(Protocol):
    """A program that can be told of its clock, as one behind HTTP."""

    def tell(self, terms: Mapping[str, Any], seconds: NDArray[np.float64]) -> None:
        """The terms of the clock, and how long each row of the next call may take: float64 [B]."""
        ...


class ClockedProgram:
    """A program of one's own under the clock of ``limits``."""

    def __init__(self, program: Program, limits: Limits) -> None:
        self._program, self._limits, self._clock = program, limits, Clock(limits)
        self.terms = limits.terms()
        self.waited_seconds = 0.0

    @property
    def lanes(self) -> int | None:
        return self._program.lanes

    @property
    def log(self) -> str:
        return self._program.log

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        self._clock.begin(lanes.tolist())
        return self._program.begin(lanes, seats, seeds)

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        if isinstance(self._program, Told):
            self._program.tell(self.terms, self._clock.allowed(lanes.tolist()))
        began, cpu_began, waited = perf_counter(), process_time(), own_waiting_seconds()
        reply = self._program.act(lanes, observations, masks, rewards)
        wall, cpu = perf_counter() - began, process_time() - cpu_began
        self.waited_seconds += own_waiting_seconds() - waited
        said = reply.seconds if reply.cpu_seconds is None else reply.cpu_seconds
        spent = Work(reply.seconds, said, wall, cpu).spent(self._limits.budget)
        for row in self._clock.charge(lanes.tolist(), spent):
            reply.faults.setdefault(row, AgentFault("time", self._clock.too_slow(), self.log))
        return reply

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:
        self._program.end(lanes, scores, finals)
        for lane in lanes.tolist():
            self._clock.end(lane)

    def close(self) -> None:
        self._program.close()
