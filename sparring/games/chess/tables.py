"""What never changes on a chess board: rays, jumps, and how actions are numbered.

Squares are numbers from 0 (a1) over 7 (h1) and 8 (a2) to 63 (h8). Pieces are 1 to 6 for white and -1 to -6 for black.
A set of squares is an int64 with a bit for each: always combine sets with ``BIT``, never shift, so that the interpreter
and the compiler agree about the sign.
"""

import numpy as np

PAWN, KNIGHT, BISHOP, ROOK, QUEEN, KING = 1, 2, 3, 4, 5, 6

DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
"""North, north-east, and on clockwise, as (files, ranks). Rooks move in the even ones, bishops in the odd."""
JUMPS = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))

STEP = np.array([8 * ranks + files for files, ranks in DIRECTIONS], np.int64)
BIT = np.array([-(2**63) if square == 63 else 2**square for square in range(64)], np.int64)
NOWHERE, EVERYWHERE = np.int64(0), np.int64(-1)

START = np.array(
    [ROOK, KNIGHT, BISHOP, QUEEN, KING, BISHOP, KNIGHT, ROOK]
    + [PAWN] * 8
    + [0] * 32
    + [-PAWN] * 8
    + [-ROOK, -KNIGHT, -BISHOP, -QUEEN, -KING, -BISHOP, -KNIGHT, -ROOK],
    np.int8,
)

WHITE_SHORT, WHITE_LONG, BLACK_SHORT, BLACK_LONG = 1, 2, 4, 8
"""Bits of the rights to castle."""

UNDERPROMOTIONS = 64
"""Planes of moves: 7 * direction + distance - 1 for lines, 56 + jump, 64 + 3 * (piece - KNIGHT) + file ahead 0 to 2."""
PLANES = 73
ACTIONS = 64 * PLANES


def beside(square: int, files: int, ranks: int) -> int:
    """The square that many files and ranks away, or -1."""
    file, rank = square % 8 + files, square // 8 + ranks
    return 8 * rank + file if 0 <= file < 8 and 0 <= rank < 8 else -1


def reach(square: int, files: int, ranks: int) -> int:
    """How many steps a direction has before the edge."""
    return next(steps for steps in range(8) if beside(square, (steps + 1) * files, (steps + 1) * ranks) < 0)


def leaps(steps: tuple[tuple[int, int], ...]) -> list[list[int]]:
    """For each square the squares one of the steps away; -1 where there are fewer than eight."""
    found = [[beside(square, *step) for step in steps] for square in range(64)]
    return [sorted(to for to in tos if to >= 0) + [-1] * tos.count(-1) for tos in found]


REACH = np.array([[reach(square, *step) for step in DIRECTIONS] for square in range(64)], np.int64)
KNIGHT_MOVES = np.array(leaps(JUMPS), np.int64)
KING_MOVES = np.array(leaps(DIRECTIONS), np.int64)
PAWN_CAPTURES = np.array([[[beside(s, side, up) for side in (-1, 1)] for s in range(64)] for up in (1, -1)], np.int64)
"""[seat, square, 2]: where a pawn of the seat captures, or -1."""

SLIDES = np.zeros((7, 8), np.int64)
SLIDES[ROOK, ::2] = SLIDES[BISHOP, 1::2] = SLIDES[QUEEN] = 1
"""[piece, direction]: whether the piece slides in that direction."""

DIRECTION = np.full((64, 64), -1, np.int64)
"""[from, to]: the direction in which ``to`` lies, or -1."""
BETWEEN = np.zeros((64, 64), np.int64)
"""[from, to]: the set of squares strictly between, for squares on a line."""
PLANE = np.full((64, 64), -1, np.int64)
"""[from, to]: the plane of a move that promotes to nothing less than a queen."""
TARGET = np.full(ACTIONS, -1, np.int64)
"""[action]: the square a move goes to, from white's side of the board, or -1 where that is off the board."""

KEEPS = np.full(64, 15, np.int64)
"""[square]: the rights to castle that are left when a piece leaves or reaches the square."""
KEEPS[[4, 7, 0]] = 15 - WHITE_SHORT - WHITE_LONG, 15 - WHITE_SHORT, 15 - WHITE_LONG
KEEPS[[60, 63, 56]] = 15 - BLACK_SHORT - BLACK_LONG, 15 - BLACK_SHORT, 15 - BLACK_LONG


def fill() -> None:
    """Work out the tables of lines and of actions."""
    for square in range(64):
        for direction, (files, ranks) in enumerate(DIRECTIONS):
            passed = int(NOWHERE)
            for distance in range(1, int(REACH[square, direction]) + 1):
                to = beside(square, distance * files, distance * ranks)
                DIRECTION[square, to], BETWEEN[square, to] = direction, passed
                PLANE[square, to] = 7 * direction + distance - 1
                passed |= int(BIT[to])
        for jump, step in enumerate(JUMPS):
            if beside(square, *step) >= 0:
                PLANE[square, beside(square, *step)] = 56 + jump
        for to in np.flatnonzero(PLANE[square] >= 0).tolist():
            TARGET[PLANES * square + PLANE[square, to]] = to
        for under in range(9):
            if square // 8 == 6:
                TARGET[PLANES * square + UNDERPROMOTIONS + under] = beside(square, under % 3 - 1, 1)


fill()
