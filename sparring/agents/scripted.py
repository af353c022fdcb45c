"""Scripted agents: short rules of thumb that are fun to watch and that a learner should see through."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply, Turn
from sparring.agents.scripts import nh_fight, pong, robosumo, rock_paper_scissors, snakes
from sparring.agents.scripts.sight import Script, Sight
from sparring.engine import Game
from sparring.errors import SparringError, UnknownName

SCRIPTS: dict[str, dict[str, Script]] = {
    "rock_paper_scissors": rock_paper_scissors.SCRIPTS,
    "snakes": snakes.SCRIPTS,
    "pong": pong.SCRIPTS,
    "nh_fight": nh_fight.SCRIPTS,
    "robosumo": robosumo.SCRIPTS,
}
"""The scripts of each game by name, the weakest first."""


class ScriptedPlayer:
    """Plays the script ``name`` of its game, by what its seat sees and by what it has noted in the match so far."""

    lanes: int | None = None
    needs_states = False

    def __init__(self, name: str, game: Game, seed: int = 0) -> None:
        scripts = SCRIPTS.get(game.name)
        if scripts is None:
            raise SparringError(f"There are no scripted agents for {game.name}; for {', '.join(SCRIPTS)} there are.")
        if name not in scripts:
            raise UnknownName(f"scripted agent of {game.name}", name, scripts)
        self._script, self._options, self._seed = scripts[name], game.options, seed
        self._random: dict[int, np.random.Generator] = {}
        self._memory: dict[int, dict[str, Any]] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        for lane, seat, seed in zip(lanes.tolist(), seats.tolist(), seeds.tolist(), strict=True):
            self._random[lane] = np.random.default_rng([self._seed, seed, seat])
            self._memory[lane] = {}
        return {}

    def act(self, turn: Turn) -> Reply:
        actions: list[Any] = []
        seconds = np.zeros(len(turn))
        for row, lane in enumerate(turn.lanes.tolist()):
            started = time.perf_counter()
            observation, mask = turn.observations[row], turn.masks[row]
            sight = Sight(observation, mask, self._options, self._random[lane], self._memory[lane])
            actions.append(self._script(sight))
            seconds[row] = time.perf_counter() - started
        return Reply(actions, seconds)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            self._random.pop(lane, None)
            self._memory.pop(lane, None)

    def close(self) -> None:
        pass
