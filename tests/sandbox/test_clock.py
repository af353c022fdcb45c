"""The clock of an agent: moves, first moves, banks; and whose word counts about the time that was used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.agents.artefact import check_artefact
from sparring.agents.player import Reply
from sparring.agents.program import GameInfo
from sparring.engine import load_game
from sparring.sandbox.clock import CALL_SECONDS, GROWTH, Clock, Work
from sparring.sandbox.limits import FENCE, INSTRUCTIONS_A_SECOND, Limits
from sparring.sandbox.meter import Meter
from sparring.sandbox.program import SandboxProgram

LIMITS = Limits(move_seconds=1.0, first_move_seconds=3.0, bank_seconds=2.0)
BUSY = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass\n"


def clock(limits: Limits = LIMITS, lanes: int = 4) -> Clock:
    made = Clock(limits)
    made.begin(list(range(lanes)))
    return made


def seconds(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def work(wall: float, cpu: float, seen_wall: float, seen_cpu: float | None, rows: int = 1) -> Work:
    return Work(np.full(rows, wall / rows), np.full(rows, cpu / rows), seen_wall, seen_cpu)


def test_the_first_move_of_a_match_may_take_longer_than_later_ones() -> None:
    told = clock()
    assert told.allowed([0]).tolist() == [5.0]
    assert told.charge([0], seconds(3.0)) == []
    assert told.allowed([0]).tolist() == [3.0]
    told.begin([0])
    assert told.allowed([0]).tolist() == [5.0]


def test_unless_it_is_said_otherwise_a_first_move_may_take_five_times_as_long() -> None:
    assert Limits(move_seconds=2.0).first_move == 10.0
    assert Limits(move_seconds=2.0, first_move_seconds=1.0).first_move == 2.0


def test_long_moves_use_up_the_bank_of_their_match_and_of_no_other() -> None:
    told = clock()
    told.charge([0, 1], seconds(0.1, 0.1))
    assert told.charge([0, 1], seconds(2.5, 0.5)) == []
    assert told.allowed([0, 1]).tolist() == [1.5, 3.0]
    assert told.charge([0, 1], seconds(1.6, 2.9)) == [0]


def test_a_call_for_many_matches_gives_each_the_time_that_it_would_have_alone() -> None:
    told = clock(lanes=10)
    assert told.allowed_together(list(range(10))) == pytest.approx(10 * 5.0)
    assert told.charge(list(range(10)), np.full(10, 4.9)) == []
    assert told.charge(list(range(10)), np.full(10, 1.2)) == list(range(10))


def test_a_call_carries_few_positions_until_the_agent_has_shown_how_quick_it_is() -> None:
    told = clock(lanes=10_000)
    first = told.rows_at_once()
    assert first == CALL_SECONDS // (LIMITS.first_move + LIMITS.bank_seconds)
    told.charge(list(range(first)), np.full(first, 1e-5))
    assert told.rows_at_once() == GROWTH * first
    told.charge(list(range(first)), np.full(first, 2.0))
    assert told.rows_at_once() == 20


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0.001, 10), st.floats(0, 40), st.integers(1, 50))
def test_no_agent_is_charged_more_on_the_wall_than_was_seen_nor_less_than_it_worked(
    wall: float, cpu: float, seen_wall: float, seen_cpu: float, rows: int
) -> None:
    told = work(wall, cpu, seen_wall, seen_cpu, rows)
    assert told.true_wall().sum() <= seen_wall * 1.001
    assert told.true_wall().sum() >= min(seen_wall, seen_cpu - 0.005 - 2e-5 * rows) * 0.999
    assert told.true_cpu().sum() <= max(seen_cpu, 0) * 1.001
    assert told.true_cpu().sum() >= seen_cpu - 0.005 - 2e-5 * rows - 1e-6


def test_work_that_the_runner_does_not_tell_of_is_charged() -> None:
    assert work(wall=0.0, cpu=0.0, seen_wall=0.8, seen_cpu=0.7).true_wall().sum() == pytest.approx(0.7)
    assert work(wall=0.0, cpu=0.0, seen_wall=0.8, seen_cpu=3.1).true_cpu().sum() == pytest.approx(3.1)


def test_waiting_for_a_busy_machine_is_not_charged() -> None:
    assert work(wall=0.1, cpu=0.1, seen_wall=0.9, seen_cpu=0.1).true_wall().sum() == pytest.approx(0.1)


def test_instructions_are_counted_whatever_the_clock_says() -> None:
    seen = Work(seconds(5.0, 5.0), seconds(1.0, 3.0), 10.0, 4.0, seen_instructions=2.0 * INSTRUCTIONS_A_SECOND)
    assert seen.spent("instructions").tolist() == pytest.approx([0.5, 1.5])
    assert seen.spent("cpu").tolist() == [1.0, 3.0]
    assert seen.spent("wall").tolist() == [5.0, 5.0]


def test_where_the_wall_is_not_the_budget_it_stays_a_fence() -> None:
    assert Limits().wall_seconds(2.0) == 2.0
    assert Limits(budget="cpu").wall_seconds(2.0) == FENCE * 3.0


def test_the_kernel_tells_what_a_process_its_threads_and_its_children_have_used() -> None:
    script = f"""
import subprocess, sys, threading
thread = threading.Thread(target=exec, args=({BUSY.format(0.2)!r}, {{}}))
thread.start(); thread.join()
subprocess.run([sys.executable, "-c", {BUSY.format(0.2)!r}])
print("done", flush=True)
input()
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as process:
        meter = Meter(root=process.pid)
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        assert 0.38 < meter.cpu_seconds() < 3.0
        assert meter.waiting_seconds() >= 0.0
        process.communicate(b"\n")
    before = meter.cpu_seconds()
    assert meter.cpu_seconds() == before
    meter.close()


def program(path: Path, source: str, limits: Limits) -> SandboxProgram:
    (path / "agent.py").write_text(source)
    return SandboxProgram(check_artefact(path / "agent.py"), GameInfo.of(load_game("tic_tac_toe")), limits)


def asked(path: Path, body: str, limits: Limits, calls: int = 1, above: str = "") -> list[Reply]:
    """The replies of an agent whose ``act`` has this body, and ``above`` above it, to so many turns of one match."""
    lines = "\n        ".join(body.splitlines())
    head = f"import os, sys, threading, time\n{above}\nclass Agent:\n    def act(self, observation, legal):\n"
    source = f"{head}        {lines}\n"
    played = program(path, source, limits)
    try:
        lanes, mask = np.zeros(1, np.int64), np.ones((1, 9), np.bool_)
        played.begin(lanes, np.zeros(1, np.int8), np.zeros(1, np.uint64))
        observations, rewards = np.zeros((1, 9), np.float32), np.zeros(1, np.float32)
        return [played.act(lanes, observations, mask, rewards) for _ in range(calls)]
    finally:
        played.close()


def test_an_agent_that_sleeps_uses_the_wall_and_no_processor(tmp_path: Path) -> None:
    (reply,) = asked(tmp_path, "time.sleep(0.3)\nreturn 0", LIMITS)
    assert reply.seconds[0] >= 0.3
    assert reply.cpu_seconds[0] < 0.1


def test_where_processor_time_is_the_budget_sleep_costs_nothing_and_work_does(tmp_path: Path) -> None:
    limits = Limits(budget="cpu", move_seconds=0.2, first_move_seconds=0.2, bank_seconds=0.0)
    assert not asked(tmp_path, "time.sleep(0.5)\nreturn 0", limits)[0].faults
    (reply,) = asked(tmp_path, "while True: pass", limits)
    assert reply.faults[0].kind == "time"
    assert reply.cpu_seconds[0] < 2.0


def test_an_agent_that_sets_back_the_runners_clocks_is_charged_for_its_work(tmp_path: Path) -> None:
    above = """for name, module in list(sys.modules.items()):
    for clock in ("perf_counter", "process_time"):
        if name.startswith("sparring") and hasattr(module, clock): setattr(module, clock, lambda: 0.0)"""
    first, second = asked(tmp_path, f"{BUSY.format(0.3)}return 0", LIMITS, calls=2, above=above)
    assert second.seconds[0] > 0.25
    assert second.cpu_seconds[0] > 0.25
    assert not first.faults


def test_an_agent_that_lets_a_child_work_is_charged_for_the_child(tmp_path: Path) -> None:
    body = (
        f"child = os.fork()\nif child == 0:\n    exec({BUSY.format(0.3)!r}, {{}})\n    os._exit(0)\nos.wait()\nreturn 0"
    )
    (reply,) = asked(tmp_path, body, LIMITS)
    assert reply.cpu_seconds[0] > 0.25


def test_what_an_agent_works_while_nobody_asks_it_is_charged_to_its_next_move(tmp_path: Path) -> None:
    body = (
        "threading.Thread(target=exec, args=('while True: pass', {}), daemon=True).start()\ntime.sleep(0.2)\nreturn 0"
    )
    replies = asked(tmp_path, body, Limits(budget="cpu"), calls=2)
    assert all(reply.cpu_seconds[0] > 0.02 for reply in replies)
