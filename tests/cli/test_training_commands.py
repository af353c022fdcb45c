"""Training from the command line: presets, checks, jobs in the background, evaluation."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sparring.cli import main, tensorboard
from sparring.learning.configuration.described import settings_of_a_run, settings_of_an_algorithm
from sparring.learning.dqn import DQNSettings

Sparring = Callable[..., "Ended"]

SETTINGS = {"environments": 16, "rollout": 8, "batch": 64, "network.hidden": 16}
QUICKLY_MEASURED = {"evaluation.against": "random", "matches": 2, "final_matches": 2}
SMALL = [word for key, value in (SETTINGS | QUICKLY_MEASURED).items() for word in ("--set", f"{key}={value}")]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@dataclass
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def sparring(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Sparring:
    """The command line in this process, which has PyTorch at hand; what it starts are processes of their own."""
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "SPARRING_HOME": str(home)}.items():
        monkeypatch.setenv(name, value)

    def call(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["sparring", *words])
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return Ended(status, *capfd.readouterr())

    return call


def said(sparring: Sparring, *words: str) -> str:
    result = sparring(*words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def wait_for(home: Path, run: str, word: str) -> None:
    """Until the log of a run holds a word."""
    deadline = time.monotonic() + 60
    log = home / "runs" / run / "log.txt"
    while not (log.exists() and word in log.read_text()):
        assert time.monotonic() < deadline, log.read_text() if log.exists() else "no log"
        threading.Event().wait(0.05)


def test_a_run_in_the_background_is_listed_stopped_resumed_and_shown(sparring: Sparring, home: Path) -> None:
    told = said(sparring, "train", "tic_tac_toe", "--background", "--minutes", "5", "--name", "ada", *SMALL)
    assert "The run ada trains in the background (process " in told
    wait_for(home, "ada", "starts with seed 1")
    listed = said(sparring, "runs", "list")
    assert "ada" in listed
    assert "running" in listed
    assert max(map(len, listed.splitlines())) <= 80
    assert sparring("train", "tic_tac_toe", "--name", "ada").returncode == 2
    assert "is going on already" in sparring("runs", "resume", "ada").stderr
    assert "ada is stopped after" in said(sparring, "runs", "stop", "--all")
    result = json.loads((home / "runs" / "ada" / "result.json").read_text())
    said(sparring, "runs", "resume", "ada", "--steps", str(result["steps"] + 128))
    wait_for(home, "ada", "The run is done after")
    followed = said(sparring, "runs", "logs", "ada", "-f")
    assert "goes on from update" in followed
    shown = said(sparring, "runs", "show", "ada")
    for word in ("done", "model:tic_tac_toe/ada@1", "vs random", "play.environments"):
        assert word in shown
    assert "No run goes on" in said(sparring, "runs", "stop", "--all")


def test_a_run_that_is_killed_counts_as_stopped_when_asked_and_as_crashed_when_not(
    sparring: Sparring, home: Path
) -> None:
    for name in ("ada", "eve"):
        said(sparring, "train", "tic_tac_toe", "--background", "--minutes", "5", "--name", name, *SMALL)
        wait_for(home, name, "starts with")
    assert "ada is stopped" in said(sparring, "runs", "stop", "ada", "--kill")
    os.kill(json.loads((home / "runs" / "eve" / "lock").read_text())["pid"], 9)
    deadline = time.monotonic() + 20
    while "crashed" not in (listed := said(sparring, "runs", "list")):
        assert time.monotonic() < deadline, listed
    assert "stopped" in listed


def test_a_run_that_breaks_in_the_background_leaves_what_it_said(sparring: Sparring, home: Path) -> None:
    words = ["--set", "stop_when=1 / (update - 3) > 5"]
    said(sparring, "train", "tic_tac_toe", "--background", "--minutes", "5", "--name", "ada", *SMALL, *words)
    wait_for(home, "ada", "ended with an error")
    deadline = time.monotonic() + 20
    while "The last that its process said:" not in (logs := said(sparring, "runs", "logs", "ada")):
        assert time.monotonic() < deadline, logs
    assert "has no value here" in logs
    assert "Traceback" not in logs


def test_a_check_shows_every_value_with_who_said_it_and_writes_nothing(sparring: Sparring, home: Path) -> None:
    (home / "presets").mkdir(parents=True)
    (home / "presets" / "mine.yaml").write_text("play: {rollout: 24}\n")
    shown = said(sparring, "train", "tic_tac_toe", "--check", "--preset", "mine", "--set", "environments=7")
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.strip()}
    assert rows["play.environments"] == ["7", "command", "line"]
    assert rows["play.rollout"] == ["24", "presets/mine"]
    assert rows["threads"][1:] == ["default"]
    assert "This run can be started." in shown
    assert not (home / "runs").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "tic_tac_toe", "--preset", "nobody", "--check"], "There is no preset 'nobody'"),
        (["train", "tic_tac_toe", "--set", "algorithm=pppo"], "Did you mean 'ppo'"),
        (["train", "tic_tac_toe", "--set", "clip=-1", "--check"], "must be from 0"),
        (["train", "tic_tac_toe", "--set", "start_from=run:nobody"], "There is no run 'nobody'"),
        (["train", "tic_tac_toe", "--set", "start_from=tic_tac_toe/nobody"], "tic_tac_toe/nobody"),
        (["train", "tic_tac_toe", "--set", "stop_when=import os"], "is no expression"),
        (["train", "tic_tac_toe", "--set", "evaluation.against=[rndom]"], "Did you mean 'random'"),
        (["train", "tic_tac_toe", "--resume"], "Which run shall go on"),
        (["train", "tic_tac_toe", "--name", "a/b"], "no name for a run"),
        (["runs", "show", "nobody"], "There is no run 'nobody'"),
        (["runs", "logs", "nobody"], "There is no run 'nobody'"),
        (["runs", "stop"], "or say --all"),
        (["presets", "tic_tac_to"], "Did you mean 'tic_tac_toe'"),
        (["presets", "--settings", "pppo"], "Did you mean 'ppo'"),
        (["presets", "--show", "nobody"], "There is no preset 'nobody'"),
        (["eval", "tic_tac_toe/nobody"], "tic_tac_toe/nobody"),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_exit_status_2(words: list[str], told: str, sparring: Sparring) -> None:
    result = sparring(*words)
    assert result.returncode == 2, result.stdout
    assert told in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_presets_algorithms_and_settings_are_listed(sparring: Sparring) -> None:
    assert "connect_four" in said(sparring, "presets")
    assert "connect_four" not in said(sparring, "presets", "tic_tac_toe")
    assert "entropy_weight: 0.1" in said(sparring, "presets", "tic_tac_toe", "--show", "default")
    assert "Several games have a preset default" in " ".join(sparring("presets", "--show", "default").stderr.split())
    assert "ppo" in said(sparring, "presets", "--algorithms")
    listed = said(sparring, "presets", "--settings", "ppo")
    for word in ("clip", "schedule from 0", "probe_seconds", "checkpoints"):
        assert word in listed
    assert max(map(len, listed.splitlines())) <= 80


def test_the_help_of_training_a_game_has_the_sentence_of_every_setting(sparring: Sparring, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # so that none is folded
    helped = said(sparring, "train", "tic_tac_toe", "--help", "--set", "algorithm=dqn")
    for setting in (*settings_of_an_algorithm(DQNSettings), *settings_of_a_run()):
        assert setting.sentence in helped, setting.path
    assert "Discount" not in said(sparring, "train", "--help")
    assert "Did you mean 'tic_tac_toe'" in sparring("train", "tic_tac_to", "--help").stderr


def test_a_model_is_evaluated_against_agents_and_by_its_probe(sparring: Sparring, home: Path) -> None:
    result = sparring("train", "tic_tac_toe", "--steps", "40000", "--name", "ada", "--set", "duel_seconds=1000")
    assert result.returncode == 0, result.stderr
    words = ["eval", "tic_tac_toe/ada", "--against", "random", "-a", "minimax:depth=9", "-n", "40"]
    told = said(sparring, *words)
    rows = [line.split() for line in told.splitlines()]
    random, minimax = (
        next(row for row in rows if row[:1] == ["random"]),
        next(row for row in rows if row[:1] == ["minimax:depth=9"]),
    )
    assert float(random[1].rstrip("%")) > 70
    assert float(minimax[1].rstrip("%")) <= 50
    assert sum(int(number) for number in random[-4:-1]) == 40
    assert "Probe: keeps the result" in told
    assert said(sparring, *words) == told


def test_tensorboard_starts_beside_a_run_shows_it_and_ends_when_it_is_told_to(
    sparring: Sparring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr(tensorboard, "PORT", port)
    told = said(sparring, "train", "tic_tac_toe", "--tensorboard", "--updates", "1", "--name", "ada", *SMALL)
    found = re.search(rf"TensorBoard: (http://127.0.0.1:{port}) \(process (\d+); stop it with: kill (\d+)\)", told)
    assert found is not None, told
    deadline = time.monotonic() + 120
    while "ada/tensorboard" not in (runs := runs_of(f"{found[1]}/data/runs")):
        assert time.monotonic() < deadline, (home / "logs" / "tensorboard.log").read_text()
        threading.Event().wait(0.2)
    assert runs == ["ada/tensorboard"]
    assert "listens at" in said(sparring, "train", "tic_tac_toe", "--tensorboard", "--updates", "1", *SMALL)
    os.kill(int(found[3]), signal.SIGTERM)
    assert os.waitpid(int(found[2]), 0)[1] in (0, signal.SIGTERM)
    assert runs_of(f"{found[1]}/data/runs") == []


def runs_of(address: str) -> list[str]:
    """The runs that TensorBoard has found so far; none as long as nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return list(json.load(answer))
    except OSError:
        return []


def test_tensorboard_says_so_where_the_port_is_taken(sparring: Sparring, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        result = sparring("tensorboard", "--port", port)
    assert result.returncode == 2
    assert f"listens on port {port} already" in " ".join(result.stderr.split())
