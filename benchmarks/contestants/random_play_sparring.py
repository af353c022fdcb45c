"""Random play of a game in a batch of 1024: Sparring, one call a step from Python (or with `compiled`, none)."""

import sys

from contestant import rate, serve

from sparring.engine import Batch, load_game

SIZE = 1024


def prepare():
    batch = Batch(load_game(sys.argv[1]), SIZE, seed=1)
    batch.random_play(200)

    def step():
        batch.step(batch.random_actions())
        return SIZE, int(batch.over.sum())

    def hundred_steps():
        batch.random_play(100)
        return 100 * SIZE, 0

    turn = hundred_steps if "compiled" in sys.argv else step
    rate(turn, 0.5)
    return lambda seconds: rate(turn, seconds)


serve(prepare, ["numba", "numpy"])
