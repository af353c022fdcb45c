"""The rules of Quarto: the opponent chooses the piece that you place; four in a line that share a trait win.

A piece is a number of four bits, one a trait. In the full game the first action only gives a piece; after that one
places the piece at hand and gives the next. A placement that wins or fills the board gives nothing. The ``classic``
variant is the simpler game that existing players know: piece 15 comes first, a winning placement names a next piece all
the same, the last piece falls into place by itself, and the winner gets 100.
"""

from itertools import permutations

import numpy as np

from sparring.games.turning import eight_ways

TITLE = "Quarto"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {
    "variant": ("full", ("full", "classic"), "The full game, or the one that classic players know."),
    "squares": (False, (False, True), "Four in a 2x2 square that share a trait win too; in the full game only."),
}

FULL, CLASSIC = 0, 1
NONE = -1
GIVE, PLACE = 256, 272  # the first actions that only give, and only place; below them 16 * cell + next piece


def layout(variant, squares):
    if variant == "classic" and squares:
        raise ValueError("The classic variant of quarto has no squares: leave squares off, or take the full variant.")
    return {
        "state": [
            ("board", np.int8, (4, 4)),
            ("hand", np.int8),
            ("unused", np.int8, (16,)),
            ("variant", np.int8),
            ("squares", np.bool_),
            ("winner", np.int8),
        ],
        "actions": 256 if variant == "classic" else 288,
        "observation": (12, 4, 4),
        "dtype": np.int8,
        "forfeit": 100.0 if variant == "classic" else 1.0,
    }


def symmetries(observation, actions, options):
    """The board can be turned and mirrored, and the four traits can change places."""
    for board, cells in zip(eight_ways(observation), eight_ways(np.arange(16).reshape(4, 4)), strict=True):
        for traits in permutations(range(4)):
            pieces = np.array([sum((piece >> bit & 1) << traits[bit] for bit in range(4)) for piece in range(16)])
            seen = board.copy()
            seen[1:5], seen[5:9] = board[1:5][list(traits)], board[5:9][list(traits)]
            seen[10] = observation[10].ravel()[pieces].reshape(4, 4)
            placed = 16 * cells.reshape(16, 1) + pieces
            others = np.concatenate([GIVE + pieces, PLACE + cells.ravel()])
            yield seen, np.append(placed, others)[: actions.size]


def start(state):
    state.winner = -1
    state.hand = NONE
    for piece in range(16):
        state.board[piece // 4, piece % 4] = NONE
        state.unused[piece] = 1
    if state.variant == CLASSIC:
        state.hand = 15
        state.unused[15] = 0


def legal(state, seat, mask):
    if state.hand == NONE:
        for piece in range(16):
            mask[GIVE + piece] = True
        return
    for cell in range(16):
        if state.board[cell // 4, cell % 4] == NONE:
            if state.variant == FULL and ends_with(state, cell):
                mask[PLACE + cell] = True
            else:
                for piece in range(16):
                    mask[16 * cell + piece] = state.unused[piece] == 1


def ends_with(state, cell):
    """Whether the piece at hand ends the match on this cell: it fills the board, or wins."""
    return state.ply == 16 or wins_with(state, cell, state.hand)


def play(state, action):
    seat = state.seat
    state.seat = 1 - seat
    if action >= GIVE and action < PLACE:
        give(state, action - GIVE)
        return
    place(state, action - PLACE if action >= PLACE else action // 16, seat)
    if action < GIVE and not state.over:
        give(state, action % 16)
        if state.variant == CLASSIC and state.ply == 14:
            place(state, last_cell(state), state.seat)
            state.over = True
    elif state.ply == 16:
        state.over = True


def give(state, piece):
    state.hand = piece
    state.unused[piece] = 0


def place(state, cell, seat):
    """Set the piece at hand on ``cell`` for ``seat``; a line ends the match."""
    if wins_with(state, cell, state.hand):
        state.winner = seat
        state.over = True
    state.board[cell // 4, cell % 4] = state.hand
    state.hand = NONE


def last_cell(state):
    for cell in range(16):
        if state.board[cell // 4, cell % 4] == NONE:
            return cell
    return NONE


def wins_with(state, cell, piece):
    """Whether ``piece`` on the free ``cell`` completes a row, a column, a diagonal or, with that option, a square."""
    row = cell // 4
    column = cell % 4
    if completes(state.board, piece, row, 0, 0, 1) or completes(state.board, piece, 0, column, 1, 0):
        return True
    if row == column and completes(state.board, piece, 0, 0, 1, 1):
        return True
    if row + column == 3 and completes(state.board, piece, 0, 3, 1, -1):
        return True
    return state.squares and completes_square(state.board, piece, row, column)


def completes(board, piece, row, column, down, right):
    """Whether ``piece`` shares a trait with the other three of the line that starts at (row, column)."""
    ones = piece & 15
    zeros = ~piece & 15
    placed = 0
    for i in range(4):
        other = board[row + i * down, column + i * right]
        if other != NONE:
            ones &= other
            zeros &= ~other
            placed += 1
    return placed == 3 and (ones | zeros) != 0


def completes_square(board, piece, row, column):
    """Whether ``piece`` on the free cell (row, column) shares a trait with the others of a 2x2 square."""
    for top in range(max(row - 1, 0), min(row, 2) + 1):
        for left in range(max(column - 1, 0), min(column, 2) + 1):
            ones = piece & 15
            zeros = ~piece & 15
            placed = 0
            for i in range(4):
                other = board[top + i // 2, left + i % 2]
                if other != NONE:
                    ones &= other
                    zeros &= ~other
                    placed += 1
            if placed == 3 and (ones | zeros) != 0:
                return True
    return False


def reward(state, rewards):
    if state.winner >= 0:
        points = 100.0 if state.variant == CLASSIC else 1.0
        rewards[state.winner] = points
        rewards[1 - state.winner] = -points


def observe(state, seat, observation):
    for cell in range(16):
        row = cell // 4
        column = cell % 4
        piece = state.board[row, column]
        if piece != NONE:
            observation[0, row, column] = 1
            for trait in range(4):
                observation[1 + trait, row, column] = (piece >> trait) & 1
        if state.hand != NONE:
            for trait in range(4):
                observation[5 + trait, row, column] = (state.hand >> trait) & 1
            observation[9, row, column] = 1
        observation[10, row, column] = state.unused[cell]
        observation[11, row, column] = state.seat == seat
