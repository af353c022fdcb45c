"""Agents that their author wrote as a class ``Agent`` in a Python file or a zip.

The runner inside the sandbox plays them with this very code, so that an agent acts there as it does here. Only light
imports, therefore.
"""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.agent import MOST_OBJECTS
from sparring.agents.answers import Answers, as_array, kept, legal_lists
from sparring.agents.artefact import Artefact, check_artefact, unpack
from sparring.agents.author_code import AuthorCode
from sparring.agents.player import Faults, Reply
from sparring.agents.program import FailedProgram, GameInfo, Program, ProgramPlayer
from sparring.errors import AgentFault, SparringError

if TYPE_CHECKING:
    from sparring.engine import Game


class AgentProgram:
    """The class ``Agent`` of an author, played.

    With ``act_batch``, or without ``reset``, one object plays all matches. With ``reset`` and no ``act_batch`` each
    match that is played at the same time has an object of its own, which is used again for a later match.
    """

    def __init__(self, code: AuthorCode, entry: str, game: GameInfo) -> None:
        self.code, self.game = code, game
        self._legal = legal_lists(game)
        with code:
            self.agent_class: Any = code.load_class(entry, "Agent")
            first = self._new_agent()
        self.batched = callable(getattr(first, "act_batch", None))
        self.resets = callable(getattr(first, "reset", None))
        if not self.batched and not callable(getattr(first, "act", None)):
            raise AgentFault("start", "It can't start: Agent has no method act(self, observation, legal_actions).")
        self.lanes = _wanted_lanes(first) if self.resets and not self.batched else None
        self._free = [first]
        self._playing: dict[int, Any] = {}
        self._shared = first

    @property
    def log(self) -> str:
        return self.code.log.text

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        faults: Faults = {}
        if not self.resets:
            return faults
        with self.code:
            for row, (lane, seat, seed) in enumerate(zip(lanes.tolist(), seats.tolist(), seeds.tolist(), strict=True)):
                try:
                    agent = self._shared if self.batched else self._take(lane)
                except AgentFault as fault:
                    faults[row] = fault
                    continue
                _, reset_fault = self.code.attempt(
                    "resetting (reset)", agent.reset, self.game.document(), seat, seed, row=row
                )
                if reset_fault is not None:
                    faults[row] = reset_fault
                    self._playing.pop(lane, None)
        return faults

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],  # noqa: ARG002  only classic players are told
    ) -> Reply:
        observations, masks = _frozen(observations), _frozen(masks)
        with self.code:
            if self.batched:
                return self._act_batch(observations, masks)
            return self._act_rows(lanes.tolist(), observations, masks)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            agent = self._playing.pop(lane, None)
            if agent is not None:
                self._free.append(agent)

    def close(self) -> None:
        self._free.clear()
        self._playing.clear()

    def _act_batch(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> Reply:
        rows = len(masks)
        started, cpu_started = perf_counter(), process_time()
        answers, fault = self.code.attempt("choosing actions (act_batch)", self._shared.act_batch, observations, masks)
        seconds = np.full(rows, (perf_counter() - started) / max(1, rows))
        cpu_seconds = np.full(rows, (process_time() - cpu_started) / max(1, rows))
        actions = _one_for_each(answers, rows, self.game) if fault is None else fault
        if isinstance(actions, AgentFault):
            return Reply(np.zeros(rows, np.int64), seconds, dict.fromkeys(range(rows), actions), cpu_seconds)
        return Reply(actions, seconds, {}, cpu_seconds)

    def _act_rows(self, lanes: list[int], observations: NDArray[Any], masks: NDArray[np.bool_]) -> Reply:
        seconds, cpu_seconds = np.zeros(len(lanes)), np.zeros(len(lanes))
        answers: list[object] = []
        faults: Faults = {}
        for row, lane in enumerate(lanes):
            legal = self._legal(masks[row])
            agent = self._playing.get(lane, self._shared)
            started, cpu_started = perf_counter(), process_time()
            answer, fault = self.code.attempt("choosing an action (act)", agent.act, observations[row], legal, row=row)
            seconds[row], cpu_seconds[row] = perf_counter() - started, process_time() - cpu_started
            answers.append(kept(answer))
            if fault is not None:
                faults[row] = fault
        return Reply(as_array(answers, self.game), seconds, faults, cpu_seconds)

    def _take(self, lane: int) -> Any:
        agent = self._free.pop() if self._free else self._new_agent()
        self._playing[lane] = agent
        return agent

    def _new_agent(self) -> Any:
        return self.code.start("making an Agent()", self.agent_class)


def open_program(artefact: Artefact, code: AuthorCode, game: GameInfo) -> Program:
    """The program in the folder of ``code``, into which ``artefact`` was unpacked. AgentFault if it can't start."""
    if artefact.kind == "classic-zip":
        from sparring.agents.classic import ClassicProgram

        return ClassicProgram(code, artefact.entry)
    if artefact.kind == "onnx-file":
        from sparring.agents.onnx_program import OnnxProgram

        return OnnxProgram(code, artefact.entry, game)
    return AgentProgram(code, artefact.entry, game)


def open_player(path: str | Path, game: Game, seed: int = 0) -> ProgramPlayer:  # noqa: ARG001  matches bring seeds
    """The agent in a file or zip, in this process: for one's own agents only.

    Raises SparringError when the file is no agent; an agent that can't start loses every match with that fault.
    """
    artefact = check_artefact(path)
    if artefact.is_program:
        what = "a container image" if artefact.is_image else "a program in another language"
        how = "docker" if artefact.is_image else "bubblewrap"
        raise SparringError(f"{artefact.path.name} is {what}: let it play with --sandbox {how}.")
    view = view_for(artefact, game)
    folder = tempfile.TemporaryDirectory(prefix="sparring-agent-")
    unpack(artefact, Path(folder.name))
    program: Program
    try:
        program = open_program(artefact, AuthorCode(Path(folder.name)), GameInfo.of(game))
    except AgentFault as fault:
        program = FailedProgram(fault)
    weakref.finalize(program, folder.cleanup)
    return ProgramPlayer(program, view)


def view_for(artefact: Artefact, game: Game) -> Any:
    """How the program of ``artefact`` wants positions shown: None for the game's own observations."""
    if artefact.kind != "classic-zip":
        return None
    from sparring.agents.layouts import ClassicView

    return ClassicView(game)


def _wanted_lanes(agent: Any) -> int:
    wanted = getattr(agent, "lanes", MOST_OBJECTS)
    return min(MOST_OBJECTS, max(1, wanted)) if isinstance(wanted, int) else MOST_OBJECTS


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A copy that the author's code may keep but not write to; the array itself if it is such a one."""
    if not array.flags.writeable:
        return array
    array = array.copy()
    array.flags.writeable = False
    return array


def _one_for_each(answers: Any, rows: int, game: GameInfo) -> Answers | AgentFault:
    """The answer of ``act_batch`` as B answers, or the fault that it is something else."""
    if not isinstance(answers, (list, tuple, np.ndarray)):
        try:
            answers = np.asarray(answers)
        except (TypeError, ValueError, RuntimeError):
            answers = np.zeros(())
    wanted = (rows,) if game.width is None else (rows, game.width)
    if isinstance(answers, (list, tuple)):
        shape: tuple[int, ...] = (len(answers), *wanted[1:])
    else:
        shape = answers.shape
    if shape != wanted:
        return AgentFault("illegal", f"act_batch answered shape {shape} where {wanted} was asked: one action a row.")
    return as_array(answers, game) if isinstance(answers, (list, tuple)) else answers
