"""Seconds from the start of a new process to the first step of a game: `first_step.py GAME warm|cold`.

Cold means that no kernel of any game has been compiled on this machine.
"""

import os
import subprocess
import sys
import tempfile
import time

from contestant import serve

SCRIPT = """
from sparring.engine import Batch, load_game
batch = Batch(load_game({game!r}), 16, seed=1)
batch.step(batch.random_actions())
"""


def prepare():
    command = [sys.executable, "-c", SCRIPT.format(game=sys.argv[1])]

    def timed(environment):
        started = time.perf_counter()
        subprocess.run(command, check=True, env=os.environ | environment)
        return {"value": time.perf_counter() - started}

    def warm(seconds):
        return timed({})

    def cold(seconds):
        with tempfile.TemporaryDirectory() as folder:
            return timed({"SPARRING_CACHE": folder, "NUMBA_CACHE_DIR": folder})

    if "cold" in sys.argv:
        return cold
    timed({})
    return warm


serve(prepare, ["numba", "numpy"])
