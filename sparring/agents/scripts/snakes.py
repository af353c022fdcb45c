"""Scripts of snakes: away from walls, to the food, and where there is room."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sparring.agents.scripts.sight import Script, Sight

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
FAR = 10**6

Cell = tuple[int, int]


def wanderer(sight: Sight) -> int:
    """Any way that is not deadly at once."""
    board = Board(sight.observation)
    return by_lot(board.safe_ways(sight) or legal_ways(sight), sight)


def greedy(sight: Sight) -> int:
    """The shortest way to the nearest food."""
    board = Board(sight.observation)
    ways = board.safe_ways(sight) or legal_ways(sight)
    distances = {way: board.explore(board.after(way))[1] for way in ways}
    return by_lot([way for way in ways if distances[way] == min(distances.values())], sight)


def careful(sight: Sight) -> int:
    """Room enough first, then no heads that could kill it, then food."""
    board = Board(sight.observation)
    ways = board.safe_ways(sight) or legal_ways(sight)
    worth = {}
    for way in ways:
        room, distance = board.explore(board.after(way))
        worth[way] = (min(room, 2 * board.length), not board.is_threatened(board.after(way)), -distance)
    return by_lot([way for way in ways if worth[way] == max(worth.values())], sight)


SCRIPTS: dict[str, Script] = {"wanderer": wanderer, "greedy": greedy, "careful": careful}


def legal_ways(sight: Sight) -> list[int]:
    return [int(way) for way in np.flatnonzero(sight.mask)]


def by_lot(ways: list[int], sight: Sight) -> int:
    return int(sight.random.choice(ways))


@dataclass
class Board:
    """The board as a seat sees it: the planes of the observation, [2 * seats + 2, size, size]."""

    planes: NDArray[np.float32]

    @cached_property
    def size(self) -> int:
        return int(self.planes.shape[1])

    @cached_property
    def heads(self) -> list[tuple[Cell, int]]:
        """Head and length of each living snake, the own first (if it lives)."""
        found = []
        for plane in self.planes[:-2:2]:
            if plane.any():
                row, column = divmod(int(plane.argmax()), self.size)
                found.append(((row, column), round(float(plane[row, column]) * self.size)))
        return found

    @property
    def length(self) -> int:
        return self.heads[0][1] if self.planes[0].any() else 0

    @cached_property
    def blocked(self) -> NDArray[np.bool_]:
        """bool [size, size]: the cells that bodies take in the next tick, if their tails move on."""
        blocked = np.zeros((self.size, self.size), bool)
        for (cell, length), body in zip(self.heads, self._bodies(), strict=True):
            blocked |= np.rint(body * length) > 1
            blocked[cell] = True
        return blocked

    def _bodies(self) -> list[NDArray[np.float32]]:
        return [body for head, body in zip(self.planes[:-2:2], self.planes[1:-2:2], strict=True) if head.any()]

    def after(self, way: int) -> Cell:
        """Where the own head is after a step."""
        (row, column), _ = self.heads[0] if self.planes[0].any() else ((0, 0), 0)
        return row + STEPS[way][0], column + STEPS[way][1]

    def is_free(self, cell: Cell) -> bool:
        return 0 <= cell[0] < self.size and 0 <= cell[1] < self.size and not self.blocked[cell]

    def safe_ways(self, sight: Sight) -> list[int]:
        return [way for way in legal_ways(sight) if self.is_free(self.after(way))]

    def is_threatened(self, cell: Cell) -> bool:
        """Whether the head of another snake that is not shorter could come there in the same tick."""
        return any(
            length >= self.length and abs(row - cell[0]) + abs(column - cell[1]) == 1
            for (row, column), length in self.heads[1:]
        )

    def explore(self, start: Cell) -> tuple[int, int]:
        """How many cells can be reached from ``start``, and the steps to the nearest food (FAR without any)."""
        if not self.is_free(start):
            return 0, FAR
        food, seen, waiting, nearest = self.planes[-2], {start}, deque([(start, 0)]), FAR
        while waiting:
            (row, column), steps = waiting.popleft()
            if food[row, column] and nearest == FAR:
                nearest = steps
            for down, right in STEPS:
                cell = row + down, column + right
                if cell not in seen and self.is_free(cell):
                    seen.add(cell)
                    waiting.append((cell, steps + 1))
        return len(seen), nearest
