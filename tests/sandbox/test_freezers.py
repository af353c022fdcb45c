"""However a sandbox is frozen, nothing in there runs until it is thawed, and it can be ended while it is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sparring.sandbox.attacks.probe import fire
from sparring.sandbox.attacks.suite import ATTACKS
from sparring.sandbox.isolation import bubblewrap, cgroup
from sparring.sandbox.isolation.cgroup import CONTROLLERS, ControlGroup
from sparring.sandbox.isolation.freezer import KEEPER, freezer_of

THINKING = next(attack for attack in ATTACKS if attack.name == "thinking in the opponent's turn")


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
