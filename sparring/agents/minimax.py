"""Minimax: looks at everything that can happen within ``depth`` plies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.searcher import Searcher, search_kernels
from sparring.engine import Game


class MinimaxPlayer(Searcher):
    """Alpha-beta search of ``depth`` plies. Beyond them everything is worth nothing; equals are drawn by lot.

    Raises SparringError for a game that searchers can't play.
    """

    def __init__(self, game: Game, seed: int = 0, depth: int = 4) -> None:
        kernels = search_kernels("minimax", game)

        def search(
            states: NDArray[Any], masks: NDArray[np.bool_], random: NDArray[np.uint32], actions: NDArray[np.int64]
        ) -> None:
            kernels.best_actions(states, masks, depth, random, actions)

        super().__init__(search, seed)
