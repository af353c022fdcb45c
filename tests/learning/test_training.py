"""Training runs: they learn, repeat, go on after any end, and say what went wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sparring.agents import Turn
from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning import ppo
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.evaluation.duels import paired_points
from sparring.learning.runs.progress import Progress, RunResult
from sparring.learning.train import train
from sparring.matches import play_duel
from sparring.models import Registry

QUICK: dict[str, Any] = {
    "environments": 32,
    "rollout": 16,
    "batch": 128,
    "network.hidden": "32",
    "snapshot_every": 2,
    "probe_seconds": 1000,
    "duel_seconds": 1000,
}
UPDATE = 32 * 16


def quick(name: str, updates: int = 6, game: str = "tic_tac_toe", **settings: Any) -> TrainConfig:
    said = {key.replace("__", "."): value for key, value in settings.items()}
    return configure(load_game(game), QUICK | {"name": name, "steps": updates * UPDATE} | said)


def weights(run: str, home: Path) -> dict[str, torch.Tensor]:
    latest = sorted((home / "runs" / run / "checkpoints").glob("0*"))[-1]
    return load_file(latest / "network.safetensors")


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def stop_after(updates: int) -> tuple[Event, Any]:
    stop = Event()

    def watch(progress: Progress) -> None:
        if progress.update == updates:
            stop.set()

    return stop, watch


def test_tic_tac_toe_is_never_lost_after_seconds_of_training() -> None:
    config = configure(load_game("tic_tac_toe"), {"steps": 250_000, "name": "ada", "probe_seconds": 1000}, "default")
    result = train(config)
    assert result.status == "done"
    assert result.metrics["probe/never_loses"] == 1.0
    assert result.metrics["probe/share"] > 0.85
    assert result.metrics["against/random"] > 0.9


def test_the_published_model_plays_and_knows_where_it_comes_from(sparring_home: Path) -> None:
    result = train(quick("ada"))
    assert str(result.model) == "tic_tac_toe/ada@1"
    manifest = Registry().manifest("tic_tac_toe/ada")
    assert manifest.training["algorithm"]["batch"] == 128
    assert manifest.data == {"run": "ada", "first_step": 0, "last_step": 6 * UPDATE, "updates": 6}
    assert manifest.metrics == result.metrics
    game = load_game("tic_tac_toe")
    players = [load("model:tic_tac_toe/ada@1", game), load("random", game)]
    assert play_duel(game, players, ["ada", "random"], matches=20, seed=1).tally().errors == (0, 0)


def test_a_model_draws_from_its_policy_where_its_run_was_told_so() -> None:
    train(quick("ada", plays="mixed"))
    assert Registry().manifest("tic_tac_toe/ada").plays == "mixed"
    game = load_game("tic_tac_toe")

    def first_actions(spec: str) -> set[int]:
        states, lanes = game.new_states(np.arange(50)), np.arange(50)
        player = load(spec, game)
        player.begin(lanes, states.seat, np.arange(50, dtype=np.uint64))
        seen, masks = game.observe(states, states.seat), game.masks(states)
        turn = Turn(lanes, states.seat, seen, masks, np.zeros(50, np.float32), states)
        return set(np.asarray(player.act(turn).actions).tolist())

    assert len(first_actions("model:tic_tac_toe/ada")) > 1
    assert len(first_actions("model:tic_tac_toe/ada,temperature=0")) == 1
    with pytest.raises(BadOption, match="play in one way only"):
        train(quick("eve", algorithm="dqn", plays="mixed"))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(sparring_home: Path) -> None:
    train(quick("first"))
    train(quick("second"))
    train(quick("third", seed=2))
    assert same(weights("first", sparring_home), weights("second", sparring_home))
    assert not same(weights("first", sparring_home), weights("third", sparring_home))


@pytest.mark.parametrize("game", ["tic_tac_toe", "rock_paper_scissors"])
def test_a_resumed_run_equals_one_that_was_never_stopped(game: str, sparring_home: Path) -> None:
    train(quick("whole", updates=8, game=game))
    stop, watch = stop_after(3)
    halted = train(quick("halves", updates=8, game=game), watch, stop)
    assert (halted.status, halted.model, halted.steps) == ("stopped", None, 3 * UPDATE)
    finished = train(quick("halves", updates=8, game=game), resume=True)
    assert (finished.status, finished.steps) == ("done", 8 * UPDATE)
    assert same(weights("whole", sparring_home), weights("halves", sparring_home))


def test_a_run_killed_at_any_moment_goes_on_and_ends_as_if_nothing_had_been(sparring_home: Path) -> None:
    train(quick("whole", updates=60))
    options = ["--name", "killed", "--steps", str(60 * UPDATE), "--set", "checkpoints.seconds=0.02"]
    for key, value in QUICK.items():
        options += ["--set", f"{key}={value}"]
    command = [sys.executable, "-m", "sparring.cli", "train", "tic_tac_toe", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoints = sparring_home / "runs" / "killed" / "checkpoints"
    deadline = time.monotonic() + 300
    while len(list(checkpoints.glob("0*"))) < 2 and time.monotonic() < deadline and process.poll() is None:
        os.sched_yield()
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    updates: list[int] = []
    result = train(quick("killed", updates=60), lambda progress: updates.append(progress.update), resume=True)
    assert result.status == "done"
    assert 1 < updates[0] < 60
    assert same(weights("whole", sparring_home), weights("killed", sparring_home))
    lines = [json.loads(line) for line in (result.folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["update"] for line in lines if "loss/value" in line] == list(range(1, 61))


def test_metrics_are_logged_as_lines_and_for_tensorboard(sparring_home: Path) -> None:
    result = train(quick("ada", probe_seconds=1e-9, duel_seconds=1e-9))
    lines = [json.loads(line) for line in (result.folder / "metrics.jsonl").read_text().splitlines()]
    learned = {"loss/policy", "loss/value", "policy/entropy", "policy/kl", "policy/clip_share", "gradient/norm"}
    played = {"steps", "play/length", "value/explained_variance", "schedule/learning_rate", "speed/steps_per_second"}
    measured = {"probe/share", "against/random", "time/play", "time/learn", "time/examine"}
    assert learned | played | measured <= lines[0].keys()
    assert {"opponents/past", "opponents/past/matches"} <= {name for line in lines for name in line}
    events = b"".join(path.read_bytes() for path in (result.folder / "tensorboard").iterdir())
    assert b"probe/share" in events
    assert json.loads((result.folder / "result.json").read_text())["model"] == "tic_tac_toe/ada@1"


def test_only_the_last_checkpoints_are_kept(sparring_home: Path) -> None:
    result = train(quick("ada", checkpoints__seconds=1e-9))
    names = sorted(path.name for path in (result.folder / "checkpoints").iterdir())
    assert names == ["000000004", "000000005", "000000006"]


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_good_checkpoint(
    sparring_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poison(progress: Progress) -> None:
        if progress.update == 3:
            monkeypatch.setattr(ppo, "estimate_advantages", lambda rollout, *_: np.full_like(rollout.rewards, np.nan))

    result = train(quick("mad", checkpoints__seconds=1e-9), poison)
    assert (result.status, result.model) == ("diverged", None)
    assert "The loss is no number at update 4. Try a lower learning_rate" in (result.folder / "log.txt").read_text()
    monkeypatch.undo()
    monkeypatch.setenv("SPARRING_HOME", str(sparring_home))
    assert train(quick("mad"), resume=True).status == "done"
    train(quick("sane"))
    assert same(weights("mad", sparring_home), weights("sane", sparring_home))


def test_weights_that_are_no_numbers_are_never_saved(sparring_home: Path) -> None:
    result = train(quick("mad", updates=500, learning_rate=1e30, gradient_norm=1e30, checkpoints__seconds=1e-9))
    assert result.status == "diverged"
    assert all(torch.isfinite(tensor).all() for tensor in weights("mad", sparring_home).values())


def test_a_damaged_checkpoint_is_named(sparring_home: Path) -> None:
    result = train(quick("ada"))
    latest = sorted((result.folder / "checkpoints").iterdir())[-1]
    (latest / "network.safetensors").write_bytes(b"rubbish")
    with pytest.raises(SparringError, match=f"{latest.name} can't be read"):
        train(quick("ada", updates=8), resume=True)


def test_names_of_runs_are_checked() -> None:
    train(quick("ada"))
    with pytest.raises(BadOption, match="--resume"):
        train(quick("ada"))
    with pytest.raises(UnknownName, match="Did you mean 'ada'"):
        train(quick("adda"), resume=True)
    with pytest.raises(BadOption, match="no name for a run"):
        train(quick("../ada"))
    with pytest.raises(BadOption, match="learns tic_tac_toe"):
        train(quick("ada", game="rock_paper_scissors"), resume=True)


def test_a_run_without_a_name_gets_the_next_free_one() -> None:
    assert [train(quick("", updates=1)).name for _ in range(2)] == ["run-1", "run-2"]


def test_a_run_is_trained_by_one_process_at_a_time() -> None:
    refused: list[str] = []

    def intrude(progress: Progress) -> None:
        try:
            train(quick("ada"), resume=True)
        except SparringError as error:
            refused.append(str(error))

    train(quick("ada", updates=1), intrude)
    assert refused == ["The run ada is going on in another process."]


def test_a_policy_that_forgets_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    from sparring.learning.evaluation import examiner
    from sparring.learning.probes import ProbeResult

    shares = iter([0.5, 0.7, 0.66, 0.6, 0.58, 0.8])

    class Falling:
        baseline = 0.3

        def measure(self, policy: object, probabilities: object, thorough: bool) -> ProbeResult:
            return ProbeResult(next(shares), 10)

    monkeypatch.setattr(examiner, "probe_for", lambda game: Falling())
    notes: list[list[str]] = []
    train(quick("ada", updates=5, probe_seconds=1e-9), lambda progress: notes.append(list(progress.notes)))
    assert [len(seen) for seen in notes] == [0, 0, 0, 1, 1]
    assert notes[-1][0].startswith("The probe (keeps the result) fell back from 70.0% to 60.0% at update 4")


def test_pairs_share_their_opening_and_swap_seats() -> None:
    game = load_game("tic_tac_toe")

    def first_legal(observations: np.ndarray[Any, Any], masks: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(masks.argmax(axis=1))

    points = paired_points(game, first_legal, first_legal, pairs=50, seed=1, random_plies=2)
    assert points.tolist() == [1.0] * 50


def test_rock_paper_scissors_learns_to_beat_a_constant() -> None:
    game = load_game("rock_paper_scissors")
    result: RunResult = train(configure(game, {"steps": 20_000, "name": "ada", "duel_seconds": 1000}, "default"))
    assert result.status == "done"
    assert 0.2 < result.metrics["against/random"] < 0.8
