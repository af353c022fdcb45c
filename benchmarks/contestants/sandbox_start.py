"""Milliseconds until an agent that imports nothing is loaded: in DRIVER, in a sandbox that waited, or a new one.

sandbox_start.py DRIVER waiting|new
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from contestant import serve
from docker_engine import engine_for

from sparring.engine import load_game
from sparring.sandbox import keep_ready, load_player

DRIVER, WAITING = sys.argv[1], sys.argv[2] == "waiting"
AGENT = "class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"


def prepare():
    engine_for(DRIVER)
    game = load_game("connect_four")
    path = Path(tempfile.mkdtemp(), "agent.py")
    path.write_text(AGENT)

    def start_one():
        if WAITING:
            keep_ready(DRIVER, 1, wait=True)
            time.sleep(0.5)  # until the runner that waits has made its own imports
        before = time.perf_counter()
        player = load_player(str(path), game, driver=DRIVER)
        assert player.lanes is None
        taken = time.perf_counter() - before
        player.close()
        return 1000 * taken

    start_one()

    def measure(seconds):
        taken, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end or not taken:
            taken.append(start_one())
        return {"value": median(taken), "started": len(taken)}

    return measure


serve(prepare, ["numpy"])
