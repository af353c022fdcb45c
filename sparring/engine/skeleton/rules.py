"""The rules of New Game: two players take one to three stones from a heap in turn; who takes the last one wins."""

import numpy as np

TITLE = "New Game"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {
    "stones": (21, range(1, 101), "Stones in the heap at the start."),
}

MOST = 3  # stones that one may take at a time


def layout(stones):
    return {
        "state": [("stones", np.int8), ("winner", np.int8)],
        "actions": MOST,
        "observation": (stones + 1,),
        "dtype": np.int8,
    }


def start(state):
    """The engine has written the option `stones` into the field of that name; the rest is zero."""
    state.winner = -1


def legal(state, seat, mask):
    """Action 0 takes one stone, 1 takes two, 2 takes three."""
    for action in range(MOST):
        mask[action] = action + 1 <= state.stones


def play(state, action):
    state.stones -= action + 1
    if state.stones == 0:
        state.winner = state.seat
        state.over = True
    state.seat = 1 - state.seat


def reward(state, rewards):
    if state.winner >= 0:
        rewards[state.winner] = 1.0
        rewards[1 - state.winner] = -1.0


def observe(state, seat, observation):
    """1 at the number of stones that are left."""
    observation[state.stones] = 1
