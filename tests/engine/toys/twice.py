"""Each seat moves twice in a row, first one, then the other; every move pays, and the last one settles the match.

What a move pays is worked out from all moves so far as a hash would: there is nothing to it but to look ahead.
"""

TITLE = "Twice"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {"table": (1, range(1, 1000), "Which payments.")}


def layout(table):
    return {"state": [("table", "i2"), ("moves", "i4")], "actions": 3, "observation": (2,), "dtype": "int32"}


def start(state):
    state.moves = 0


def legal(state, seat, mask):
    mask[:] = True


def play(state, action):
    state.moves = 4 * state.moves + 1 + action
    if state.ply == 3:
        state.over = True
    elif state.ply == 1:
        state.seat = 1 - state.seat


def reward(state, rewards):
    mixed = (state.moves * 7919 + state.table * 104729) % 1009
    mixed = (mixed * mixed + state.moves) % 101
    share = 0.6 if state.over else 0.1
    rewards[0] = share * (mixed - 50) / 50
    rewards[1] = -rewards[0]


def observe(state, seat, observation):
    observation[0] = state.moves
    observation[1] = seat
