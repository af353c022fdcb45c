"""The rules of Hex: the first player connects top and bottom, the second left and right; somebody always does.

``edges`` remembers which of its owner's two sides each stone is connected with, so that a stone which connects both is
noticed without a search: only stones that newly come into touch with a side are visited, each at most twice a match.
"""

import numpy as np

TITLE = "Hex"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {
    "size": (11, range(3, 20), "Rows and columns of the board."),
    "swap": (True, (False, True), "The second player may take over the first stone, mirrored, instead of placing one."),
}

EMPTY, FIRST, SECOND = 0, 1, 2
NEAR, FAR = 1, 2  # bits of ``edges``: top or left side, bottom or right side


def layout(size, swap):
    return {
        "state": [
            ("board", np.int8, (size, size)),
            ("edges", np.int8, (size, size)),
            ("swap", np.bool_),
            ("winner", np.int8),
        ],
        "actions": size * size + swap,
        "observation": (4, size, size),
        "dtype": np.int8,
    }


def symmetries(observation, actions, options):
    """Half a turn exchanges top and bottom, and left and right: everybody keeps both sides, and the swap."""
    cells = observation[0].size
    return [(observation[:, ::-1, ::-1], np.append(actions[:cells][::-1], actions[cells:]))]


def start(state):
    state.winner = -1


def legal(state, seat, mask):
    cells = state.board.reshape(state.board.size)
    for cell in range(cells.size):
        mask[cell] = cells[cell] == EMPTY
    if state.swap and state.ply == 1:
        mask[cells.size] = True


def play(state, action):
    size = state.board.shape[0]
    seat = state.seat
    if action == size * size:
        take_over_the_first_stone(state)
    else:
        place(state, action // size, action % size, seat)
    state.seat = 1 - seat


def take_over_the_first_stone(state):
    """The swap: mirrored at the long diagonal, the stone is worth to the second player what it was to the first."""
    size = state.board.shape[0]
    for row in range(size):
        for column in range(size):
            if state.board[row, column] == FIRST:
                state.board[row, column] = EMPTY
                state.edges[row, column] = 0
                place(state, column, row, 1)
                return


def place(state, row, column, seat):
    """Set a stone; it wins if it joins both sides of ``seat``."""
    size = state.board.shape[0]
    stone = seat + 1
    along = row if seat == 0 else column
    touched = 0
    if along == 0:
        touched |= NEAR
    if along == size - 1:
        touched |= FAR
    for direction in range(6):
        r, c = neighbour(row, column, direction)
        if 0 <= r < size and 0 <= c < size and state.board[r, c] == stone:
            touched |= state.edges[r, c]
    state.board[row, column] = stone
    state.edges[row, column] = touched
    if touched == NEAR | FAR:
        state.winner = seat
        state.over = True
    elif touched != 0:
        spread(state, row, column, stone, touched)


def neighbour(row, column, direction):
    """The six cells around one: left, right, up, up and right, down and left, down."""
    if direction < 2:
        return row, column + 2 * direction - 1
    if direction < 4:
        return row - 1, column + direction - 2
    return row + 1, column + direction - 5


def spread(state, row, column, stone, touched):
    """Let all stones connected with (row, column) know that it touches a side."""
    size = state.board.shape[0]
    waiting = np.empty(size * size, np.int16)
    waiting[0] = size * row + column
    length = 1
    while length > 0:
        length -= 1
        cell = int(waiting[length])
        for direction in range(6):
            r, c = neighbour(cell // size, cell % size, direction)
            if 0 <= r < size and 0 <= c < size and state.board[r, c] == stone and state.edges[r, c] == 0:
                state.edges[r, c] = touched
                waiting[length] = size * r + c
                length += 1


def reward(state, rewards):
    if state.winner >= 0:
        rewards[state.winner] = 1.0
        rewards[1 - state.winner] = -1.0


def observe(state, seat, observation):
    cells = state.board.reshape(state.board.size)
    planes = observation.reshape(4, cells.size)
    mine = np.int8(seat + 1)
    theirs = np.int8(2 - seat)
    for cell in range(cells.size):
        planes[0, cell] = cells[cell] == mine
        planes[1, cell] = cells[cell] == theirs
    if seat == 1:
        observation[2] = 1
    if state.swap and state.ply == 1:
        observation[3] = 1
