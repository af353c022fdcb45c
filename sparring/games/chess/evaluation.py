"""What a position of chess is worth before its end: material, and where pieces like to stand.

The numbers are our own, in hundredths of a pawn, round and fitted to nothing: knights and bishops like the middle,
pawns like to go on, kings like a corner while there are queens and the middle afterwards.
"""

import numpy as np

from sparring.games.chess.tables import BISHOP, KING, KNIGHT, PAWN, QUEEN

WORTH = np.array([0, 100, 310, 330, 500, 950, 0], np.int64)
CENTRE = np.array([0, 1, 2, 3, 3, 2, 1, 0], np.int64)
"""How near a file or rank is to the middle."""
ADVANCE = np.array([0, 0, 3, 8, 16, 30, 60, 0], np.int64)
"""What a pawn on that rank is worth more."""
PAWN_AHEAD = 400.0
"""So many hundredths of a pawn ahead are worth half a win."""


def evaluate(state, seat):
    """Between -1 and 1, from the view of ``seat``."""
    ahead = float(balance(state.board))
    value = ahead / (abs(ahead) + PAWN_AHEAD)
    return value if seat == 0 else -value


def balance(board):
    """How many hundredths of a pawn white is ahead."""
    queens = 0
    for square in range(64):
        queens += abs(board[square]) == QUEEN
    total = 0
    for square in range(64):
        piece = int(board[square])
        if piece > 0:
            total += WORTH[piece] + standing(piece, square, queens > 0)
        elif piece < 0:
            total -= WORTH[-piece] + standing(-piece, square ^ 56, queens > 0)
    return total


def standing(piece, square, queens):
    """What the place is worth to a piece, squares seen from its own side."""
    rank = square // 8
    central = CENTRE[square % 8] + CENTRE[rank]
    if piece == PAWN:
        return ADVANCE[rank] + (4 * CENTRE[square % 8] if rank < 5 else 0)
    if piece == KNIGHT:
        return 6 * central - 12
    if piece == BISHOP:
        return 4 * central - (10 if rank == 0 else 0)
    if piece == KING:
        return -7 * central - 6 * rank if queens else 6 * central
    return central
