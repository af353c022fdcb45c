"""Random Connect Four in a batch of 1024: OpenSpiel from Python.

Observations are written straight into NumPy by `make_observation(...).set_from`, the fastest way that OpenSpiel offers.
"""

import random

import numpy as np
import pyspiel
from contestant import rate, serve
from open_spiel.python.observation import make_observation

SIZE = 1024


def prepare():
    game = pyspiel.load_game("connect_four")
    viewer = make_observation(game)
    states = [game.new_initial_state() for _ in range(SIZE)]
    observations = np.zeros((SIZE, *viewer.dict["observation"].shape), np.float32)
    masks = np.zeros((SIZE, game.num_distinct_actions()), np.bool_)
    choose = random.Random(1).choice

    def step():
        ended = 0
        for row, state in enumerate(states):
            state.apply_action(choose(state.legal_actions()))
            if state.is_terminal():
                ended += 1
                states[row] = state = game.new_initial_state()
            viewer.set_from(state, state.current_player())
            observations[row] = viewer.dict["observation"]
            masks[row] = state.legal_actions_mask()
        return SIZE, ended

    rate(step, 0.5)
    return lambda seconds: rate(step, seconds)


serve(prepare, ["open-spiel", "numpy"])
