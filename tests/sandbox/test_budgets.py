"""Budgets: who can be held to which, and what an agent gets of it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sparring.agents import parse_spec
from sparring.engine import load_game
from sparring.errors import BadOption, SparringError
from sparring.matches import play_duel
from sparring.sandbox import Limits, load_player
from sparring.sandbox.budgets import check_limits, within
from sparring.sandbox.instructions import TASK_CLOCK, GroupCounter, why_uncountable
from sparring.sandbox.isolation.cgroup import make_group

GAME = load_game("tic_tac_toe")
SLEEPY = "import time\nclass Agent:\n    def act(self, o, legal):\n        time.sleep(0.06)\n        return legal[0]\n"
BUSY = SLEEPY.replace(
    "time.sleep(0.06)", "end = time.process_time() + 0.06\n        while time.process_time() < end: pass"
)
BY_SIMULATIONS = Limits(budget="simulations", simulations=100)


@pytest.mark.parametrize(
    ("text", "simulations"),
    [
        ("mcts:simulations=1000", 100),
        ("mcts:simulations=30", 30),
        ("search:tic_tac_toe/a@1,considered=4,simulations=900,temperature=1", 100),
        ("search:tic_tac_toe/a@1,simulations=20", 20),
        ("search:tic_tac_toe/a@1", 100),
    ],
)
def test_where_simulations_are_the_budget_nobody_searches_with_more(text: str, simulations: int) -> None:
    spec = within(parse_spec(text), BY_SIMULATIONS, "trusted")
    found = spec.options.get("simulations") or int(re.findall(r"simulations=(\d+)", spec.argument)[0])
    assert found == simulations
    assert spec.argument.replace(f"simulations={simulations}", "").count("simulations") == 0


def test_the_same_simulations_are_played_however_slow_the_machine_is() -> None:
    def actions() -> list[list[int]]:
        players = [load_player(spec, GAME, limits=BY_SIMULATIONS) for spec in ("mcts:simulations=5000", "random")]
        return [record.actions.tolist() for record in play_duel(GAME, players, ["a", "b"], 4, seed=2).records]

    assert actions() == actions()


def test_code_of_others_is_refused_where_simulations_are_the_budget(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(SLEEPY)
    with pytest.raises(SparringError, match=r"can't be held to a number of simulations"):
        load_player(str(tmp_path / "agent.py"), GAME, limits=BY_SIMULATIONS)


def test_nobody_counts_processor_time_on_the_machine_of_a_server() -> None:
    with pytest.raises(SparringError, match="Choose the budget wall"):
        load_player("http://127.0.0.1:9", GAME, limits=Limits(budget="cpu"))


@pytest.mark.parametrize(
    "limits",
    [Limits(budget="moon"), Limits(move_seconds=0.0), Limits(bank_seconds=-1.0), Limits(simulations=0)],
)
def test_limits_that_make_no_sense_are_refused_with_a_sentence(limits: Limits) -> None:
    with pytest.raises(BadOption, match=r"\.$"):
        check_limits(limits)


@pytest.mark.parametrize("driver", ["trusted", "bubblewrap"])
@pytest.mark.parametrize(
    ("source", "budget", "faults"), [(SLEEPY, "wall", 2), (SLEEPY, "cpu", 0), (BUSY, "wall", 2), (BUSY, "cpu", 2)]
)
def test_wall_and_processor_are_told_apart(tmp_path: Path, driver: str, source: str, budget: str, faults: int) -> None:
    (tmp_path / "agent.py").write_text(source)
    limits = Limits(budget=budget, move_seconds=0.03, first_move_seconds=0.03, bank_seconds=0.02)
    player = load_player(str(tmp_path / "agent.py"), GAME, driver=driver, limits=limits)
    records = play_duel(GAME, [player, load_player("random", GAME)], ["it", "random"], 2, seed=1).records
    player.close()
    assert sum(record.fault is not None and record.fault.kind == "time" for record in records) == faults
    assert {record.terms["budget"] for record in records} == {budget}


def test_a_record_says_which_code_played(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(SLEEPY.replace("0.06", "0"))
    players = [load_player(str(tmp_path / "agent.py"), GAME), load_player("minimax:depth=2", GAME)]
    first, second = play_duel(GAME, players, ["a", "b"], 2, seed=1).records
    assert first.agents == tuple(reversed(second.agents))
    assert re.fullmatch("sha256:[0-9a-f]{64}", first.agents[0])
    assert first.agents[1] == "minimax:depth=2"


def test_a_league_of_instructions_is_refused_where_nobody_can_count_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparring.sandbox.budgets.why_uncountable", lambda: "Instructions can't be counted here.")
    with pytest.raises(SparringError, match="can't be counted here"):
        check_limits(Limits(budget="instructions"))


def test_whether_instructions_can_be_counted_is_tried_out_and_said_in_a_sentence() -> None:
    reason = why_uncountable()
    assert reason is None or re.fullmatch(r"Instructions can't be counted here \(.+\): .+\.", reason)


def test_what_a_group_does_is_counted_by_the_kernel(tmp_path: Path) -> None:
    """By the clock of its tasks, which every machine has; instructions are counted by the very same calls."""
    group = make_group(Limits())
    folder = next((each for each in group.folders if (each / "cgroup.controllers").exists()), None) if group else None
    if folder is None:
        with pytest.raises(SparringError, match="counted"):
            GroupCounter(tmp_path, TASK_CLOCK)
        return
    counter = GroupCounter(folder, TASK_CLOCK)
    try:
        assert counter.read() == 0
        _burn_in(folder, 0.2)
        assert 0.2e9 <= counter.read() < 5e9
    finally:
        counter.close()
        assert group is not None
        group.remove()


def _burn_in(group: Path, seconds: float) -> None:
    import subprocess
    import sys

    work = f"import time\nwhile time.process_time() < {seconds}: pass"
    script = f'echo $$ > {group}/cgroup.procs; "{sys.executable}" -S -c "{work}" & wait'
    subprocess.run(["/bin/sh", "-c", script], check=True)


def test_a_house_agent_is_on_no_clock() -> None:
    players = [load_player("random", GAME, limits=Limits(move_seconds=1e-9)) for _ in range(2)]
    records = play_duel(GAME, players, ["a", "b"], 2, seed=1).records
    assert all(record.fault is None and record.terms == {} for record in records)
    assert np.isfinite(records[0].cpu_seconds).all()
