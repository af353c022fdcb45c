"""Plays solved games perfectly: by looking everything up, by a solver, or by the equilibrium where cards are hidden."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.policies import solution
from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import Game


class SolverPlayer:
    """Knows what its seat sees and no more. What it plays depends on its seed, the match, and what it has seen."""

    lanes: int | None = None
    needs_states = False

    def __init__(self, game: Game, seed: int = 0) -> None:
        """Raises SparringError with a sentence that names the games that are solved, or the package that is missing."""
        self._policy, self._seed = solution(game), seed
        self._random: dict[int, np.random.Generator] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        for lane, seat, seed in zip(lanes.tolist(), seats.tolist(), seeds.tolist(), strict=True):
            self._random[lane] = np.random.default_rng([self._seed, seed, seat])
        return {}

    def act(self, turn: Turn) -> Reply:
        started = time.perf_counter()
        chances = self._policy(turn.observations, turn.masks).cumsum(axis=1)
        drawn = np.array([self._random[lane].random() for lane in turn.lanes.tolist()])
        actions = (drawn[:, None] * chances[:, -1:] < chances).argmax(axis=1)
        return Reply(actions, np.full(len(turn), (time.perf_counter() - started) / len(turn)))

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            self._random.pop(lane, None)

    def close(self) -> None:
        pass
