"""A duel of Connect Four with every record kept: SPEC against SPEC, in DRIVER; matches a second once both are loaded.

duel_sparring.py SPEC DRIVER MATCHES
"""

import sys
import time

from contestant import serve
from docker_engine import engine_for

from sparring.engine import load_game
from sparring.matches import play_duel
from sparring.sandbox import load_player

SPEC, DRIVER, MATCHES = sys.argv[1], sys.argv[2], int(sys.argv[3])


def prepare():
    engine_for(DRIVER)
    game = load_game("connect_four")
    seeds = iter(range(1, 1_000_000))

    def play(matches):
        before = time.perf_counter()
        players = [load_player(SPEC, game, seed=seat, driver=DRIVER) for seat in range(2)]
        loaded = [player.lanes for player in players]
        started = time.perf_counter()
        try:
            duel = play_duel(game, players, names=["a", "b"], matches=matches, seed=next(seeds))
            size = sum(len(record.encode()) for record in duel.records)
            seconds = time.perf_counter() - started
        finally:
            for player in players:
                player.close()
        plies = sum(len(record.actions) for record in duel.records)
        faults = duel.tally().errors
        return {
            "value": matches / seconds,
            "bytes_a_match": size / matches,
            "plies_a_match": plies / matches,
            "faults": faults,
            "ms_to_load_both": 1000 * (started - before),
            "lanes": loaded,
        }

    play(200)
    return lambda seconds: play(MATCHES)


serve(prepare, ["numba", "numpy"])
