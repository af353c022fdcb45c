"""The rules of tic-tac-toe: two players mark cells in turn; three of one's own in a line win."""

import numpy as np

from sparring.games.turning import eight_ways

TITLE = "Tic-tac-toe"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS: dict = {}

EMPTY, FIRST, SECOND = 0, 1, 2


def layout():
    return {
        "state": [("board", np.int8, (3, 3)), ("winner", np.int8)],
        "actions": 9,
        "observation": (2, 3, 3),
        "dtype": np.int8,
    }


def symmetries(observation, actions, options):
    """The board can be turned and mirrored."""
    return zip(eight_ways(observation), eight_ways(actions.reshape(3, 3)), strict=True)


def start(state):
    state.winner = -1


def legal(state, seat, mask):
    for cell in range(9):
        mask[cell] = state.board[cell // 3, cell % 3] == EMPTY


def play(state, action):
    row = action // 3
    column = action % 3
    mark = state.seat + 1
    state.board[row, column] = mark
    if completes_line(state.board, row, column, mark):
        state.winner = state.seat
        state.over = True
    elif state.ply == 8:
        state.over = True
    state.seat = 1 - state.seat


def completes_line(board, row, column, mark):
    """Whether the mark just set at (row, column) completes a row, a column or a diagonal."""
    if board[row, 0] == mark and board[row, 1] == mark and board[row, 2] == mark:
        return True
    if board[0, column] == mark and board[1, column] == mark and board[2, column] == mark:
        return True
    if row == column and board[0, 0] == mark and board[1, 1] == mark and board[2, 2] == mark:
        return True
    return row + column == 2 and board[0, 2] == mark and board[1, 1] == mark and board[2, 0] == mark


def reward(state, rewards):
    if state.winner >= 0:
        rewards[state.winner] = 1.0
        rewards[1 - state.winner] = -1.0


def observe(state, seat, observation):
    for row in range(3):
        for column in range(3):
            if state.board[row, column] != EMPTY:
                observation[(state.board[row, column] - 1) ^ seat, row, column] = 1
