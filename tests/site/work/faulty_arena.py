"""An arena of real processes that are killed at random moments, and what is left of it in the end.

Its duels have fixed seeds and agents without chance of their own, so it must end as one that nobody has disturbed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

DEADLINE = 240.0
"""Seconds without any progress, after which an arena has failed."""
AGENT = '''
class Agent:
    """Plays what the position says, by arithmetic."""

    def act(self, observation, legal_actions):
        return legal_actions[(7 * int(abs(observation).sum()) + {salt}) % len(legal_actions)]
'''
PREPARE = """
import random, sys
import sparring.site
sparring.site.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from sparring.site.accounts.models import ApiToken, User
from sparring.site.ladders.entry import enter_version
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
from sparring.site.submissions import artefacts
from sparring.site.submissions.models import Agent, Version
duels, matches, sandboxed, uploaders = map(int, sys.argv[1:5])
specs = ("random", "minimax:depth=1", "minimax:depth=2", "mcts:simulations=20")
house = [enter_version(spec.replace("=", "-"), "tic_tac_toe", spec, kind="house") for spec in specs]
owner = User.objects.create_user("author")
ladder = Ladder.objects.get(slug="tic_tac_toe")
guests = []
for salt, source in enumerate(sys.argv[5:]):
    stored = artefacts.store("agent.py", source.encode())
    agent = Agent.objects.of_person(owner, "tic_tac_toe", f"guest {salt}")
    guests.append(agent.add_version(artefact=stored.name, sha256=stored.sha256, filename="agent.py", state="on ladder"))
    ladder.enter(guests[-1])
chance = random.Random(5)
for seed in range(duels):
    first, second = chance.sample(house, 2)
    if sandboxed and seed % (duels // sandboxed) == 0:
        first = chance.choice(guests)
    game = {"matches": matches, "seed": seed, "reason": "a test", "state": "held"}
    Duel.objects.create(ladder=ladder, first=first, second=second, **game)
for number in range(uploaders):
    print(ApiToken.objects.issue(User.objects.create_user(f"user{number}"), "a test")[1])
"""
WORK = """
import threading
import sparring.site
sparring.site.setup()
from sparring.matches import voiding
from sparring.site.work import worker
voiding.why_void = lambda record: ""  # what a busy machine spoils is played again, and is not what is tested here
worker.schedule_duels = list
worker.build_in_background = lambda owner, stop: started(threading.Thread(target=stop.wait, daemon=True))
def started(thread):
    thread.start()
    return thread
from sparring.site import processes
worker.run_worker(processes.stop_on_signal(), "killed-" + str(__import__("os").getpid()))
"""
LOOK = """
import sys
import sparring.site
sparring.site.setup()
from django.db import close_old_connections, DatabaseError
from sparring.site.matches.models import Duel
for line in sys.stdin:
    try:
        released = Duel.objects.filter(state="held", pk__lte=int(line))
        if released.exists():
            released.update(state="waiting")
        done, parked = (Duel.objects.filter(state=state).count() for state in ("done", "parked"))
        owners = Duel.objects.filter(state="running").values_list("lease_owner", flat=True)
        print(done, parked, *(owner.removeprefix("killed-") for owner in owners), flush=True)
    except DatabaseError:
        close_old_connections()
        print(-1, 0, flush=True)
"""
TRY_AGAIN = """
import sparring.site
sparring.site.setup()
from sparring.site.matches.models import Duel
print(sum(duel.try_again() for duel in Duel.objects.parked()))
"""
REPORT = """
import json, zlib
import sparring.site
sparring.site.setup()
from django.db import connection
from sparring.site.ladders import publishing
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.submissions.models import Version
ladder = Ladder.objects.get(slug="tic_tac_toe")
publishing.refit(ladder)
standings = list(Standing.objects.filter(ladder=ladder).order_by("version"))
places = {row.version_id: place for place, row in enumerate(standings)}
pairs = list(PairResult.objects.filter(ladder=ladder).order_by("first", "second"))
fitted = publishing.fit_pairs(pairs, places)
matches = []
for match in Match.objects.order_by("duel", "index").iterator():
    record = match.decoded()
    fault = [match.fault_seat, match.fault_kind] if match.fault_kind else None
    course = zlib.crc32(record.actions.tobytes())
    matches.append([match.duel_id, match.index, match.result, match.winner_seat, fault, course])
integrity = []
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        integrity = cursor.execute("PRAGMA integrity_check").fetchall()
def column(name):
    return list(Duel.objects.order_by("pk").values_list(name, flat=True))
print(json.dumps({
    "states": sorted(set(column("state"))), "losses": sum(column("losses")), "attempts": sum(column("attempt")),
    "matches": matches,
    "standings": [[row.version_id, row.wins, row.draws, row.losses, row.faults, row.matches] for row in standings],
    "pairs": [
        [row.first_id, row.second_id, row.wins, row.draws, row.losses, row.pairs, row.courses] for row in pairs
    ],
    "ratings": fitted.ratings.tolist(), "intervals": fitted.intervals(0.95).tolist(),
    "published": [row.rating for row in standings],
    "ladder": Ladder.objects.get(pk=ladder.pk).matches, "fitted": Ladder.objects.get(pk=ladder.pk).fitted_matches,
    "uploads": list(Version.objects.filter(state="uploaded").values_list("artefact", flat=True)),
    "integrity": [row[0] for row in integrity],
}))
"""


class Database(Protocol):
    """A database server of the test's own."""

    url: str

    def kill(self) -> None: ...
    def revive(self) -> None: ...


class FaultyArena:
    """Workers and a server on one folder; whoever is killed is started anew at once, as a supervisor does.

    Duels up to number ``released`` are there for workers to take, so that a quick machine has some left in each round.
    """

    def __init__(self, folder: Path, database: Database | None = None) -> None:
        self.folder, self.database = folder, database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        mine = {"SPARRING_HOME": str(folder), "SPARRING_LEASE_SECONDS": "2", "SPARRING_LOG": "ERROR"}
        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | mine
        if database is not None:
            self.environment["DATABASE_URL"] = database.url
        self.log = folder.with_suffix(".log").open("ab")
        self.workers: list[subprocess.Popen[bytes]] = []
        self.server: subprocess.Popen[bytes] | None = None
        self.onlooker: subprocess.Popen[str] | None = None
        self.tokens: list[str] = []
        self.killed: dict[str, int] = {}
        self.released, self.at_work = 0, list[int]()

    def run(self, script: str, *words: str) -> str:
        command = [sys.executable, "-c", script, *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def prepare(self, duels: int, matches: int, sandboxed: int, uploaders: int = 0) -> None:
        counts = map(str, (duels, matches, sandboxed, uploaders))
        self.tokens = self.run(PREPARE, *counts, AGENT.format(salt=1), AGENT.format(salt=4)).split()

    def start_worker(self) -> None:
        command = [sys.executable, "-c", WORK]
        self.workers.append(subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log))

    def start_server(self) -> None:
        command = [sys.executable, "-m", "sparring.site.processes", "web", "--port", str(self.port)]
        self.server = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)

    def look(self) -> tuple[int, int]:
        """How many duels are done and parked; -1 done while the database is down. ``at_work`` becomes who plays one."""
        if self.onlooker is None:
            pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log, "text": True}
            self.onlooker = subprocess.Popen([sys.executable, "-c", LOOK], env=self.environment, **pipes)
        assert self.onlooker.stdin is not None
        assert self.onlooker.stdout is not None
        self.onlooker.stdin.write(f"{self.released}\n")
        self.onlooker.stdin.flush()
        done, parked, *self.at_work = map(int, self.onlooker.stdout.readline().split())
        return done, parked

    def wait_until(self, condition: Callable[[int, int], bool]) -> None:
        """Return when ``condition(done, parked)`` holds; fail when nothing has moved for long."""
        pause, moved, before = threading.Event(), time.monotonic(), (0, 0)
        while not condition(*(now := self.look())):
            if now != before:
                moved, before = time.monotonic(), now
            assert time.monotonic() - moved < DEADLINE, f"{now} duels done and parked; the log is {self.log.name}"
            pause.wait(0.05)

    def upload(self, token: str, name: str, size: int) -> None:
        """Send a submission; whether it arrives is left to whoever kills the server meanwhile."""
        boundary = "a-boundary-of-the-test"
        fields = {"game": "tic_tac_toe", "name": name}
        begin = f"--{boundary}\r\nContent-Disposition: form-data; name="
        parts = [f'{begin}"{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
        parts.append(f'{begin}"file"; filename="agent.py"\r\n\r\n')
        body = "".join(parts).encode() + f"# {name}\n".encode() + b"#" * size + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/submissions", body, headers)
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def kill(self, victim: str, chance: random.Random) -> None:
        """Kill -9 whoever is meant, at a random moment, and start it anew. Where there is no sandbox, a worker."""
        moment = chance.uniform(0.0, 0.3)
        if victim == "server":
            token, name = chance.choice(self.tokens), f"upload {sum(self.killed.values())}"
            sender = threading.Thread(target=self.upload, args=(token, name, 2_000_000))
            sender.start()
        threading.Event().wait(moment)
        if victim == "agent":
            started = [child for worker in self.workers for child in children(worker.pid)]
            sandboxes = [child for child in started if name_of(child) == "bwrap"]
            victim = "agent" if sandboxes else "worker"
            if sandboxes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(sandboxes), signal.SIGKILL)
        if victim == "worker":
            worker = self.somebody_at_work()
            self.workers.remove(worker)
            worker.kill()
            worker.wait()
            self.start_worker()
        elif victim == "database":
            assert self.database is not None
            self.database.kill()
            self.database.revive()
        elif victim == "server":
            assert self.server is not None
            self.server.kill()
            self.server.wait()
            sender.join()
            self.start_server()
        self.killed[victim] = self.killed.get(victim, 0) + 1

    def somebody_at_work(self) -> subprocess.Popen[bytes]:
        """A worker that plays a duel, if there are any left: else many would be killed before they have begun."""

        def busy() -> list[subprocess.Popen[bytes]]:
            return [worker for worker in self.workers if worker.pid in self.at_work]

        self.wait_until(lambda done, parked: bool(busy()) or done + parked >= self.released)
        return (busy() or self.workers)[0]

    def play_to_the_end(self, duels: int) -> None:
        """Until every duel is done. What bad luck has parked is tried again, as an organiser would."""
        self.released = duels
        self.wait_until(lambda done, parked: done >= 0 and done + parked == duels)
        while self.look()[1]:
            self.run(TRY_AGAIN)
            self.wait_until(lambda done, parked: done + parked == duels)

    def report(self) -> dict[str, Any]:
        """What is in the database, once the workers have stopped."""
        for worker in self.workers:
            worker.terminate()
        statuses = {worker.wait(60) for worker in self.workers}
        assert statuses <= {0, -signal.SIGTERM}, "a worker that has only just begun doesn't listen yet"
        found: dict[str, Any] = json.loads(self.run(REPORT))
        return found

    def half_written(self) -> list[str]:
        """Files of submissions that are not what their name, a hash, says."""
        files = (self.folder / "submissions").glob("[!.]*")
        return [path.name for path in files if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem]

    def close(self) -> None:
        for process in filter(None, (*self.workers, self.server, self.onlooker)):
            process.kill()
            process.wait()
        self.log.close()


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{parent}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


def name_of(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text().strip()
    return ""
