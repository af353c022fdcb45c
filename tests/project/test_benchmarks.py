"""The measuring itself: in turn, told apart from start-up, and honest about what could not be measured."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sparring.engine import Batch, load_game

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def bench_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a contestant: it answers 10, 20, 30 … times its factor and logs each turn."""

    def write(name: str, factor: float, end: str = ""):
        from contest import Contestant

        path = tmp_path / f"{name}.py"
        path.write_text(
            f"import sys\nsys.path.insert(0, {str(BENCHMARKS / 'contestants')!r})\nfrom contestant import serve\n"
            f"turns = []\ndef measure(seconds):\n    {end or 'pass'}\n    turns.append(1)\n"
            f"    open({str(tmp_path / 'order')!r}, 'a').write({name!r})\n"
            f"    return {{'value': 10.0 * len(turns) * {factor}, 'seconds': seconds}}\n"
            "print('a library says hello')\nserve(lambda: measure, ['numpy', 'no-such-package'])\n"
        )
        return Contestant(name, [sys.executable, path])

    return write


def quiet(progress: str) -> None:
    pass


def test_contestants_are_measured_in_turn(script, tmp_path):
    from contest import contest

    one, other = contest([script("A", 1), script("B", 2)], rounds=3, seconds=0.5, say=quiet)
    assert (tmp_path / "order").read_text() == "ABABAB"
    assert one.values == [10, 20, 30]
    assert other.median == 40
    assert one.details == {"seconds": 0.5}
    assert other.versions["no-such-package"] == "not installed"


def test_a_contestant_that_dies_is_told_with_its_last_words(script):
    from contest import ContestantError, contest

    with pytest.raises(ContestantError, match=r"B: .*broken engine"):
        contest([script("A", 1), script("B", 2, "raise SystemExit('broken engine')")], 2, 0.1, quiet)


def test_a_promise_is_met_or_missed_by_the_median_ratio_of_the_rounds(script):
    from contest import contest
    from part import Target
    from report import check, describe

    measured = contest([script("A", 9), script("B", 1)], rounds=2, seconds=0.1, say=quiet)
    assert check(Target("A", 8, "B"), measured) == (9, True)
    assert check(Target("A", 10, "B"), measured) == (9, False)
    assert check(Target("B", 15), measured) == (15, True)
    assert check(Target("B", 14), measured) == (15, False)
    assert describe(Target("B", 1 / 5, "A"), 1 / 9) == ("1/9.00 of A", "at least 1/5")


def test_the_page_gets_its_table_and_keeps_its_words(script, tmp_path, monkeypatch):
    import report
    from contest import contest
    from part import Part, Target

    page = tmp_path / "benchmarks.md"
    page.write_text("Before.\n" + report.BEGIN + "old\n" + report.END + "After.\n")
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "LATEST", tmp_path / "results" / "latest.json")
    contestants = [script("A", 1), script("B", 2)]
    part = Part("toy", "A toy", "steps/s", contestants, [Target("B", 3, "A")])
    lost = Part("lost", "Lost", "steps/s", contestants, [])
    outcomes = [report.Outcome(part, contest(contestants, 1, 0.1, quiet)), report.Outcome(lost, [], "no compiler")]
    report.publish(report.document(outcomes, quick=False))
    text = page.read_text()
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "| B: at least 3x | 2.0x A | **missed** |" in text
    assert "Not measured: no compiler" in text
    assert "old" not in text
    assert json.loads(report.LATEST.read_text())["parts"][0]["targets"][0]["met"] is False


def test_where_the_time_goes_is_told_of_those_who_tell_it():
    from report import time_lines

    told = [("Ours", {"phases": {"play": 1.0, "learn": 3.0}}), ("Theirs", {"seconds": 2.0}), ("Idle", {"phases": {}})]
    assert time_lines(told) == ["Ours: play 25.0%, learn 75.0%"]
    assert time_lines([("Ours", {"processor_ms_a_duel": {"workers": 110.4, "agents": 80.5}})]) == [
        "Ours, processor time of a duel: workers 110 ms, agents 80.5 ms"
    ]


def test_every_part_names_scripts_that_are_there_and_promises_about_who_takes_part():
    from parts import parts

    for part in parts():
        labels = {contestant.label for contestant in part.contestants}
        for target in part.targets:
            assert {target.label, target.peer or target.label} <= labels
        for contestant in part.contestants:
            assert (BENCHMARKS / "contestants" / contestant.command[1]).is_file(), contestant.command[1]


def test_the_boards_of_the_peers_are_the_same_connect_four(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS / "ppo"))
    from boards import Boards

    theirs, ours = Boards(64), Batch(load_game("connect_four"), 64, seed=1)
    ended = 0
    for _ in range(150):
        assert (theirs.masks() == ours.masks).all()
        assert (theirs.observe() == ours.observations).all()
        movers, actions = ours.seats.copy(), ours.random_actions()
        won, over = theirs.step(actions)
        ours.step(actions)
        assert (over == ours.over).all()
        assert (won == (ours.rewards[np.arange(64), movers] > 0)).all()
        ended += over.sum()
    assert ended > 300


def test_the_time_of_the_environment_is_told_apart(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS / "ppo"))
    monkeypatch.setattr(Batch, "step", lambda batch, actions: time.sleep(0.01))
    monkeypatch.setattr(Batch, "random_play", Batch.random_play)
    from environment_clock import EnvironmentClock

    clock = EnvironmentClock()
    batch = Batch(load_game("tic_tac_toe"), 2, seed=1)
    for _ in range(3):
        batch.step(batch.random_actions())
    split = clock.split({"play": 1.0, "learn": 2.0})
    assert split["play: environment"] >= 0.03
    assert sum(split.values()) == pytest.approx(3.0)
    assert list(split) == ["play: environment", "play: network", "learn"]
