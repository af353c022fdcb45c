"""What a position of Othello is worth before its end: corners, room to move, and no discs beside empty corners.

The weights are our own: round numbers that made ``minimax`` stronger, fitted to nothing.
"""

import numpy as np

from sparring.games.othello.rules import EMPTY, cells_that_enclose

CORNER, BESIDE, MOBILITY = 0.15, 0.06, 0.3


def evaluate(state, seat):
    """Between -1 and 1, from the view of ``seat``."""
    mine = np.int64(seat) + 1
    own = moves(cells_that_enclose(state.board, mine))
    other = moves(cells_that_enclose(state.board, 3 - mine))
    value = MOBILITY * (own - other) / (own + other + 1) + corners(state.board, mine)
    return max(-0.95, min(0.95, value))


def moves(found):
    """How many bits are set in ``found: int64 [size]``."""
    total = 0
    for row in range(found.size):
        bits = found[row]
        while bits != 0:
            bits &= bits - 1
            total += 1
    return total


def corners(board, mine):
    """Corners held, less discs diagonally beside an empty one, which give it away."""
    end = board.shape[0] - 1
    value = 0.0
    for down in range(2):
        for right in range(2):
            corner = board[down * end, right * end]
            inner = board[1 + down * (end - 2), 1 + right * (end - 2)]
            if corner != EMPTY:
                value += CORNER if corner == mine else -CORNER
            elif inner != EMPTY:
                value -= BESIDE if inner == mine else -BESIDE
    return value
