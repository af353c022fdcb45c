"""A toy for one seat: a corridor walked cell by cell. Its far end pays 1, its near end a tenth; both end the match."""

import numpy as np

TITLE = "Corridor"
VERSION = 1
SEATS = 1
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {"cells": (7, range(3, 100), "Cells.")}
BACK, ON = 0, 1


def layout(cells):
    return {
        "state": [("cells", np.int8), ("place", np.int8)],
        "actions": 2,
        "observation": (cells,),
        "dtype": np.int8,
    }


def start(state):
    state.place = 1


def legal(state, seat, mask):
    mask[:] = True


def play(state, action):
    state.place += 1 if action == ON else -1
    if state.place == 0 or state.place == state.cells - 1 or state.ply == 3 * state.cells:
        state.over = True


def reward(state, rewards):
    if state.place == state.cells - 1:
        rewards[0] = 1.0
    elif state.place == 0:
        rewards[0] = 0.1


def observe(state, seat, observation):
    observation[state.place] = 1
