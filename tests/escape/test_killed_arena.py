"""Nothing of an agent outlives an arena that is killed with -9, whether it was the agent's turn or not."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

DRIVERS = ["bubblewrap", pytest.param("docker", marks=pytest.mark.xdist_group("docker"))]
AGENT = """
import os, subprocess
subprocess.Popen(["/bin/sh", "-c", "while :; do sleep 1000; done; : {marker}"])
class Agent:
    def act(self, observation, legal_actions):
        while True: pass
"""
ARENA = """
import os, sys, time, numpy as np
from sparring.engine import load_game
from sparring.sandbox import load_player
from sparring.sandbox.isolation import controls
path, driver, whose_turn, switch = sys.argv[1:]
if switch == "off" and driver == "bubblewrap":
    controls._off = frozenset([controls.DIES_WITH_ARENA])
player = load_player(path, load_game("tic_tac_toe"), driver=driver)
assert player.begin(np.zeros(1, np.int64), np.zeros(1, np.int8), np.zeros(1, np.uint64)) == {}
if switch == "off" and driver == "docker" and os.fork() == 0:
    time.sleep(4)  # somebody else holds the end of the guard's pipe
    os._exit(0)
print("playing", flush=True)
if whose_turn == "its own":
    player.program.act(np.zeros(1, np.int64), np.zeros((1, 9)), np.ones((1, 9), bool), np.zeros(1, np.float32))
time.sleep(3600)
"""


def marked(marker: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def sharing_process_ids_with(pids: list[int]) -> list[int]:
    """Everybody in the sandboxes of these processes, and nobody who is in none."""
    sandboxes = {Path(f"/proc/{pid}/ns/pid").readlink() for pid in pids} - {Path("/proc/self/ns/pid").readlink()}
    found = []
    for path in Path("/proc").glob("[0-9]*/ns/pid"):
        with contextlib.suppress(OSError):
            found += [int(path.parts[2])] if path.readlink() in sandboxes else []
    return found


def kill_arena(folder: Path, driver: str, whose_turn: str, switch: str = "on") -> str:
    """Start an arena with an agent, kill it, and return the marker of the agent's child."""
    marker = secrets.token_hex(8)
    path = folder / "agent.py"
    path.write_text(AGENT.replace("{marker}", marker))
    command = [sys.executable, "-c", textwrap.dedent(ARENA), str(path), driver, whose_turn, switch]
    arena = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert arena.stdout is not None
    assert arena.stdout.readline() == "playing\n"
    assert marked(marker)
    time.sleep(0.2)
    arena.kill()
    arena.wait()
    arena.stdout.close()
    return marker


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("whose_turn", ["its own", "the opponent's"])
def test_the_sandbox_dies_with_a_killed_arena(driver, whose_turn, docker, tmp_path):
    marker = kill_arena(tmp_path, driver, whose_turn)
    deadline = time.monotonic() + 10
    while marked(marker) and time.monotonic() < deadline:
        os.sched_yield()
    assert marked(marker) == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_it_would_not_if_nothing_saw_to_it(driver, docker, tmp_path):
    marker = kill_arena(tmp_path, driver, "its own", switch="off")
    time.sleep(1.5)
    left = marked(marker)
    for pid in sharing_process_ids_with(left):
        with contextlib.suppress(ProcessLookupError):  # the first one in there takes the others with it
            os.kill(pid, signal.SIGKILL)
    assert left
