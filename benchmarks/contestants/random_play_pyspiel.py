"""Random play of a game in a batch of 1024: OpenSpiel from Python.

Observations are written straight into NumPy by `make_observation(...).set_from`, the fastest way that OpenSpiel offers.
Cards are dealt by a draw among the outcomes of the chance node, which are all as likely in these games.
"""

import random
import sys

import numpy as np
import pyspiel
from contestant import rate, serve
from open_spiel.python.observation import make_observation

SIZE = 1024


def prepare():
    game = pyspiel.load_game(sys.argv[1])
    viewer = make_observation(game)
    choose = random.Random(1).choice

    def past_chance(state):
        while state.is_chance_node():
            state.apply_action(choose(state.legal_actions()))
        return state

    states = [past_chance(game.new_initial_state()) for _ in range(SIZE)]
    observations = np.zeros((SIZE, *viewer.tensor.shape), np.float32)
    masks = np.zeros((SIZE, game.num_distinct_actions()), np.bool_)

    def step():
        ended = 0
        for row, state in enumerate(states):
            state.apply_action(choose(state.legal_actions()))
            past_chance(state)
            if state.is_terminal():
                ended += 1
                states[row] = state = past_chance(game.new_initial_state())
            viewer.set_from(state, state.current_player())
            observations[row] = viewer.tensor
            masks[row] = state.legal_actions_mask()
        return SIZE, ended

    rate(step, 0.5)
    return lambda seconds: rate(step, seconds)


serve(prepare, ["open-spiel", "numpy"])
