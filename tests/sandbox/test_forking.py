"""Runners that are forked have what others have and no more, and where none can be forked, others are started."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import msgpack
import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import play_duel
from sparring.sandbox import load_player
from sparring.sandbox.isolation import bubblewrap, walls
from sparring.sandbox.isolation.docker import driver as docker_driver
from sparring.sandbox.prepared import Prepared

GAME = load_game("tic_tac_toe")
SHOWS_ITSELF = """
import os, stat, sys
KINDS = ("Groups", "Umask", "SigBlk", "SigIgn", "CapP", "CapE", "CapB", "CapA", "NoNewPrivs", "Seccomp", "Threads")
for line in open("/proc/self/status"):
    if line.startswith(KINDS):
        print(line.strip())
for name, value in sorted(os.environ.items()):
    print(f"{name}={value}")
print(os.getcwd(), sys.path, sys.flags, sorted(os.listdir("/")))
print(sorted(stat.filemode(os.fstat(file).st_mode)[0] for file in range(5)), len(os.listdir("/proc/self/fd")))
print(open("/proc/self/cgroup").read(), open("/proc/self/limits").read(), open("/proc/net/dev").read())
print(sorted(line.split()[4:6] for line in open("/proc/self/mountinfo")))
class Agent:
    def act(self, observation, legal_actions):
        return legal_actions[0]
"""


OF_THE_ENGINE = {"docker": ("Groups:", "HOSTNAME=", "PWD=", "0::/"), "bubblewrap": ()}
"""Who is started by the engine has a group, and knows what it is called, but not where it is. Who was forked is in a
control group of version 2 of its own, of which it sees the name, ``/agent``."""


@pytest.fixture
def no_zygote_yet(monkeypatch):
    """One of the test's own, which goes with it."""
    zygotes: dict[int, bubblewrap.Zygote] = {}
    monkeypatch.setattr(bubblewrap, "_zygotes", zygotes)
    yield
    for zygote in zygotes.values():
        zygote._process.kill()
        zygote._process.communicate()
        zygote._control.close()


def play(path: Path, packages: Path | None = None, driver: str = "bubblewrap"):
    """How the runner came to be (its process, None if it was not forked), and what its agent printed."""
    player = load_player(str(path), GAME, driver=driver, prepared=Prepared(packages=packages))
    try:
        duel = play_duel(GAME, [player, load("random", GAME)], names=["it", "random"], matches=2, seed=1)
        assert duel.tally().errors == (0, 0)
        return getattr(player.program._guest._sandbox, "entered", None), player.log
    finally:
        player.close()


@pytest.fixture
def agent(tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(SHOWS_ITSELF)
    return path


def shown(log: str, driver: str) -> list[str]:
    """The lines of a log, but for those that are the engine's."""
    return [line for line in log.splitlines() if not line.startswith(OF_THE_ENGINE[driver])]


@pytest.mark.parametrize("driver", ["bubblewrap", pytest.param("docker", marks=pytest.mark.xdist_group("docker"))])
def test_a_forked_runner_sees_and_may_do_what_a_started_one_does(driver, docker, agent, monkeypatch, tmp_path):
    layer = tmp_path / "layer"
    layer.mkdir()
    forked, seen = play(agent, layer, driver)
    monkeypatch.setattr(bubblewrap, "can_enter", lambda _doors: False)
    monkeypatch.setattr(docker_driver, "may_enter", lambda: False)
    started, seen_by_started = play(agent, layer, driver)
    assert (forked is not None, started) == (True, None)
    assert "Seccomp:\t2" in seen
    assert shown(seen, driver) == shown(seen_by_started, driver)


def test_a_runner_is_forked_for_packages_of_the_author_s_own_unless_they_bring_what_it_has_imported(
    tmp_path, monkeypatch
):
    layer = tmp_path / "layer"
    (layer / "theirs").mkdir(parents=True)
    (layer / "theirs" / "__init__.py").write_text("WHAT = 'theirs, from the layer'\n")
    (layer / "typer.py").write_text("WHAT = 'before the arena\\'s'\n")
    path = tmp_path / "agent.py"
    path.write_text("import sys, theirs, typer\nprint(theirs.WHAT, typer.WHAT, sys.path)\n" + SHOWS_ITSELF)
    forked, seen = play(path, layer)
    assert forked is not None
    assert "theirs, from the layer before the arena's" in seen
    with monkeypatch.context() as nobody:
        nobody.setattr(bubblewrap, "can_enter", lambda _doors: False)
        started, seen_by_started = play(path, layer)
    assert started is None
    assert seen.splitlines() == seen_by_started.splitlines()
    (layer / "numpy-1.0.dist-info").mkdir()
    assert play(path, layer)[0] is not None
    shutil.copytree(Path(msgpack.__file__).parent, layer / "msgpack")
    path.write_text("import msgpack\nprint(msgpack.__file__)\n" + SHOWS_ITSELF)
    started, seen = play(path, layer)
    assert started is None
    assert seen.startswith("/packages/msgpack/")


def test_a_zygote_that_was_killed_is_replaced(agent, no_zygote_yet):
    first, _ = play(agent)
    killed = bubblewrap.zygote()
    os.kill(killed._process.pid, signal.SIGKILL)
    killed._process.wait()
    second, _ = play(agent)
    assert None not in (first, second)
    assert bubblewrap.zygote() is not killed


@pytest.mark.xdist_group("docker")
@pytest.mark.parametrize("driver", ["docker"])
def test_where_there_is_no_bubblewrap_containers_start_a_python_of_their_own(driver, docker, agent, monkeypatch):
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "bwrap" else which(program))
    runner, seen = play(agent, driver=driver)
    assert runner is None
    assert "Seccomp:\t2" in seen


def test_where_none_can_enter_a_sandbox_each_runner_is_a_python_of_its_own(agent, monkeypatch, no_zygote_yet):
    monkeypatch.setattr(walls, "MAY_ENTER", ("SETUID", "SETGID", "SETPCAP"))
    runner, _ = play(agent)
    assert runner is None
    assert bubblewrap.zygote() is None
    assert play(agent)[0] is None
