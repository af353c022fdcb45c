"""Duels of 20 matches a minute that an arena plays on SQLite: real workers, every agent in its own sandbox.

duels_a_minute.py WORKERS
"""

import atexit
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contestant import serve

import sparring.site
from sparring.sandbox.isolation.cgroup import parents
from sparring.sandbox.meter import Meter

WORKERS = int(sys.argv[1])
AGENTS, DUELS, MATCHES_A_DUEL, WARM_DUELS = 4, 4000, 20, 20
LONGEST_START = 180.0
SOURCE = Path(__file__).resolve().parent.parent / "agents" / "random_batch.py"


def prepare():
    folder = tempfile.TemporaryDirectory(prefix="sparring-duels-")
    os.environ["SPARRING_HOME"] = folder.name
    os.environ.pop("DATABASE_URL", None)
    sparring.site.setup()
    fill()
    command = [sys.executable, "-m", "sparring.site.processes", "worker", "--name"]
    logs = [(Path(folder.name) / f"worker-{number}.log").open("wb") for number in range(WORKERS)]
    workers = [
        subprocess.Popen([*command, f"worker-{number}"], stdout=log, stderr=log) for number, log in enumerate(logs)
    ]
    spent = processors_of(workers)

    def stop():
        for process in workers:
            process.terminate()
        for process in workers:
            process.wait()
        folder.cleanup()

    atexit.register(stop)
    await_warm(workers)

    def measure(seconds):
        before, spent_before, begun = done(), spent(), time.perf_counter()
        time.sleep(seconds)
        played, taken = done() - before, time.perf_counter() - begun
        milliseconds = {name: 1000 * (now - spent_before[name]) / max(1, played) for name, now in spent().items()}
        return {"value": 60 * played / taken, "duels": played, "processor_ms_a_duel": milliseconds}

    return measure


def processors_of(workers):
    """A function that tells processor seconds up to now: of the workers, and of all the sandboxes that they start.

    Sandboxes make their control groups below that of their worker, so these get one in which both are counted. Where
    that can't be, only the workers are told of.
    """
    counted = [parent.folder for parent in parents() if parent.version == 1 and "cpuacct" in parent.controllers]
    meter = None
    if counted:
        group = counted[0] / f"bench-duels-{os.getpid()}"
        group.mkdir()
        atexit.register(remove, group)
        for process in workers:
            (group / "cgroup.procs").write_text(str(process.pid))
        meter = Meter([group])

    def spent():
        ours = sum(own_seconds(process.pid) for process in workers)
        found = {"workers (referee, database, ratings)": ours}
        return found | ({"sandboxes (start, agents, end)": meter.cpu_seconds() - ours} if meter is not None else {})

    return spent


def remove(group):
    """Remove a control group. One that a sandbox has left behind keeps it, until a worker sweeps."""
    with contextlib.suppress(OSError):
        group.rmdir()


def own_seconds(pid):
    """Processor time of one process without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def fill():
    """Agents of a person on the ladder, and duels among them."""
    from django.core.management import call_command

    from sparring.site.accounts.models import User
    from sparring.site.ladders.entry import enter_version
    from sparring.site.ladders.models import Ladder
    from sparring.site.matches.models import Duel
    from sparring.site.submissions import artefacts
    from sparring.site.submissions.models import Agent

    call_command("migrate", verbosity=0)
    enter_version("random", "connect_four", "random", kind="house")
    ladder = Ladder.objects.get(slug="connect_four")
    owner = User.objects.create_user("author")
    versions = []
    for number in range(AGENTS):
        stored = artefacts.store("agent.py", f"{SOURCE.read_text()}\n# {number}\n".encode())
        agent = Agent.objects.of_person(owner, "connect_four", f"agent {number}")
        content = {"artefact": stored.name, "sha256": stored.sha256, "filename": "agent.py"}
        versions.append(agent.add_version(state="on ladder", **content))
        ladder.enter(versions[-1])
    chance = random.Random(1)
    for seed in range(DUELS):
        first, second = chance.sample(versions, 2)
        kind = {"ladder": ladder, "matches": MATCHES_A_DUEL, "reason": "bench"}
        Duel.objects.create(first=first, second=second, seed=seed, **kind)


def done():
    from sparring.site.matches.models import Duel

    return Duel.objects.filter(state="done").count()


def await_warm(workers):
    """Until kernels are compiled, the sandbox has been attacked, and its pool is filled."""
    end = time.monotonic() + LONGEST_START
    while done() < WARM_DUELS:
        if time.monotonic() > end or any(process.poll() is not None for process in workers):
            raise SystemExit("The workers play no duels.")
        time.sleep(0.2)


serve(prepare, [])
