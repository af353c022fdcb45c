"""Monte Carlo tree search: plays many random matches from here and keeps to what went well."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.searcher import Searcher, search_kernels
from sparring.engine import Game

_FIELDS = [("total", np.float64)] + [
    (name, np.int32) for name in ("visits", "child", "sibling", "action", "untried", "seat")
]
_NODE = np.dtype((np.record, np.dtype(_FIELDS)))


class MctsPlayer(Searcher):
    """UCT with ``simulations`` random rollouts a move. ``exploration`` weighs doubt against success so far.

    Raises SparringError for a game that searchers can't play.
    """

    def __init__(self, game: Game, seed: int = 0, simulations: int = 200, exploration: float = 1.0) -> None:
        kernels = search_kernels("mcts", game)
        nodes = np.zeros(simulations + 1, _NODE)

        def search(
            states: NDArray[Any], masks: NDArray[np.bool_], random: NDArray[np.uint32], actions: NDArray[np.int64]
        ) -> None:
            kernels.search_all(states, masks, simulations, exploration, nodes, random, actions)

        super().__init__(search, seed)
