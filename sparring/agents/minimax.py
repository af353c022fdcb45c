"""Minimax: looks at everything that can happen within ``depth`` plies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.searcher import Searcher, highest_estimate, refuse, why_no_minimax
from sparring.engine import Game, specialise


class MinimaxPlayer(Searcher):
    """Alpha-beta search of ``depth`` plies. What lies beyond them is worth what the game's evaluation says, or nothing
    if it has none; equals are drawn by lot.

    Raises SparringError for a game that it can't play.
    """

    def __init__(self, game: Game, seed: int = 0, depth: int = 4) -> None:
        obstacle = why_no_minimax(game)
        if obstacle:
            raise refuse("minimax", game, obstacle)
        kernels = specialise(game, "sparring.agents.kernels.minimax")
        limit = highest_estimate(game)

        def search(
            states: NDArray[Any],
            seats: NDArray[np.int8],  # noqa: ARG001
            masks: NDArray[np.bool_],
            random: NDArray[np.uint32],
            actions: NDArray[np.int64],
        ) -> None:
            kernels.best_actions(states, masks, depth, limit, random, actions)

        super().__init__(game, search, seed)
