"""A worker whose wall clock jumps, a real process with a clock of its own: no lease is lost by it."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
from sparring.site.work.scheduler import schedule_duels

HOUR = 3600
WORKER = """
import sys, time
import sparring.site
sparring.site.setup()
from sparring.site.matches.models import Duel
leased = Duel.objects.lease("jumps")
print(leased.pk, flush=True)
for line in sys.stdin:
    other = Duel.objects.lease("jumps")
    print(time.time(), leased.heartbeat(), other.pk if other else 0, flush=True)
"""


def address():
    """What DATABASE_URL has to say for another process to see the database of the test."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{known['NAME']}"
    return f"postgresql://{known['USER']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@pytest.fixture
def jumping(tmp_path):
    """A worker that leases a duel, and two words for it: set its clock, and ask it about its lease."""
    library, clock = tmp_path / "jumping_clock.so", tmp_path / "clock"
    source = Path(__file__).with_name("jumping_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    clock.write_bytes(struct.pack("q", 0))
    mine = {"DATABASE_URL": address(), "LD_PRELOAD": str(library), "CLOCK_FILE": str(clock)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=os.environ | mine, **pipes)

    def jump(seconds):
        with clock.open("r+b") as file:
            file.write(struct.pack("q", seconds))
        worker.stdin.write("\n")
        worker.stdin.flush()
        now, alive, other = worker.stdout.readline().split()
        assert float(now) - time.time() == pytest.approx(seconds, abs=60), "its clock has not jumped"
        return alive == "True", int(other)

    yield int(worker.stdout.readline()), jump
    worker.kill()
    worker.wait()


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_jumps_an_hour_each_way_takes_no_lease_from_anybody(enter, queue, request):
    pair = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")
    queue(*pair), queue(*pair)
    mine = Duel.objects.lease("steady")
    its, jump = request.getfixturevalue("jumping")
    assert its != mine.pk
    for hours in (1, -1, 0):
        assert jump(hours * HOUR) == (True, 0), "it keeps its own lease, and does not get mine"
        assert Duel.objects.lease("steady") is None, "I do not get its lease"
        assert mine.heartbeat()


@pytest.mark.django_db
def test_a_ladder_goes_on_when_the_clock_was_set_back(enter):
    pair = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")
    duel = Duel.objects.queue(Ladder.objects.for_game("tic_tac_toe"), *pair, 4, "a test")
    Duel.objects.filter(pk=duel.pk).update(state="done", created=timezone.now() + timedelta(hours=1))
    assert len(schedule_duels()) == 1
