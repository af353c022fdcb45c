"""The rules of repeated rock-paper-scissors: both seats throw at once; the throws of the last rounds are seen."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Rock-paper-scissors"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = False
OPTIONS = {
    "repetitions": (10, range(1, 1001), "Rounds of a match."),
    "recall": (3, range(1, 11), "Rounds that a seat remembers."),
    "win": (1, range(-100, 101), "Reward for winning a round."),
    "lose": (-1, range(-100, 101), "Reward for losing a round."),
    "draw": (0, range(-100, 101), "Reward of both for a drawn round."),
}

ROCK, PAPER, SCISSORS = 0, 1, 2
NOTHING = 9  # what a seat sees of a round that was not played


def layout(repetitions, recall, win, lose, draw):
    return {
        "state": [
            ("throws", np.int8, (repetitions, 2)),
            ("scores", np.int32, (2,)),
            ("recall", np.int8),
            ("win", np.int8),
            ("lose", np.int8),
            ("draw", np.int8),
        ],
        "actions": 3,
        "observation": (recall, 10),
        "dtype": np.int8,
        "forfeit": float(repetitions * max(abs(win), abs(lose), abs(draw), 1)),
    }


def start(state):
    for round in range(state.throws.shape[0]):
        state.throws[round, 0] = -1
        state.throws[round, 1] = -1


def legal(state, seat, mask):
    for throw in range(3):
        mask[throw] = True


def play(state, action):
    for seat in range(2):
        state.throws[state.ply, seat] = action[seat]
        state.scores[seat] += payoff(state, action[seat], action[1 - seat])
    if state.ply == state.throws.shape[0] - 1:
        state.over = True


def payoff(state, own, other):
    """What a round is worth to who throws ``own`` against ``other``."""
    if own == other:
        return state.draw
    if (own - other) % 3 == 1:
        return state.win
    return state.lose


def reward(state, rewards):
    own = state.throws[state.ply - 1, 0]
    other = state.throws[state.ply - 1, 1]
    rewards[0] = payoff(state, own, other)
    rewards[1] = payoff(state, other, own)


def observe(state, seat, observation):
    recall = observation.shape[0]
    for row in range(recall):
        round = state.ply - recall + row
        if round < 0:
            observation[row, NOTHING] = 1
        else:
            own = state.throws[round, seat]
            other = state.throws[round, 1 - seat]
            observation[row, 3 * own + other] = 1


def redeal(state, seat):
    """Rounds that nobody remembers may have been any."""
    state.scores[:] = 0
    for round in range(state.ply):
        for either in range(2):
            if round < state.ply - state.recall:
                state.throws[round, either] = draw(state.random, 3)
        for either in range(2):
            state.scores[either] += payoff(state, state.throws[round, either], state.throws[round, 1 - either])
