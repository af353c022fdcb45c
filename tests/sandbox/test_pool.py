"""Sandboxes that wait for agents."""

from __future__ import annotations

from pathlib import Path

import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import play_duel
from sparring.sandbox import Limits, keep_ready, load_player, pool

GAME = load_game("tic_tac_toe")
LIMITS = Limits(memory_mib=512)
TELLS_ITS_PROCESS = """
import os, time
class Agent:
    def act(self, observation, legal_actions):
        started = open("/tmp/started", "a")
        print(os.path.getsize("/tmp/started"), flush=True)
        started.write("x")
        started.close()
        return legal_actions[0]
"""


@pytest.fixture
def waiting():
    keep_ready("bubblewrap", 2, LIMITS, wait=True)
    yield
    keep_ready("bubblewrap", 0, LIMITS, wait=True)
    assert pool.count_ready("bubblewrap", LIMITS) == 0


def play(path: Path):
    player = load_player(str(path), GAME, driver="bubblewrap", limits=LIMITS)
    process = player.program._guest._sandbox.process
    duel = play_duel(GAME, [player, load("random", GAME)], names=["it", "random"], matches=2, seed=1)
    player.close()
    assert duel.tally().errors == (0, 0)
    return process.pid, player.log


def test_an_agent_gets_a_sandbox_that_waited_and_another_takes_its_place(waiting, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(TELLS_ITS_PROCESS)
    waited = [each.sandbox.process.pid for each in pool._own_pool().waiting[pool.Kind.of("bubblewrap", LIMITS)]]
    served = [play(path) for _ in range(3)]
    assert [pid for pid, _ in served[:2]] == waited
    assert len({pid for pid, _ in served}) == 3
    keep_ready("bubblewrap", 2, LIMITS, wait=True)
    assert pool.count_ready("bubblewrap", LIMITS) == 2


def test_nobody_finds_what_another_agent_left(waiting, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(TELLS_ITS_PROCESS)
    assert [play(path)[1].splitlines()[0] for _ in range(4)] == ["0"] * 4


def test_a_sandbox_that_died_while_it_waited_serves_nobody(waiting, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(TELLS_ITS_PROCESS)
    dead = [each.sandbox for each in pool._own_pool().waiting[pool.Kind.of("bubblewrap", LIMITS)]]
    for sandbox in dead:
        sandbox.kill()
    assert play(path)[0] not in [sandbox.process.pid for sandbox in dead]


def test_other_limits_are_served_by_a_sandbox_of_their_own(waiting, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(TELLS_ITS_PROCESS)
    player = load_player(str(path), GAME, driver="bubblewrap", limits=Limits(memory_mib=300))
    assert player.lanes is None
    player.close()
    assert pool.count_ready("bubblewrap", LIMITS) == 2
