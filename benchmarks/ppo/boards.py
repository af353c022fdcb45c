"""Connect Four for the peers: many boards in one NumPy array, as fast as Pgx's in a batch of 512 on two cores.

Only NumPy: every peer wraps it in the environment that it asks for. With all rows in one call none of them is held up
by its own way of stepping environments one by one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]

ROWS, COLUMNS = 6, 7
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


class Boards:
    """``matches`` boards, int8 [N, 12, 13]: 1 for whoever moves, -1 for the opponent, with a border of zeros.

    A finished match starts anew within the step that ended it.
    """

    def __init__(self, matches: int) -> None:
        self.matches = matches
        self.boards = np.zeros((matches, ROWS + 6, COLUMNS + 6), np.int8)
        self.heights = np.zeros((matches, COLUMNS), np.int8)
        self.plies = np.zeros(matches, np.int64)
        self.rows = np.arange(matches)

    def reset(self) -> None:
        self.clear(np.ones(self.matches, bool))

    def clear(self, chosen: Array) -> None:
        """Start the ``chosen`` matches, bool [N], anew."""
        self.boards[chosen], self.heights[chosen], self.plies[chosen] = 0, 0, 0

    def observe(self) -> Array:
        """float32 [N, 2, 6, 7]: the stones of whoever moves, and the opponent's."""
        inner = self.boards[:, 3:-3, 3:-3]
        return np.stack([inner == 1, inner == -1], axis=1).astype(np.float32)

    def masks(self) -> Array:
        """bool [N, 7]."""
        return self.heights < ROWS

    def step(self, actions: Array) -> tuple[Array, Array]:
        """Play a column in each match: whether it won, and whether the match is over, bool [N] each."""
        row, column = ROWS + 2 - self.heights[self.rows, actions], actions + 3
        self.boards[self.rows, row, column] = 1
        self.heights[self.rows, actions] += 1
        self.plies += 1
        won = self.completes_line(row, column)
        over = won | (self.plies == ROWS * COLUMNS)
        self.boards *= -1
        self.clear(over)
        return won, over

    def completes_line(self, row: Array, column: Array) -> Array:
        """Whether the stone just set at (row, column) of each board completes four: bool [N]."""
        won = np.zeros(self.matches, bool)
        for down, right in DIRECTIONS:
            offsets = np.arange(-3, 4)
            line = (
                self.boards[self.rows[:, None], row[:, None] + down * offsets, column[:, None] + right * offsets] == 1
            )
            won |= (line[:, 0:4].all(1)) | (line[:, 1:5].all(1)) | (line[:, 2:6].all(1)) | (line[:, 3:7].all(1))
        return won
