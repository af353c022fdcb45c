"""Plays any legal action, each as likely as the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply, Turn

if TYPE_CHECKING:
    from sparring.engine import Game


class RandomPlayer:
    """The player that everyone should beat. One seed, one sequence of choices."""

    lanes: int | None = None
    needs_states = False

    def __init__(self, game: Game | None = None, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._many = None if game is None or game.action_kind == "discrete" else game

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        return {}

    def act(self, turn: Turn) -> Reply:
        if self._many is not None:
            return Reply(self._many.random_actions(turn.masks, self._random), np.zeros(len(turn)))
        return Reply(random_actions(turn.masks, self._random), np.zeros(len(turn)))

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:
        pass

    def close(self) -> None:
        pass


def random_actions(masks: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.int64]:
    """One legal action a row, each as likely as the other. ``masks: bool [B, A]`` -> int64 [B].

    >>> random_actions(np.array([[False, True, False], [True, False, False]]), np.random.default_rng(1)).tolist()
    [1, 0]
    """
    ranks = np.cumsum(masks, axis=1, dtype=np.int32)
    wanted = (random.random(len(masks)) * ranks[:, -1]).astype(np.int32)
    chosen: NDArray[np.int64] = np.argmax(ranks > wanted[:, None], axis=1)
    return chosen
