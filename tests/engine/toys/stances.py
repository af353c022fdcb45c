"""A toy of two seats and two dependent heads, all at once: a stance (rest, fight) and a weapon (none, fist, sword)."""

import numpy as np

TITLE = "Stances"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = True
OPTIONS = {"rounds": (3, range(1, 100), "Rounds."), "seats": (2, range(2, 5), "Seats.")}
REST, FIGHT = 0, 1


def layout(rounds, seats):
    return {
        "state": [
            ("rounds", np.int8),
            ("points", np.int32, (seats,)),
            ("swords", np.int8, (seats,)),
            ("bonus", np.int8),
        ],
        "seats": seats,
        "actions": (2, 3),
        "dependencies": [(1, 0, 0, [REST]), (1, 1, 0, [FIGHT]), (1, 2, 0, [FIGHT])],
        "constants": {"bonus": 5},
        "observation": (2,),
        "dtype": np.int8,
    }


def start(state):
    for seat in range(state.swords.size):
        state.swords[seat] = 1


def legal(state, seat, mask):
    for option in range(4):
        mask[option] = True
    mask[4] = state.swords[seat] > 0


def play(state, action):
    for seat in range(state.swords.size):
        state.points[seat] += action[seat, 0] + action[seat, 1] + state.bonus
        if action[seat, 1] == 2:
            state.swords[seat] -= 1
    if state.ply == state.rounds - 1:
        state.over = True


def reward(state, rewards):
    if state.over:
        for seat in range(state.swords.size):
            rewards[seat] = state.points[seat]


def observe(state, seat, observation):
    observation[0] = state.swords[seat]
    observation[1] = state.ply
