"""What searchers share: which games they can search, and chance that does not depend on the rest of the batch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply, Turn
from sparring.engine import Game
from sparring.engine.kernels import defaults
from sparring.engine.seeds import random_words
from sparring.engine.specialise import functions_of
from sparring.errors import SparringError
from sparring.games import chance

Search: TypeAlias = Callable[
    [NDArray[Any], NDArray[np.int8], NDArray[np.bool_], NDArray[np.uint32], NDArray[np.int64]], None
]
"""``search(states [B], seats: int8 [B], masks: bool [B, L], random: uint32 [B, 2], actions: int64 [B, *action_shape])``
writes its choices to the last; masks and random words are its own to use up."""


class Searcher:
    """Searches the records themselves. What it chooses in a row depends on seed, match, ply, seat and position only."""

    lanes: int | None = None
    needs_states = True

    def __init__(self, game: Game, search: Search, seed: int) -> None:
        self._shape, self._at_once = game.action_shape, game.simultaneous
        self._search, self._seed = search, np.uint64(seed % 2**64)
        self._match_seeds: dict[int, int] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        self._match_seeds.update(zip(lanes.tolist(), seeds.tolist(), strict=True))
        return {}

    def act(self, turn: Turn) -> Reply:
        started = time.perf_counter()
        states = np.asarray(turn.states).view(np.ndarray)
        actions = np.zeros((len(turn), *self._shape), np.int64)
        self._search(states, np.asarray(turn.seats, np.int8), turn.masks.copy(), self._random(turn), actions)
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
        moments = np.asarray(turn.states["ply"]).astype(np.uint64)
        if self._at_once:  # several seats may be one player's in the same ply
            moments = moments + (np.asarray(turn.seats).astype(np.uint64) << np.uint64(32))
        mixed = random_words(matches ^ random_words(self._seed + moments).view(np.uint64)[:, 0])
        return np.ascontiguousarray(mixed)


def refuse(name: str, game: Game, obstacle: str) -> SparringError:
    """What to raise when the searcher ``name`` can't play the game: it ``obstacle``."""
    return SparringError(f"{name} can't play {game.name}: it {obstacle}. Try `random`, or an agent made for this game.")


def why_no_minimax(game: Game) -> str | None:
    """What keeps minimax from a game, or None: it needs two seats in turn, open information and no chance."""
    if game.seats != 2:
        return f"has {game.seats} seats, and minimax knows games of two"
    if game.simultaneous:
        return "is played simultaneously, and minimax knows games in which one seat moves at a time"
    if not game.perfect_information:
        return "hides something from the seats, and minimax knows games of perfect information"
    if game.action_kind != "discrete":
        return "asks for more than one choice a turn, and minimax knows games of single choices"
    if game.batched:
        return "is run by a simulator, and minimax knows games whose rules are compiled"
    if has_chance(game):
        return "involves chance, and minimax knows games without"
    return None


def why_no_mcts(game: Game) -> str | None:
    """What keeps tree search from a game, or None: real numbers, a simulator, or what nobody can deal anew."""
    if game.action_kind == "box":
        return "is played with real numbers, and mcts knows games of choices"
    if game.batched:
        return "is run by a simulator, and mcts knows games whose rules are compiled"
    if not game.perfect_information and not hasattr(game.rules, "redeal"):
        return "hides something from the seats, and its rules have no `redeal` by which mcts could guess it"
    return None


def has_evaluation(game: Game) -> bool:
    """Whether the game can say what a position is worth before its end."""
    return functions_of(game.rules)["evaluate"] is not defaults.evaluate


def highest_estimate(game: Game) -> float:
    """What an evaluation may say at most: less than a win, which is worth the forfeit of the loser."""
    return 0.95 * game.forfeit


def has_chance(game: Game) -> bool:
    """Whether the rules, or modules of their folder that they use, draw lots."""
    folder = game.rules.__name__.rpartition(".")[0] + "."
    modules = [game.rules]
    for module in modules:  # grows on the way
        for value in vars(module).values():
            home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            if home == chance.__name__:
                return True
            beside = sys.modules.get(home) if isinstance(home, str) and home.startswith(folder) else None
            if beside is not None and beside not in modules:
                modules.append(beside)
    return False
