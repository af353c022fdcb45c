"""The rules of Connect Four: stones fall to the lowest free cell of a column; four of one's own in a line win."""

import numpy as np

TITLE = "Connect Four"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {
    "rows": (6, range(3, 13), "Rows of the board."),
    "columns": (7, range(3, 13), "Columns of the board."),
    "connect": (4, range(3, 7), "Stones in a line that win."),
}

EMPTY, FIRST, SECOND = 0, 1, 2


def layout(rows, columns, connect):
    if connect > rows and connect > columns:
        raise ValueError(f"No line of {connect} fits on {rows} rows and {columns} columns: connect fewer stones.")
    return {
        "state": [
            ("board", np.int8, (rows, columns)),
            ("height", np.int8, (columns,)),
            ("connect", np.int8),
            ("winner", np.int8),
        ],
        "actions": columns,
        "observation": (2, rows, columns),
        "dtype": np.int8,
    }


def symmetries(observation, actions, options):
    """Left and right can be exchanged."""
    return [(observation[:, :, ::-1], actions[::-1])]


def start(state):
    state.winner = -1


def legal(state, seat, mask):
    rows = state.board.shape[0]
    for column in range(mask.size):
        mask[column] = state.height[column] < rows


def play(state, action):
    rows, columns = state.board.shape
    row = rows - 1 - state.height[action]
    stone = state.seat + 1
    state.board[row, action] = stone
    state.height[action] += 1
    if completes_line(state.board, row, action, stone, state.connect):
        state.winner = state.seat
        state.over = True
    elif state.ply == rows * columns - 1:
        state.over = True
    state.seat = 1 - state.seat


def completes_line(board, row, column, stone, connect):
    """Whether the stone just set at (row, column) completes a line of ``connect``."""
    below = run(board, row, column, stone, 1, 0)
    level = run(board, row, column, stone, 0, 1) + run(board, row, column, stone, 0, -1)
    falling = run(board, row, column, stone, 1, 1) + run(board, row, column, stone, -1, -1)
    rising = run(board, row, column, stone, 1, -1) + run(board, row, column, stone, -1, 1)
    return max(max(below, level), max(falling, rising)) >= connect - 1


def run(board, row, column, stone, down, right):
    """How many stones of one colour follow (row, column) in a direction."""
    rows, columns = board.shape
    length = 0
    row += down
    column += right
    while 0 <= row < rows and 0 <= column < columns and board[row, column] == stone:
        length += 1
        row += down
        column += right
    return length


def reward(state, rewards):
    if state.winner >= 0:
        rewards[state.winner] = 1.0
        rewards[1 - state.winner] = -1.0


def observe(state, seat, observation):
    rows, columns = state.board.shape
    mine = seat + 1
    theirs = 2 - seat
    for row in range(rows):
        for column in range(columns):
            observation[0, row, column] = state.board[row, column] == mine
            observation[1, row, column] = state.board[row, column] == theirs
