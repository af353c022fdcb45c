"""The classic player: a zip with ``player.py``, whose ``Player`` plays one match at a time and lives through a duel.

Only light imports: the runner inside the sandbox reads this module.
"""

from __future__ import annotations

from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.author_code import AuthorCode
from sparring.agents.player import Faults, Reply
from sparring.errors import AgentFault


class ClassicProgram:
    """``Player(False)`` with ``start``, ``step`` and ``end``; its observations are the states of ``layouts``."""

    lanes: int | None = 1

    def __init__(self, code: AuthorCode, entry: str) -> None:
        self.code = code
        with code:
            player_class: Any = code.load_class(entry, "Player")
            self._player: Any = code.start("making a Player(False)", player_class, False)
        missing = [name for name in ("start", "step", "end") if not callable(getattr(self._player, name, None))]
        if missing:
            raise AgentFault("start", f"It can't start: Player has no method {', '.join(missing)}.")
        self._begun = False
        self._end_fault: AgentFault | None = None

    @property
    def log(self) -> str:
        return self.code.log.text

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        self._begun = False
        return {}

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        answers: list[object] = []
        seconds, cpu_seconds = np.zeros(len(lanes)), np.zeros(len(lanes))
        faults: Faults = {}
        with self.code:
            for row in range(len(lanes)):
                started, cpu_started = perf_counter(), process_time()
                answer, fault = self._ask(observations[row], masks[row], float(rewards[row]), row)
                seconds[row], cpu_seconds[row] = perf_counter() - started, process_time() - cpu_started
                answers.append(answer)
                if fault is not None:
                    faults[row] = fault
        return Reply(answers, seconds, faults, cpu_seconds)

    def _ask(
        self, state: NDArray[Any], mask: NDArray[np.bool_], prev_reward: float, row: int
    ) -> tuple[Any, AgentFault | None]:
        state, valid_actions = state.copy(), np.flatnonzero(mask)
        if self._begun:
            return self.code.attempt("playing (step)", self._player.step, state, valid_actions, prev_reward, row=row)
        self._begun = True
        return self.code.attempt("playing (start)", self._player.start, state, valid_actions, row=row)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:
        """Tell the player. A fault in here comes too late to cost the match; it stands in the log."""
        with self.code:
            for row in range(len(lanes)):
                prev_reward = float(scores[row])
                _, fault = self.code.attempt("ending (end)", self._player.end, finals[row].copy(), prev_reward, row=row)
                if fault is not None:
                    self.code.log.add(f"{fault}\n")

    def close(self) -> None:
        pass
