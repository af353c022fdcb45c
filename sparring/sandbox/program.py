"""An author's program behind the walls of a sandbox, seen as a program like any other."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sparring.agents.artefact import Artefact, unpack
from sparring.agents.author_code import Log
from sparring.agents.player import Faults, Reply
from sparring.agents.program import GameInfo
from sparring.errors import AgentFault
from sparring.sandbox.building import compile_program
from sparring.sandbox.clock import Clock, Work
from sparring.sandbox.folders import own_folder
from sparring.sandbox.guest import Guest
from sparring.sandbox.images.image import Image, read_image
from sparring.sandbox.images.making import make_image
from sparring.sandbox.isolation.sandbox import Order
from sparring.sandbox.limits import Limits
from sparring.sandbox.prepared import NOTHING, Prepared
from sparring.sandbox.protocol import Message, pack_array, unpack_faults, unpack_reply

MOST_STARTS = 10
MOST_STRIKES = 3

Answer = TypeVar("Answer")


class SandboxProgram:
    """Starts the runner, asks it, watches the clock, and starts it again when it has died.

    When the process dies, every match that it was playing is lost; later ones begin in a fresh process. An agent that
    dies or runs out of time in several calls with no match well ended in between is not asked any more.
    """

    def __init__(
        self,
        artefact: Artefact,
        game: GameInfo,
        limits: Limits,
        prepared: Prepared = NOTHING,
        driver: str = "bubblewrap",
    ) -> None:
        self.artefact, self.game, self.limits, self.prepared, self.driver = artefact, game, limits, prepared, driver
        self._image = self._made_image() if artefact.is_image else None
        self._folder = prepared.folder or self._unpacked()
        self._earlier_log = Log()
        self._starts = self._strikes = 0
        self._struck_by = "crash"
        """The kind of the last fault that was a strike."""
        self._seconds_spent = 0.0
        self._clock = Clock(limits)
        self.terms = limits.terms()
        self.waited_seconds = 0.0
        """How long its processes could have run, but did not."""
        self._lost: dict[int, AgentFault] = {}
        """Lane -> how its match died with the process."""
        self._faulty: set[int] = set()
        self._fault_at_start: AgentFault | None = None
        self._lanes: int | None = None
        self._batched = False
        self._guest: Guest | None = None
        self._start()

    @property
    def lanes(self) -> int | None:
        self._await_loaded()
        return self._lanes

    @property
    def log(self) -> str:
        return self._earlier_log.text + (self._guest.log.text if self._guest is not None else "")

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        fault = self._ready_or_fault()
        if fault is not None:
            return dict.fromkeys(range(len(lanes)), fault)
        self._clock.begin(lanes.tolist())
        message = {"type": "begin", "seats": pack_array(seats), "seeds": pack_array(seeds)}
        try:
            faults = self._ask(message, lanes, lambda answer: unpack_faults(answer.get("faults"), len(lanes)))
            self._add_prints(faults)
        except AgentFault:
            faults = {row: self._lost.pop(lane) for row, lane in enumerate(lanes.tolist())}
        for row in faults:
            self._clock.end(int(lanes[row]))
        return faults

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        if self._lost:
            return self._act_without_the_lost(lanes, observations, masks, rewards)
        if self._batched and self._clock.rows_at_once() < len(lanes):
            return self._act_in_parts(lanes, observations, masks, rewards)
        rows = len(lanes)
        arrays = {"observations": observations, "masks": masks, "rewards": rewards}
        message = {"type": "act", **{name: pack_array(array) for name, array in arrays.items()}}
        started = monotonic()
        try:
            reply = self._ask(message, lanes, lambda answer: unpack_reply(answer, rows, self.game.width))
        except AgentFault:
            seconds = np.full(rows, (monotonic() - started) / rows)
            faults = {row: self._lost.pop(int(lanes[row])) for row in range(rows)}
            return Reply(np.zeros(rows, np.int64), seconds, faults, np.full(rows, np.nan))
        self._add_prints(reply.faults)
        self._charge(lanes.tolist(), reply)
        return reply

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:
        alive = np.isin(lanes, self._clock.playing) & ~np.isin(lanes, list(self._lost))
        if self._guest is not None and self._lanes is not None and alive.any():
            message = {"type": "end", "scores": pack_array(scores[alive]), "finals": pack_array(finals[alive])}
            try:
                self._ask(message, lanes[alive], _ignore)
            except AgentFault:
                self._faulty.update(lanes[alive].tolist())
        for lane in lanes.tolist():
            if self._clock.end(lane) and lane not in self._faulty:
                self._strikes = 0
            self._lost.pop(lane, None)
            self._faulty.discard(lane)

    def forgive(self) -> None:
        """Ask it again, however often it died or ran out of time: the host was to blame."""
        self._starts = self._strikes = 0

    def close(self) -> None:
        if self._guest is not None:
            self._guest.stop()
            self._earlier_log.add(self._guest.log.text)
            self._guest = None

    def _act_without_the_lost(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        """Ask for the rows whose match did not die with an earlier process."""
        fine = np.array([lane not in self._lost for lane in lanes.tolist()], np.bool_)
        faults = {int(row): self._lost.pop(int(lanes[row])) for row in np.flatnonzero(~fine)}
        kept, self._lost = self._lost, {}
        seconds, cpu_seconds, actions = np.zeros(len(lanes)), np.zeros(len(lanes)), np.zeros(len(lanes), object)
        if fine.any():
            reply = self.act(lanes[fine], observations[fine], masks[fine], rewards[fine])
            rows = np.flatnonzero(fine)
            seconds[rows], cpu_seconds[rows] = reply.seconds, reply.cpu_seconds
            actions[rows] = np.fromiter(reply.actions, object, len(rows))
            faults |= {int(rows[row]): fault for row, fault in reply.faults.items()}
        self._lost |= kept
        return Reply(list(actions), seconds, faults, cpu_seconds)

    def _act_in_parts(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        """Ask for as many rows at a time as the clock allows; more and more of them while the agent is quick."""
        parts: list[Reply] = []
        first = 0
        while first < len(lanes):
            rows = slice(first, first + self._clock.rows_at_once())
            parts.append(self.act(lanes[rows], observations[rows], masks[rows], rewards[rows]))
            first += len(parts[-1].seconds)
        return _joined(parts)

    def _unpacked(self) -> Path:
        """A folder with the author's files, compiled where they have to be, that goes when this program does."""
        folder = own_folder()
        weakref.finalize(self, folder.cleanup)
        if self._image is not None:
            return Path(folder.name)
        unpack(self.artefact, Path(folder.name))
        if self.artefact.compile:
            compile_program(self.artefact, Path(folder.name), drivers=[self.driver])
        return Path(folder.name)

    def _made_image(self) -> Image:
        """The image that a build has made; else one that goes when this program does."""
        if self.prepared.image is not None:
            return read_image(self.prepared.image)
        folder = own_folder()
        weakref.finalize(self, folder.cleanup)
        return make_image(self.artefact, Path(folder.name))

    def _start(self) -> None:
        self._starts += 1
        load = {
            "type": "load",
            "kind": self.artefact.kind,
            "entry": self.artefact.entry,
            "command": list(self.artefact.command),
            "game": asdict(self.game),
            "limits": asdict(self.limits),
        }
        order = Order(self._folder, self.limits, self.prepared.packages, self._image)
        self._guest = Guest(self.driver, order, load)

    def _await_loaded(self) -> None:
        """Wait until the code is loaded, if it isn't yet. A failure is kept in ``_fault_at_start``."""
        if self._guest is None or self._guest.loaded is not None:
            return
        try:
            loaded = self._guest.await_loaded()
        except AgentFault as fault:
            self._fault_at_start = fault
            self._bury()
            return
        self._lanes, self._batched = loaded.lanes, loaded.batched or self.artefact.is_program

    def _ready_or_fault(self) -> AgentFault | None:
        """Make sure that a process is there to be asked; else say why there is none."""
        if self._guest is None and self._fault_at_start is None:
            if self._strikes >= MOST_STRIKES or self._starts >= MOST_STARTS or self._seconds_left() <= 0:
                return self._given_up()
            self._start()
        self._await_loaded()
        if self._fault_at_start is None and (self._strikes >= MOST_STRIKES or self._seconds_left() <= 0):
            return self._given_up()
        return self._fault_at_start

    def _given_up(self) -> AgentFault:
        if self._seconds_left() <= 0:
            return AgentFault("time", f"It has used up its {self.limits.total_seconds:g} s for all matches.", self.log)
        did = "ran out of time" if self._struck_by == "time" else "died or ran out of time"
        return AgentFault(self._struck_by, f"It {did} again and again, and is not asked any more.", self.log)

    def _seconds_left(self) -> float:
        return self.limits.total_seconds - self._seconds_spent

    def _ask(self, message: Message, lanes: NDArray[np.int64], read: Callable[[Message], Answer]) -> Answer:
        """What ``read`` makes of the answer. When the process dies of it, its matches are lost: raises AgentFault."""
        assert self._guest is not None
        seconds = self._clock.allowed(lanes.tolist())
        if self._batched and message["type"] == "act":
            seconds = np.array([self._clock.allowed_together(lanes.tolist())])
        wall = np.array([self.limits.wall_seconds(each) for each in seconds.tolist()])
        message |= {"lanes": pack_array(lanes), "seconds": pack_array(wall)}
        if self.limits.budget == "cpu":
            message["cpu"] = pack_array(seconds)
        total = min(float(wall.sum()), self._seconds_left())
        started = monotonic()
        try:
            return self._guest.ask(message, float(wall.max()), total, read)
        except AgentFault as fault:
            self._strikes, self._struck_by = self._strikes + 1, fault.kind
            self._faulty.update(self._clock.playing)
            self._lost.update(dict.fromkeys(self._clock.playing, fault))
            self._bury()
            raise
        finally:
            self._seconds_spent += monotonic() - started

    def _add_prints(self, faults: Faults) -> None:
        """Put what was printed before the tracebacks in the logs; several rows may share one fault."""
        for fault in {id(fault): fault for fault in faults.values()}.values():
            fault.log = self.log + fault.log

    def _bury(self) -> None:
        if self._guest is not None:
            self._earlier_log.add(self._guest.log.text)
            self._guest = None

    def _charge(self, lanes: list[int], reply: Reply) -> None:
        """Put the reply's times right, and charge them to its matches; who has nothing left is out of time."""
        assert self._guest is not None
        seen = self._guest.seen
        assert seen is not None
        assert reply.cpu_seconds is not None
        if self.artefact.is_program:  # what a program in another language says of its time is nobody's proof
            reply.seconds, reply.cpu_seconds = np.full((2, len(lanes)), seen.wall / len(lanes))
        work = Work(reply.seconds, reply.cpu_seconds, seen.wall, seen.cpu, seen.instructions)
        reply.seconds, reply.cpu_seconds = work.true_wall(), work.true_cpu()
        self.waited_seconds += seen.waited
        for row in self._clock.charge(lanes, work.spent(self.limits.budget)):
            reply.faults.setdefault(row, AgentFault("time", self._clock.too_slow(), self.log))
        self._faulty.update(lanes[row] for row in reply.faults)
        if any(fault.kind == "time" for fault in reply.faults.values()):
            self._strikes, self._struck_by = self._strikes + 1, "time"


def _ignore(_answer: Message) -> None:
    """Read an answer that says nothing."""


def _joined(parts: list[Reply]) -> Reply:
    """The replies to the parts of a call as one."""
    answers = [part.actions for part in parts]
    arrays = [each for each in answers if isinstance(each, np.ndarray)]
    alike = len(arrays) == len(answers) and len({each.dtype for each in arrays}) == 1
    faults: Faults = {}
    first = 0
    for part in parts:
        faults |= {first + row: fault for row, fault in part.faults.items()}
        first += len(part.seconds)
    return Reply(
        np.concatenate(arrays) if alike else [answer for each in answers for answer in each],
        np.concatenate([part.seconds for part in parts]),
        faults,
        np.concatenate([part.seconds if part.cpu_seconds is None else part.cpu_seconds for part in parts]),
    )
