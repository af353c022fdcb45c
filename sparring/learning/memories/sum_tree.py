"""A sum tree: numbers from which one is drawn in proportion to its size, in a time that grows with the logarithm.

Schaul et al., "Prioritized Experience Replay" (2016), appendix B.2.1. A node is the sum of its two children; the leaves
are the numbers. Compiled, because a gradient step draws and changes hundreds of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


class SumTree:
    """``size`` numbers from 0 upwards, at first all 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._first = 1 << max(0, (size - 1).bit_length())
        self._nodes = np.zeros(2 * self._first, np.float64)

    @property
    def total(self) -> float:
        """The sum of all."""
        return float(self._nodes[1])

    @property
    def leaves(self) -> NDArray[np.float64]:
        """The numbers, float64 [size]. Change them by ``put`` only."""
        return self._nodes[self._first : self._first + self.size]

    def put(self, places: NDArray[np.int64], numbers: NDArray[np.float64]) -> None:
        """Set ``numbers: float64 [n]`` at ``places: int64 [n]``; of equal places the last one counts."""
        _put(self._nodes, self._first, places, numbers)

    def draw(self, count: int, chance: np.random.Generator) -> NDArray[np.int64]:
        """``count`` places, int64 [count], each drawn in proportion to its number; some number is above 0.

        The total is cut into ``count`` equal stretches and one is drawn from each, as in the paper's appendix.
        """
        points = (np.arange(count) + chance.random(count)) * (self.total / count)
        return np.asarray(_find(self._nodes, self._first, points), np.int64)

    def restore(self, numbers: NDArray[np.float64]) -> None:
        """Set all numbers, float64 [size]."""
        self.put(np.arange(self.size), numbers)


@njit(cache=True, error_model="numpy")
def _put(nodes: NDArray[np.float64], first: int, places: NDArray[np.int64], numbers: NDArray[np.float64]) -> None:
    for i in range(places.size):
        node = first + places[i]
        nodes[node] = numbers[i]
        node //= 2
        while node >= 1:
            nodes[node] = nodes[2 * node] + nodes[2 * node + 1]
            node //= 2


@njit(cache=True, error_model="numpy")
def _find(nodes: NDArray[np.float64], first: int, points: NDArray[np.float64]) -> Any:
    found = np.zeros(points.size, np.int64)
    for i in range(points.size):
        point, node = points[i], 1
        while node < first:
            node *= 2
            # Rounding may leave a point just beyond the last number: never go where there is none.
            if point >= nodes[node] and nodes[node + 1] > 0.0:
                point -= nodes[node]
                node += 1
        found[i] = node - first
    return found
