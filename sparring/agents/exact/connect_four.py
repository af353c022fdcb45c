"""Perfect play of Connect Four by BitBully (https://pypi.org/project/bitbully/), which shares no code with us."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.policies import shared
from sparring.errors import MissingExtra

try:
    from bitbully import BitBully, Board
except ImportError:
    raise MissingExtra("bitbully", "solver", "Perfect play of Connect Four") from None


class ConnectFourSolution:
    """Wins as soon as it can, loses as late as it can; columns that are equally good are taken equally often.

    ``observations: int8 [B, 2, 6, 7]``: own stones and the opponent's, the top row first.
    """

    def __init__(self) -> None:
        self._solver = BitBully()

    def __call__(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        best = np.zeros(masks.shape)
        for row, planes in enumerate(observations):
            scores = self.scores(planes)
            highest = max(scores.values())
            for column, score in scores.items():
                best[row, column] = score == highest
        return shared(best)

    def scores(self, planes: NDArray[Any]) -> dict[int, int]:
        """By column: above 0 if it wins, the sooner the more; 0 for a draw; below if it loses. ``planes``: as above."""
        own, other = planes.astype(np.int64)
        first = own.sum() == other.sum()
        stones = own + 2 * other if first else other + 2 * own
        found: dict[int, int] = self._solver.score_all_moves(Board(stones[::-1].T.tolist()))
        return found
