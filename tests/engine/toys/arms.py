"""A bandit: the first seat pulls one of the arms, arm k pays (k + 1) / arms, and that is all."""

TITLE = "Arms"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS = {"arms": (8, range(2, 65), "Arms to pull.")}


def layout(arms):
    return {"state": [("arms", "i1"), ("pulled", "i1")], "actions": arms, "observation": (1,), "dtype": "int8"}


def start(state):
    state.pulled = -1


def legal(state, seat, mask):
    mask[:] = True


def play(state, action):
    state.pulled = action
    state.over = True


def reward(state, rewards):
    rewards[0] = (state.pulled + 1) / state.arms
    rewards[1] = -rewards[0]


def observe(state, seat, observation):
    observation[0] = 1
