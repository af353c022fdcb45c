"""What a person sees of a run."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from sparring.engine import load_game
from sparring.learning import terminal
from sparring.learning.configuration import configure
from sparring.learning.evaluation.rating import Rating
from sparring.learning.probes import ProbeResult
from sparring.learning.probes.yardstick import MEAN_RETURN
from sparring.learning.runs.progress import Progress
from sparring.learning.terminal import TrainingView
from sparring.learning.train import train

SETTINGS = {"environments": "16", "rollout": "8", "batch": "64", "hidden": "16", "steps": "1280", "name": "ada"}


def shown(is_terminal: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=is_terminal, width=100, color_system=None)
    config = configure(load_game("tic_tac_toe"), SETTINGS)
    with TrainingView(config, console) as view:
        view.finish(train(config, on_update=view.update))
    return text.getvalue()


def test_a_terminal_shows_progress_strength_and_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "REFRESH_SECONDS", 0.0)
    text = shown(is_terminal=True)
    assert text.index("Getting ready") < text.index("vs random"), "there is no empty screen while rules are compiled"
    for word in ("Tic-tac-toe", "ada", "steps", "keeps the result", "vs random", "vs minimax", "value loss", "entropy"):
        assert word in text
    assert "Published as tic_tac_toe/ada@1" in text


def test_the_view_shows_what_an_algorithm_says_and_nothing_that_it_does_not(sparring_home: Path) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    config = configure(load_game("connect_four"), {"name": "ada"})
    progress = Progress("ada", "Connect Four", 3, 1000, 65.0)
    progress.metrics = {"replay/positions": 123456.0, "loss/value": 0.25, "time/play": 1.0, "schedule/clip": 0.2}
    progress.probe = ProbeResult(-150.0, 10, yardstick=MEAN_RETURN)
    progress.probe_baseline = -1200.0
    progress.results = {"model:connect_four/somebody_with_a_long_name@12": 0.5}
    progress.rating = Rating(120.0, 50.0)
    progress.notes = ["A sentence of many words " * 8]
    view = TrainingView(config, console)
    console.print(view.render(progress))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for word in ("positions", "123,456", "value loss", "mean return", "-150", "random play", "+120 ± 98", "1:05"):
        assert word in text
    for word in ("entropy", "explained", "clip", "Infinity", "nan"):
        assert word not in text
    assert max(map(len, text.splitlines())) <= 80


def test_where_nobody_looks_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "LINE_SECONDS", 0.0)
    lines = shown(is_terminal=False).splitlines()
    assert "\x1b" not in "".join(lines)
    assert len(lines) == 12
    assert "100%" in lines[9]
    assert "1,280 steps" in lines[9]
    assert "keeps the result" in lines[9]
    assert lines[-1].startswith("Published as tic_tac_toe/ada@1")


def test_ctrl_c_stops_a_run_that_can_go_on(sparring_home: Path) -> None:
    import signal

    command = [sys.executable, "-m", "sparring.cli", "train", "tic_tac_toe", "--minutes", "5", "--name", "ada"]
    options = [word for key in ("environments", "rollout", "hidden") for word in ("--set", f"{key}={SETTINGS[key]}")]
    process = subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "200"}
    )
    assert process.stderr is not None
    assert "steps/s" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    assert process.wait(timeout=30) == 0
    assert "Go on with: sparring runs resume ada" in rest
    assert list((sparring_home / "runs" / "ada" / "checkpoints").glob("0*"))
