"""The rules of Othello: a disc must enclose a line of the opponent's, which turns over; the most discs win."""

import numpy as np

TITLE = "Othello"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {"size": (8, (4, 6, 8, 10), "Rows and columns of the board.")}
BRANCHING = 10  # legal actions in a usual position

EMPTY, FIRST, SECOND = 0, 1, 2


def layout(size):
    return {
        "state": [("board", np.int8, (size, size)), ("winner", np.int8)],
        "actions": size * size + 1,
        "observation": (2, size, size),
        "dtype": np.int8,
    }


def symmetries(observation, actions, options):
    """Half a turn, and both diagonals as mirrors. The four others would exchange the colours of the first discs."""
    size = observation.shape[-1]
    cells, to_pass = actions[:-1].reshape(size, size), actions[-1]
    ways = [
        (observation[:, ::-1, ::-1], cells[::-1, ::-1]),
        (observation.swapaxes(1, 2), cells.T),
        (observation[:, ::-1, ::-1].swapaxes(1, 2), cells[::-1, ::-1].T),
    ]
    return [(seen, np.append(placed, to_pass)) for seen, placed in ways]


def start(state):
    middle = state.board.shape[0] // 2
    state.board[middle - 1, middle] = FIRST
    state.board[middle, middle - 1] = FIRST
    state.board[middle - 1, middle - 1] = SECOND
    state.board[middle, middle] = SECOND
    state.winner = -1


def legal(state, seat, mask):
    size = state.board.shape[0]
    found = cells_that_enclose(state.board, seat + 1)
    any_cell = 0
    for row in range(size):
        any_cell |= found[row]
        for column in range(size):
            mask[size * row + column] = (found[row] >> column) & 1
    mask[size * size] = any_cell == 0


def cells_that_enclose(board, mine):
    """Where a disc of colour ``mine`` turns something: int64 [size], a row each, bit ``column`` set."""
    size = board.shape[0]
    rows = np.zeros((4, size), np.int64)
    own, theirs, empty, found = rows[0], rows[1], rows[2], rows[3]
    for row in range(size):
        ours = filled = 0
        for column in range(size):
            disc = board[row, column]
            ours |= (disc == mine) << column
            filled |= (disc != EMPTY) << column
        own[row] = ours
        theirs[row] = filled ^ ours
        empty[row] = filled ^ ((1 << size) - 1)
        found[row] = level(own[row], theirs[row], empty[row], size)
    sweep(own, theirs, empty, found, 0, 1)
    sweep(own, theirs, empty, found, size - 1, -1)
    return found


def level(own, theirs, empty, size):
    """The empty cells of a row at the end of a run of their discs that starts at one of our own."""
    right = theirs & (own << 1)
    left = theirs & (own >> 1)
    for _ in range(size - 3):
        right |= theirs & (right << 1)
        left |= theirs & (left >> 1)
    return empty & ((right << 1) | (left >> 1))


def sweep(own, theirs, empty, found, row, step):
    """The same for columns and diagonals, all at once, row by row: ``straight``, ``left`` and ``right`` are the
    discs of theirs in this row that a run through the rows before it, from one of our own, has come to."""
    straight = left = right = np.int64(0)
    for _ in range(own.size - 1):
        ahead = row + step
        found[ahead] |= empty[ahead] & (straight | (right << 1) | (left >> 1))
        straight = theirs[ahead] & (straight | own[row])
        right = theirs[ahead] & ((right | own[row]) << 1)
        left = theirs[ahead] & ((left | own[row]) >> 1)
        row = ahead


def encloses(board, row, column, mine):
    """Whether a disc of colour ``mine`` on the empty cell (row, column) turns at least one disc."""
    size = board.shape[0]
    theirs = 3 - mine
    for down in range(-1, 2):
        if not 0 <= row + down < size:
            continue
        for right in range(-1, 2):
            if not 0 <= column + right < size or board[row + down, column + right] != theirs:
                continue
            if enclosed(board, row, column, mine, down, right) > 0:
                return True
    return False


def enclosed(board, row, column, mine, down, right):
    """How many discs a disc of colour ``mine`` on (row, column) turns in one direction."""
    size = board.shape[0]
    theirs = 3 - mine
    length = 0
    row += down
    column += right
    while 0 <= row < size and 0 <= column < size and board[row, column] == theirs:
        length += 1
        row += down
        column += right
    if 0 <= row < size and 0 <= column < size and board[row, column] == mine:
        return length
    return 0


def play(state, action):
    size = state.board.shape[0]
    mine = state.seat + 1
    if action < size * size:
        place(state.board, action // size, action % size, mine)
    state.seat = 1 - state.seat
    if not can_place(state.board, 3 - mine) and not can_place(state.board, mine):
        state.over = True
        first = count(state.board, FIRST)
        second = count(state.board, SECOND)
        if first != second:
            state.winner = 0 if first > second else 1


def place(board, row, column, mine):
    """Set a disc of colour ``mine`` and turn all that it encloses."""
    for down in range(-1, 2):
        for right in range(-1, 2):
            if down != 0 or right != 0:
                for step in range(1, enclosed(board, row, column, mine, down, right) + 1):
                    board[row + step * down, column + step * right] = mine
    board[row, column] = mine


def can_place(board, mine):
    """Whether the colour has a cell on which it turns something."""
    for row in range(board.shape[0]):
        for column in range(board.shape[1]):
            if board[row, column] == EMPTY and encloses(board, row, column, mine):
                return True
    return False


def count(board, colour):
    discs = 0
    for row in range(board.shape[0]):
        for column in range(board.shape[1]):
            discs += board[row, column] == colour
    return discs


def reward(state, rewards):
    if state.winner >= 0:
        rewards[state.winner] = 1.0
        rewards[1 - state.winner] = -1.0


def observe(state, seat, observation):
    cells = state.board.reshape(state.board.size)
    planes = observation.reshape(2, cells.size)
    mine = np.int8(seat + 1)
    theirs = np.int8(2 - seat)
    for cell in range(cells.size):
        planes[0, cell] = cells[cell] == mine
        planes[1, cell] = cells[cell] == theirs
