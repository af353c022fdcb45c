"""Random Connect Four: PettingZoo's `connect_four_v3`, whose observation holds board and mask as NumPy arrays."""

import random

from contestant import rate, serve
from pettingzoo.classic import connect_four_v3


def prepare():
    env = connect_four_v3.env().unwrapped
    env.reset(seed=1)
    choose = random.Random(1).choice

    def step():
        observation, _, over, _, _ = env.last()
        if over:
            env.reset()
            return 0, 1
        env.step(choose(observation["action_mask"].nonzero()[0]))
        return 1, 0

    rate(step, 0.5)
    return lambda seconds: rate(step, seconds)


serve(prepare, ["pettingzoo", "numpy"])
