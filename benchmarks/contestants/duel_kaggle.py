"""Random against random in kaggle-environments' connectx (6 x 7, four in a row), its steps kept; matches a second."""

import contextlib
import io
import random
import time

from contestant import serve


def prepare():
    with contextlib.redirect_stdout(io.StringIO()):
        from kaggle_environments import make
    random.seed(1)
    env = make("connectx", configuration={"rows": 6, "columns": 7, "inarow": 4}, debug=False)

    def measure(seconds):
        kept = []
        started = time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            kept.append(env.run(["random", "random"]))
        plies = sum(len(steps) - 1 for steps in kept)
        return {"value": len(kept) / elapsed, "plies_a_match": plies / len(kept)}

    measure(0.5)
    return measure


serve(prepare, ["kaggle-environments"])
