"""Turned and mirrored boards, for the symmetries of games."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def eight_ways(board: NDArray[Any]) -> list[NDArray[Any]]:
    """A square board [..., n, n] in the eight ways to lay it down: turned by quarters, then mirrored and turned.

    >>> [way.tolist() for way in eight_ways(np.array([[1, 2], [3, 4]]))[:2]]
    [[[1, 2], [3, 4]], [[2, 4], [1, 3]]]
    """
    return [np.rot90(side, quarters, axes=(-2, -1)) for side in (board, board[..., ::-1]) for quarters in range(4)]
