"""A toy whose rules take whole batches and whose actions are a box: two seats pull a rope, all at once."""

import numpy as np

TITLE = "Tug of war"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = True
BATCHED = True
OPTIONS = {"knots": ("1,2", __import__("re").compile("[0-9](,[0-9])*"), "Where the knots are.")}


def layout(knots):
    return {
        "state": [("place", np.float32)],
        "actions": {"low": [-1.0, 0.0], "high": [1.0, 2.0]},
        "observation": (1,),
        "dtype": np.float32,
    }


def start(states):
    states.place = (states["random"][:, 0] % 2) * 0.5
    states["random"][:, 0] += 1


def legal(states, seats, masks):
    pass


def play(states, actions):
    states.place += actions[:, 0].sum(axis=-1) - actions[:, 1].sum(axis=-1)
    states.over = abs(states.place) > 3


def reward(states, rewards):
    rewards[:, 0] = np.where(states.over, np.sign(states.place), 0)
    rewards[:, 1] = -rewards[:, 0]


def observe(states, seats, observations):
    observations[:, 0] = np.where(seats == 0, states.place, -states.place)
