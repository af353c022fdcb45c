"""Chess: positions a second while counting the lines of play from the start to the depth of the command line."""

import sys
import time

from contestant import serve

from sparring.engine import load_game, perft


def prepare():
    game, depth = load_game("chess"), int(sys.argv[1])
    perft(game, 3)

    def measure(seconds):
        started = time.perf_counter()
        lines = perft(game, depth).lines[depth]
        return {"value": lines / (time.perf_counter() - started), "lines": lines}

    return measure


serve(prepare, ["numba", "numpy"])
