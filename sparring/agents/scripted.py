"""Scripted agents: short rules of thumb that are fun to watch and that a learner should see through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import Game
from sparring.errors import SparringError, UnknownName

History: TypeAlias = NDArray[np.int8]
"""int8 [rounds, 2]: the throws so far, own first."""

ROCK = 0


def always_rock(history: History, random: np.random.Generator) -> int:  # noqa: ARG001
    """Good old rock."""
    return ROCK


def cycle(history: History, random: np.random.Generator) -> int:  # noqa: ARG001
    """Rock, paper, scissors, rock, paper, scissors."""
    return len(history) % 3


def copycat(history: History, random: np.random.Generator) -> int:
    """What the opponent threw last."""
    return int(history[-1, 1]) if len(history) else int(random.integers(3))


def frequency(history: History, random: np.random.Generator) -> int:
    """Beats what the opponent has thrown most often."""
    return beat(most_frequent(history[:, 1], random))


def markov(history: History, random: np.random.Generator) -> int:
    """Beats what the opponent has thrown most often after rounds like the last one."""
    if len(history) < 2:
        return int(random.integers(3))
    like_the_last = np.flatnonzero((history[:-1] == history[-1]).all(axis=1))
    followed = history[like_the_last + 1, 1] if len(like_the_last) else history[:, 1]
    return beat(most_frequent(followed, random))


SCRIPTS: dict[str, dict[str, Callable[[History, np.random.Generator], int]]] = {
    "rock_paper_scissors": {
        "always-rock": always_rock,
        "cycle": cycle,
        "copycat": copycat,
        "frequency": frequency,
        "markov": markov,
    }
}


def beat(throw: int) -> int:
    """The throw that beats this one.

    >>> [beat(throw) for throw in (0, 1, 2)]
    [1, 2, 0]
    """
    return (throw + 1) % 3


def most_frequent(throws: NDArray[np.int8], random: np.random.Generator) -> int:
    """The throw seen most often, by lot among equals."""
    counts = np.bincount(throws, minlength=3)
    return int(random.choice(np.flatnonzero(counts == counts.max())))


class ScriptedPlayer:
    """Plays the script ``name`` of its game. It reads the rounds played, nothing that its opponent could not see."""

    lanes: int | None = None
    needs_states = True

    def __init__(self, name: str, game: Game, seed: int = 0) -> None:
        scripts = SCRIPTS.get(game.name)
        if scripts is None:
            raise SparringError(f"There are no scripted agents for {game.name}; for {', '.join(SCRIPTS)} there are.")
        if name not in scripts:
            raise UnknownName(f"scripted agent of {game.name}", name, scripts)
        self._script, self._seed = scripts[name], seed
        self._random: dict[int, np.random.Generator] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        for lane, seat, seed in zip(lanes.tolist(), seats.tolist(), seeds.tolist(), strict=True):
            self._random[lane] = np.random.default_rng([self._seed, seed, seat])
        return {}

    def act(self, turn: Turn) -> Reply:
        actions = np.zeros(len(turn), np.int64)
        seconds = np.zeros(len(turn))
        for row, (lane, seat) in enumerate(zip(turn.lanes.tolist(), turn.seats.tolist(), strict=True)):
            started = time.perf_counter()
            state = turn.states[row]
            history = state["throws"][: state["ply"], [seat, 1 - seat]]
            actions[row] = self._script(history, self._random[lane])
            seconds[row] = time.perf_counter() - started
        return Reply(actions, seconds)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            self._random.pop(lane, None)

    def close(self) -> None:
        pass
