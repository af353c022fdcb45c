"""However a sandbox is frozen, nothing in there runs until it is thawed, and it can be ended while it is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sparring.sandbox.attacks.probe import agent, fire
from sparring.sandbox.attacks.suite import ATTACKS, SMALL
from sparring.sandbox.isolation import bubblewrap, cgroup
from sparring.sandbox.isolation.cgroup import CONTROLLERS, ControlGroup
from sparring.sandbox.isolation.freezer import KEEPER, freezer_of

THINKING = next(attack for attack in ATTACKS if attack.name == "thinking in the opponent's turn")

FORKING = """
import os, threading, time

class Agent:
    born = 0

    def reset(self, game, seat, seed):
        threading.Thread(target=self.bear, daemon=True).start()

    def bear(self):
        while True:
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
            self.born += 1

    def act(self, observation, legal_actions):
        before = self.born
        for _ in range(300):
            if self.born > before:
                return 0
            time.sleep(0.01)
        raise RuntimeError("a child never ran again")
"""


def needs_version_1() -> Path:
    mounts = [mount for mount, _, options in cgroup._mounts("cgroup") if "freezer" in options]
    if not mounts or not os.access(mounts[0], os.W_OK):
        pytest.xfail("no freezer of version 1 here")
    return mounts[0]


def test_by_signals_of_a_guard_where_there_are_no_control_groups(monkeypatch):
    monkeypatch.setattr(bubblewrap, "make_group", lambda _limits: None)
    (finding,) = fire("bubblewrap", [THINKING])
    assert finding.passed, finding.detail


def test_by_the_freezer_of_version_1(monkeypatch):
    folder = needs_version_1()
    found = [parent for parent in cgroup.parents() if set(CONTROLLERS) & set(parent.controllers)]
    monkeypatch.setattr(cgroup, "parents", lambda: [*found, cgroup.Parent(folder, ("freezer",), 1)])
    (finding,) = fire("bubblewrap", [THINKING])
    assert finding.passed, finding.detail


def test_in_version_1_a_keeper_thaws_what_the_arena_left_frozen(tmp_path):
    state = tmp_path / "freezer.state"
    state.write_text("FROZEN")
    keeper = subprocess.Popen(["/bin/sh", "-c", KEEPER, str(state)], stdin=subprocess.PIPE)
    assert keeper.stdin is not None
    keeper.stdin.close()  # as the kernel does when the arena dies
    keeper.wait(10)
    assert state.read_text() == "THAWED\n"


@pytest.mark.parametrize(("driver", "groups"), [("bubblewrap", True), ("bubblewrap", False), ("docker", True)])
def test_a_child_that_is_born_while_its_parent_is_frozen_and_thawed_runs_on(driver, groups, docker, monkeypatch):
    if not groups:
        monkeypatch.setattr(bubblewrap, "make_group", lambda _limits: None)
    lane = np.zeros(1, np.int64)
    with agent(FORKING, SMALL, driver) as program:
        faults = program.begin(lane, np.zeros(1, np.int8), np.zeros(1, np.uint64))
        for _ in range(100):
            assert not faults, faults[0]
            faults = program.act(
                lane, np.zeros((1, 1), np.int8), np.ones((1, 1), np.bool_), np.zeros(1, np.float32)
            ).faults


def test_a_group_is_frozen_only_once_however_often_it_is_asked(tmp_path):
    (tmp_path / "cgroup.freeze").write_text("")
    freezer = freezer_of(ControlGroup([tmp_path]))
    assert freezer is not None
    for _ in range(2):
        freezer.freeze()
    for _ in range(2):
        freezer.thaw()
    freezer.close()
    freezer.close()
    assert (tmp_path / "cgroup.freeze").read_text() == "10"
