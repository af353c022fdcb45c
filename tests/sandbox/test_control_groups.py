"""Control groups: made where we may, with the limits in them, and removed. The kernel's part is for tests/escape."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sparring.sandbox.isolation import cgroup
from sparring.sandbox.isolation.cgroup import CONTROLLERS, Parent, make_group, parents_version_1, parents_version_2
from sparring.sandbox.limits import Limits

LIMITS = Limits(memory_mib=100, processes=7)


def hierarchy(top: Path, groups: dict[str, str]) -> None:
    """A tree of groups: path -> controllers that groups below it have."""
    for path, controllers in groups.items():
        folder = top / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.subtree_control").write_text(controllers)
        (folder / "cgroup.procs").write_text("")


def pretend(monkeypatch: pytest.MonkeyPatch, kind: str, mounts: list, own: list) -> None:
    monkeypatch.setattr(cgroup, "_mounts", lambda wanted: mounts if wanted == kind else [])
    monkeypatch.setattr(cgroup, "_own_groups", lambda: own)


def test_in_version_2_the_nearest_group_that_passes_controllers_on_is_taken(tmp_path, monkeypatch):
    hierarchy(tmp_path, {"": "cpu memory pids", "slice": "memory pids", "slice/service": ""})
    pretend(monkeypatch, "cgroup2", [(tmp_path, "/", ["rw"])], [([""], "/slice/service")])
    assert parents_version_2() == [Parent(tmp_path / "slice", CONTROLLERS, 2)]


def test_in_version_2_a_hierarchy_without_our_controllers_is_of_no_use(tmp_path, monkeypatch):
    hierarchy(tmp_path, {"": "cpu", "slice": "cpu"})
    pretend(monkeypatch, "cgroup2", [(tmp_path, "/", ["rw"])], [([""], "/slice")])
    assert parents_version_2() == []


def test_in_version_1_each_controller_has_its_own_hierarchy(tmp_path, monkeypatch):
    (tmp_path / "memory/mine").mkdir(parents=True)
    (tmp_path / "pids").mkdir()
    mounts = [(tmp_path / "memory", "/", ["rw", "memory"]), (tmp_path / "pids", "/", ["rw", "pids"])]
    pretend(monkeypatch, "cgroup", mounts, [(["memory"], "/mine"), (["pids"], "/")])
    found = [Parent(tmp_path / "memory/mine", ("memory",), 1), Parent(tmp_path / "pids", ("pids",), 1)]
    assert parents_version_1() == found
    pretend(monkeypatch, "cgroup", mounts[:1], [(["memory"], "/mine")])
    assert parents_version_1() == []


@pytest.mark.parametrize(("version", "name"), [(1, "memory.limit_in_bytes"), (2, "memory.max")])
def test_a_group_gets_its_limits(tmp_path, monkeypatch, version, name):
    monkeypatch.setattr(cgroup, "parents", lambda: [Parent(tmp_path, CONTROLLERS, version)])
    group = make_group(LIMITS)
    assert group is not None
    (folder,) = group.folders
    assert (folder / name).read_text() == str(100 * 2**20)
    assert (folder / "pids.max").read_text() == str(7 + cgroup.SPARE_PROCESSES)
    assert group.doors == [str(folder / "cgroup.procs")]


@pytest.mark.parametrize(
    ("name", "text", "killed"),
    [
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", False),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
        ("memory.events", "low 0\nmax 31\noom 1\noom_kill 1\noom_group_kill 0\n", True),
        ("memory.events", "low 0\nmax 31\noom 1\noom_kill 0\noom_group_kill 0\n", False),
    ],
)
def test_a_kill_for_memory_is_noticed(tmp_path, name, text, killed):
    (tmp_path / name).write_text(text)
    assert cgroup.ControlGroup([tmp_path]).out_of_memory() is killed


def test_groups_of_processes_that_are_gone_are_swept(tmp_path):
    (tmp_path / f"sparring-{os.getpid()}-0").mkdir()
    (tmp_path / "sparring-4194305-0").mkdir()  # no process has an id that high
    cgroup._sweep(tmp_path)
    assert [folder.name for folder in tmp_path.iterdir()] == [f"sparring-{os.getpid()}-0"]


def test_where_no_group_can_be_made_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroup, "parents", lambda: [Parent(tmp_path / "nowhere", CONTROLLERS, 2)])
    assert make_group(LIMITS) is None
