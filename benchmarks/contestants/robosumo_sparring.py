"""RoboSumo, ant against ant, in a batch of so many: control steps a second of random play, one call a step."""

import sys

from contestant import rate, serve

from sparring.engine import Batch, load_game

SIZE = int(sys.argv[1])


def prepare():
    batch = Batch(load_game("robosumo"), SIZE, seed=1)

    def step():
        batch.step(batch.random_actions())
        return SIZE, int(batch.over.sum())

    rate(step, 1.0)
    return lambda seconds: rate(step, seconds)


serve(prepare, ["mujoco", "numba", "numpy"])
