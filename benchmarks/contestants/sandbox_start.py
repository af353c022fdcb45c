"""Milliseconds until an agent that imports nothing is loaded: in DRIVER, in a sandbox that waited, or a new one.

sandbox_start.py DRIVER waiting|new
sandbox_start.py docker bare        until the engine has started a container that holds /usr and nothing of ours
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
from sparring.sandbox.isolation.docker.engine import engine

DRIVER, WAITING, BARE = sys.argv[1], sys.argv[2] == "waiting", sys.argv[2] == "bare"
AGENT = "class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"
EMPTY = {
    "Cmd": ["/usr/bin/true"],
    "NetworkDisabled": True,
    "HostConfig": {
        "AutoRemove": True,
        "LogConfig": {"Type": "none"},
        "Mounts": [{"Type": "bind", "Source": "/usr", "Target": "/usr", "ReadOnly": True}],
    },
}


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

    def start_bare():
        found = engine()
        image = found.image()
        before = time.perf_counter()
        made = found.ask("POST", "/containers/create", {"Image": image, **EMPTY})
        found.ask("POST", f"/containers/{made['Id']}/start")
        return 1000 * (time.perf_counter() - before)

    start = start_bare if BARE else start_one
    start()

    def measure(seconds):
        taken, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end or not taken:
            taken.append(start())
        return {"value": median(taken), "started": len(taken)}

    return measure


serve(prepare, ["numpy"])
