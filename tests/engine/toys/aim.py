"""A toy for one seat with a box: a target lies somewhere, one shot, and what counts is how near it went."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Aim"
VERSION = 1
SEATS = 1
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {"shots": (2, range(1, 10), "Shots.")}


def layout(shots):
    return {
        "state": [("shots", np.int8), ("target", np.float32), ("miss", np.float32)],
        "actions": {"low": [-2.0], "high": [4.0]},
        "observation": (1,),
        "dtype": np.float32,
    }


def place(state):
    state.target = draw(state.random, 101) / 50.0 - 1.0


def start(state):
    place(state)


def legal(state, seat, mask):
    pass


def play(state, action):
    state.miss = abs(action[0] - (1.0 + 2.0 * state.target))
    place(state)
    state.over = state.ply == state.shots - 1


def reward(state, rewards):
    rewards[0] = -state.miss


def observe(state, seat, observation):
    observation[0] = state.target
