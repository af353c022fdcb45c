"""What searchers share: which games they can search, and chance that does not depend on the rest of the batch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import Game, specialise
from sparring.engine.seeds import random_words
from sparring.errors import SparringError
from sparring.games import chance

Search: TypeAlias = Callable[[NDArray[Any], NDArray[np.bool_], NDArray[np.uint32], NDArray[np.int64]], None]
"""``search(states [B], masks: bool [B, A], random: uint32 [B, 2], actions: int64 [B])`` writes its choices to the last;
masks and random words are its own to use up."""


class Searcher:
    """Searches the records themselves. What it chooses in a row depends on seed, match, ply and position only."""

    lanes: int | None = None
    needs_states = True

    def __init__(self, search: Search, seed: int) -> None:
        self._search, self._seed = search, np.uint64(seed % 2**64)
        self._match_seeds: dict[int, int] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        self._match_seeds.update(zip(lanes.tolist(), seeds.tolist(), strict=True))
        return {}

    def act(self, turn: Turn) -> Reply:
        started = time.perf_counter()
        states = np.asarray(turn.states).view(np.ndarray)
        actions = np.zeros(len(turn), np.int64)
        self._search(states, turn.masks.copy(), self._random(turn), actions)
        seconds = np.full(len(turn), (time.perf_counter() - started) / len(turn))
        return Reply(actions, seconds)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            self._match_seeds.pop(lane, None)

    def close(self) -> None:
        pass

    def _random(self, turn: Turn) -> NDArray[np.uint32]:
        """Random words, uint32 [B, 2], for each row by the player's seed, the match's seed and the ply."""
        matches = np.array([self._match_seeds[lane] for lane in turn.lanes.tolist()], np.uint64)
        plies = np.asarray(turn.states["ply"]).astype(np.uint64)
        mixed = random_words(matches ^ random_words(self._seed + plies).view(np.uint64)[:, 0])
        return np.ascontiguousarray(mixed)


def search_kernels(name: str, game: Game) -> Any:
    """The kernels ``name`` for this game. Raises SparringError, with the reason, when searchers can't play it."""
    obstacle = why_not_searchable(game)
    if obstacle:
        raise SparringError(
            f"{name} can't play {game.name}: it {obstacle}. Try `random`, or an agent made for this game."
        )
    return specialise(game, f"sparring.agents.kernels.{name}")


def why_not_searchable(game: Game) -> str | None:
    """What keeps searchers from a game, or None: they need two seats in turn, open information and no chance."""
    if game.seats != 2:
        return f"has {game.seats} seats, and searchers know games of two"
    if game.simultaneous:
        return "is played simultaneously, and searchers know games in which one seat moves at a time"
    if not game.perfect_information:
        return "hides something from the seats, and searchers know games of perfect information"
    if any(
        value is chance or getattr(value, "__module__", "") == chance.__name__ for value in vars(game.rules).values()
    ):
        return "involves chance, and searchers know games without"
    return None
