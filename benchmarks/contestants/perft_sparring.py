"""Chess: positions a second while counting lines from the start; as the peers do, the last ply is not played."""

import sys
import time

from contestant import serve

from sparring.engine import load_game, perft


def prepare():
    game, depth = load_game("chess"), int(sys.argv[1])
    perft(game, 3, bulk=True)

    def measure(seconds):
        started = time.perf_counter()
        lines = perft(game, depth, bulk=True).lines[depth]
        return {"value": lines / (time.perf_counter() - started), "lines": lines}

    return measure


serve(prepare, ["numba", "numpy"])
