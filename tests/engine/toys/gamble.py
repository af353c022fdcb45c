"""A toy of chance: one seat says whether the other draws a lot that wins 1 or loses 2, or that nobody wins."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Gamble"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {}
REFUSE, DARE = 0, 1


def layout():
    return {"state": [("won", np.int8)], "actions": 2, "observation": (1,), "dtype": np.int8}


def start(state):
    pass


def legal(state, seat, mask):
    mask[:] = True


def play(state, action):
    if action == DARE:
        state.won = 1 if draw(state.random, 2) == 0 else -2
    state.over = True


def reward(state, rewards):
    rewards[0] = state.won
    rewards[1] = -state.won


def observe(state, seat, observation):
    pass
