"""The NH fight in a batch of 256: ticks a second of random play, one call a tick from Python."""

from contestant import rate, serve

from sparring.engine import Batch, load_game

SIZE = 256


def prepare():
    batch = Batch(load_game("nh_fight"), SIZE, seed=1)
    batch.random_play(200)

    def step():
        batch.step(batch.random_actions())
        return SIZE, int(batch.over.sum())

    rate(step, 0.5)
    return lambda seconds: rate(step, seconds)


serve(prepare, ["numba", "numpy"])
