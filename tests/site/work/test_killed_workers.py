"""Real worker processes, killed with -9 in the middle of their work: no match is lost and none is played twice.

Runs on SQLite, and on the PostgreSQL of ``DATABASE_URL`` (see ``tests/site/test_postgresql.py``).
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

DUELS, MATCHES, KILLS = 5, 20, 4
DEADLINE = 120.0
PREPARE = f"""
import sparring.site
sparring.site.prepare()
from sparring.site.ladders.entry import enter_version
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
pair = [enter_version(name, "tic_tac_toe", "mcts:simulations=20000", kind="house") for name in ("left", "right")]
ladder = Ladder.objects.get(slug="tic_tac_toe")
for _ in range({DUELS}):
    Duel.objects.queue(ladder, *pair, {MATCHES}, "a test")
"""
WORK = """
import signal, threading, sparring.site
sparring.site.setup()
from sparring.site.work import worker
worker.schedule_duels = lambda: []
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
worker.run_worker(stop, "killed-" + str(__import__("os").getpid()))
"""
LOOK = """
import json, sys, sparring.site
sparring.site.setup()
from django.db.models import Sum
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel, Match
for line in sys.stdin:
    pairs = PairResult.objects.aggregate(wins=Sum("wins"), draws=Sum("draws"), losses=Sum("losses"))
    print(json.dumps({
        "states": list(Duel.objects.order_by("pk").values_list("state", flat=True)),
        "losses": sum(Duel.objects.values_list("losses", flat=True)),
        "indexes": [list(Match.objects.filter(duel=duel).order_by("index").values_list("index", flat=True))
                    for duel in Duel.objects.order_by("pk")],
        "standings": sum(Standing.objects.values_list("matches", flat=True)),
        "ladder": Ladder.objects.get(slug="tic_tac_toe").matches,
        "pairs": sum(count or 0 for count in pairs.values()),
    }), flush=True)
"""


def database_of_its_own(url: str) -> str:
    """Make a database beside the one that ``url`` names; its address."""
    import psycopg

    name = f"arena_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(url)._replace(path=f"/{name}").geturl()


class Arena:
    """An arena in a folder of its own, looked at from outside."""

    def __init__(self, folder: Path) -> None:
        self.environment = os.environ | {"SPARRING_HOME": str(folder), "SPARRING_LEASE_SECONDS": "1"}
        if url := os.environ.get("DATABASE_URL"):
            self.environment["DATABASE_URL"] = database_of_its_own(url)
        self.workers: list[subprocess.Popen[bytes]] = []
        subprocess.run([sys.executable, "-c", PREPARE], env=self.environment, check=True)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.onlooker = subprocess.Popen([sys.executable, "-c", LOOK], env=self.environment, **pipes)

    def look(self) -> dict[str, Any]:
        assert self.onlooker.stdin is not None
        assert self.onlooker.stdout is not None
        self.onlooker.stdin.write("\n")
        self.onlooker.stdin.flush()
        found: dict[str, Any] = json.loads(self.onlooker.stdout.readline())
        return found

    def start_worker(self) -> subprocess.Popen[bytes]:
        self.workers.append(subprocess.Popen([sys.executable, "-c", WORK], env=self.environment))
        return self.workers[-1]

    def wait_until(self, condition: Any) -> dict[str, Any]:
        pause, began = threading.Event(), time.monotonic()
        while not condition(found := self.look()):
            assert time.monotonic() - began < DEADLINE, found
            pause.wait(0.02)
        return found

    def close(self) -> None:
        for process in (*self.workers, self.onlooker):
            process.kill()
            process.wait()


@pytest.fixture
def arena(tmp_path):
    arena = Arena(tmp_path / "arena")
    yield arena
    arena.close()


def test_a_killed_worker_loses_no_match_and_plays_none_twice(arena):
    chance = random.Random(7)
    for _ in range(KILLS):
        worker = arena.start_worker()
        done = arena.look()["states"].count("done")
        arena.wait_until(lambda found, done=done: "running" in found["states"] or found["states"].count("done") > done)
        threading.Event().wait(chance.uniform(0.0, 0.6))  # anywhere in the duel: playing, recording, between two
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    workers = [arena.start_worker(), arena.start_worker()]
    arena.wait_until(lambda found: set(found["states"]) == {"done"})
    for worker in workers:
        worker.terminate()
        assert worker.wait(20) == 0
    found = arena.look()  # now that nothing is written between its questions
    assert found["losses"] > 0
    assert found["indexes"] == [list(range(MATCHES))] * DUELS
    total = DUELS * MATCHES
    assert (found["ladder"], found["pairs"], found["standings"]) == (total, total, 2 * total)


def test_workers_side_by_side_share_the_work_and_nothing_is_played_twice(arena):
    arena.environment["SPARRING_LEASE_SECONDS"] = "60"  # nobody is killed, and a busy machine loses no lease
    workers = [arena.start_worker() for _ in range(3)]
    arena.wait_until(lambda found: set(found["states"]) == {"done"})
    for worker in workers:
        worker.terminate()
        assert worker.wait(20) == 0
    found = arena.look()  # now that nothing is written between its questions
    assert found["indexes"] == [list(range(MATCHES))] * DUELS
    assert found["losses"] == 0
    assert found["ladder"] == DUELS * MATCHES
