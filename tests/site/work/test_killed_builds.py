"""A worker process killed with -9 in the middle of a build: the next one does it, and nothing half-made counts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

DEADLINE = 120.0
WORK = """
import io, os, sys, threading, zipfile, sparring.site
sparring.site.setup()
from django.core.management import call_command
from sparring.site.accounts.models import User
from sparring.site.submissions.models import Build, Version
from sparring.site.work.builds import build_once
if len(sys.argv) > 1:
    call_command("migrate", verbosity=0)
    alice = User.objects.create_user("alice", password=None)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("sparring.toml", sys.argv[1])
    Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.zip", content.getvalue())
while not build_once("w", threading.Event()):
    threading.Event().wait(0.05)
build = Build.objects.get()
print(build.version.state, build.attempt, build.losses, build.version.prepared().folder)
"""
TOML = 'command = ["./agent"]\ncompile = ["sh", "-c", "echo half > agent; sleep 3; echo whole > agent"]\n'


def half_made(folder: Path) -> list[Path]:
    """Files that builds are making just now."""
    return list(folder.glob("compiled/tmp-*/agent"))


def test_a_build_whose_worker_is_killed_is_done_by_the_next(tmp_path):
    home = tmp_path / "arena"
    environment = os.environ | {"SPARRING_HOME": str(home), "SPARRING_LEASE_SECONDS": "1"}
    environment.pop("DATABASE_URL", None)
    worker = subprocess.Popen([sys.executable, "-c", WORK, TOML], env=environment)
    pause, began = threading.Event(), time.monotonic()
    while not half_made(home):
        assert time.monotonic() - began < DEADLINE
        pause.wait(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    done = subprocess.run([sys.executable, "-c", WORK], env=environment, capture_output=True, text=True, check=True)
    state, attempt, losses, folder = done.stdout.split()
    assert (state, attempt, losses) == ("built", "2", "1")
    assert (Path(folder) / "agent").read_text() == "whole\n"
    assert len(half_made(home)) == 1, "what was half made is swept a day later, and shown to nobody"
    assert half_made(home)[0].read_text() == "half\n", "its sandbox died with its worker"
