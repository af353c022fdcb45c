"""The 95th percentile of the ladder page's answers in ms: the real server, SQLite, requests on the clock.

500 agents and 100,000 matches; twenty requests a second, half of them for the first of ten pages. Meanwhile another
process records a duel a second and refits the ratings, as the worker does, so that the pages change under the readers.
A request's time counts from when it was due, so that a slow answer can't hide the wait of those behind it.

    ladder_page.py              serve measurements
    ladder_page.py record       record a duel each second (started by the above)
"""

import atexit
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from contestant import serve

import sparring.site
from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import play_duel

AGENTS, DUELS, MATCHES_A_DUEL = 500, 5000, 20
REQUESTS_A_SECOND, LONGEST_MINUTES = 20, 10


def prepare():
    folder = tempfile.TemporaryDirectory(prefix="sparring-ladder-")
    os.environ["SPARRING_HOME"] = folder.name
    os.environ.pop("DATABASE_URL", None)
    sparring.site.prepare()
    fill()
    port = free_port()
    server = [sys.executable, "-m", "sparring.site.processes", "web", "--port", str(port)]
    web = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    recorder = subprocess.Popen([sys.executable, __file__, "record"])
    url = f"http://127.0.0.1:{port}/ladders/connect_four/"
    wait_for(url)

    def measure(seconds):
        times = requests(url, seconds)
        slowest = max(times)
        found = {"value": percentile(times, 95), "median_ms": statistics.median(times), "slowest_ms": slowest}
        return found | {"requests": len(times), "bytes": len(fetch(url))}

    def stop():
        for process in (web, recorder):
            process.terminate()
            process.wait()
        folder.cleanup()

    atexit.register(stop)
    return measure


def fill():
    """Enter the agents, and store the matches the way the worker does."""
    from django.db import transaction

    from sparring.site.ladders.entry import enter_version
    from sparring.site.ladders.models import Ladder
    from sparring.site.ladders.publishing import refit

    duels = played_duels()
    dice = random.Random(1)
    with transaction.atomic():
        for number in range(AGENTS):
            enter_version(f"agent {number}", "connect_four", "random", kind="house")
    ladder = Ladder.objects.for_game("connect_four")
    versions = list(ladder.standings.values_list("version_id", flat=True))
    with transaction.atomic():
        for number in range(DUELS):
            record(ladder, versions, dice, duels[number % len(duels)])
    refit(ladder)


def played_duels():
    """Return the records of a hundred duels of random against random; the ladder's duels repeat them."""
    game = load_game("connect_four")
    players = [load("random", game, seed=seat) for seat in range(2)]
    return [
        play_duel(game, players, names=["a", "b"], matches=MATCHES_A_DUEL, seed=seed).records for seed in range(100)
    ]


def record(ladder, versions, dice, records):
    """Store one finished duel between two agents drawn by chance."""
    from django.db import transaction

    from sparring.site.matches.models import Duel
    from sparring.site.matches.recording import store_results

    first, second = dice.sample(versions, 2)
    with transaction.atomic():
        duel = Duel.objects.create(
            ladder=ladder, first_id=first, second_id=second, seed=1, matches=MATCHES_A_DUEL, reason="", state="done"
        )
        store_results(duel, records)


def record_for_ever():
    """Record a duel and refit each second until the parent ends."""
    sparring.site.setup()
    from sparring.site.ladders.models import Ladder
    from sparring.site.ladders.publishing import refit

    parent, pause, dice = os.getppid(), threading.Event(), random.Random(2)
    duels = played_duels()
    end = time.monotonic() + 60 * LONGEST_MINUTES
    ladder = Ladder.objects.for_game("connect_four")
    versions = list(ladder.standings.values_list("version_id", flat=True))
    while os.getppid() == parent and time.monotonic() < end:
        record(ladder, versions, dice, dice.choice(duels))
        refit(ladder)
        pause.wait(1.0)


def requests(url, seconds):
    """Return the ms of each request, sent on the clock, from when it was due to when it was read."""
    dice = random.Random(3)
    pages = [1 if dice.random() < 0.5 else dice.randint(2, 10) for _ in range(round(seconds * REQUESTS_A_SECOND))]
    start = time.perf_counter() + 0.2

    def request(number):
        due = start + number / REQUESTS_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        fetch(f"{url}?page={pages[number]}")
        return 1000 * (time.perf_counter() - due)

    with ThreadPoolExecutor(40) as pool:
        return list(pool.map(request, range(len(pages))))


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read()


def percentile(times, share):
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def wait_for(url):
    deadline = time.monotonic() + 60
    while True:
        try:
            return fetch(url)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    if "record" in sys.argv:
        record_for_ever()
    else:
        serve(prepare, ["django", "gunicorn"])
