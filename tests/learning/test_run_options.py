"""What a run can be told beside its algorithm: when it stops, where it begins, what it keeps, how it is measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sparring.engine import load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.evaluation import examiner
from sparring.learning.evaluation.rating import Rating, ReferenceRatings, most_likely
from sparring.learning.evaluation.stopping import StopWhen
from sparring.learning.probes import ProbeResult
from sparring.learning.probes.yardstick import SHARE
from sparring.learning.runs.progress import Progress
from sparring.learning.runs.records import record_of
from sparring.learning.train import check_run, train

QUICK: dict[str, Any] = {
    **{"environments": 16, "rollout": 8, "batch": 64, "network.hidden": [16], "updates": 6},
    **{"probe_seconds": 1000, "duel_seconds": 1000, "matches": 2, "final_matches": 2, "evaluation.against": ["random"]},
}


def quick(name: str, **settings: Any) -> TrainConfig:
    said = {key.replace("__", "."): value for key, value in settings.items()}
    return configure(load_game("tic_tac_toe"), QUICK | {"name": name} | said)


def test_a_run_stops_as_soon_as_its_condition_holds() -> None:
    result = train(quick("ada", stop_when="update >= 3 and steps > 100"))
    assert (result.status, result.steps) == ("done", 3 * 16 * 8)
    assert result.model is not None
    assert "ends because update >= 3" in (result.folder / "log.txt").read_text()


def test_a_condition_on_what_is_not_measured_is_doubted_and_never_holds() -> None:
    result = train(quick("ada", stop_when="prob.share > 0"))
    assert result.steps == 6 * 16 * 8
    assert (
        "speaks of prob.share, which this run has not measured yet. Did you mean probe.share?"
        in (result.folder / "log.txt").read_text()
    )
    assert not StopWhen("against.random > 0.5").holds({})
    assert StopWhen("against.mcts_simulations_50 > 0.5").holds({"against/mcts:simulations=50": 0.6})


@pytest.mark.parametrize("source", ["tic_tac_toe/ada@1", "model:tic_tac_toe/ada", "run:ada"])
def test_a_run_begins_with_the_weights_of_a_model_or_of_another_run(source: str, sparring_home: Path) -> None:
    train(quick("ada"))
    train(quick("eve", start_from=source, updates=1, checkpoints__keep=9))
    runs = sparring_home / "runs"
    taken = load_file(runs / "ada" / "checkpoints" / "000000006" / "averaged.safetensors")
    begun = load_file(runs / "eve" / "checkpoints" / "000000000" / "network.safetensors")
    assert all(torch.equal(begun[name], tensor) for name, tensor in taken.items())


def test_weights_that_do_not_fit_are_refused_before_anything_is_trained(sparring_home: Path) -> None:
    train(quick("ada"))
    with pytest.raises(BadOption, match="don't fit the network of this run"):
        train(quick("eve", start_from="run:ada", network__hidden=[32]))
    game = load_game("rock_paper_scissors")
    with pytest.raises(BadOption, match="learns tic_tac_toe"):
        train(configure(game, {"start_from": "run:ada"}))
    with pytest.raises(SparringError, match="tic_tac_toe"):
        train(configure(game, {"start_from": "tic_tac_toe/ada"}))
    with pytest.raises(UnknownName, match="Did you mean 'ada'"):
        train(quick("joe", start_from="run:adda"))
    assert not (sparring_home / "runs" / "joe").exists()


def test_checkpoints_are_written_by_updates_and_some_are_kept_for_good(sparring_home: Path) -> None:
    train(quick("ada", updates=12, checkpoints__updates=2, checkpoints__keep=1, checkpoints__keep_every=5))
    names = sorted(int(path.name) for path in (sparring_home / "runs" / "ada" / "checkpoints").iterdir())
    assert names == [0, 6, 10, 12]


def test_a_device_that_is_not_there_gets_a_sentence() -> None:
    with pytest.raises(BadOption, match=r"CUDA device|computes on cpu only"):
        train(quick("ada", device="cuda"))


def test_an_agent_that_is_none_is_refused_before_anything_is_trained(sparring_home: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'random'"):
        train(quick("ada", evaluation__against=["rndom"]))
    assert not (sparring_home / "runs").exists()


def test_a_run_is_measured_against_whom_it_was_told() -> None:
    agents = ["random", "minimax:depth=1"]
    result = train(quick("ada", evaluation__against=agents, evaluation__deterministic=0.5))
    assert {name for name in result.metrics if name.startswith("against/")} == {f"against/{name}" for name in agents}


class Falling:
    """A probe with given results."""

    baseline, yardstick = 0.3, SHARE

    def __init__(self, shares: list[float]) -> None:
        self.shares = iter(shares)

    def measure(self, *_: object) -> ProbeResult:
        return ProbeResult(next(self.shares), 10)


def test_a_probe_that_falls_stops_the_run_that_was_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examiner, "probe_for", lambda game: Falling([0.5, 0.8, 0.6]))
    result = train(quick("ada", probe_seconds=1e-9, evaluation__alarm="stop", checkpoints__updates=1))
    assert (result.status, result.model, result.steps) == ("collapsed", None, 3 * 16 * 8)
    record = record_of("ada")
    assert (record.state, record.alarm[:33]) == ("collapsed", "The probe (keeps the result) fell")


@pytest.mark.parametrize(("alarm", "notes"), [("flag", 2), ("off", 0)])
def test_a_flag_is_taken_back_when_the_probe_is_well_again(
    alarm: str, notes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "probe_for", lambda game: Falling([0.5, 0.8, 0.6, 0.6, 0.8, 0.8, 0.8]))
    flags: list[bool] = []

    def watch(progress: Progress) -> None:
        flags.append(bool(record_of("ada").alarm))
        said.append(len(progress.notes))

    said: list[int] = []
    assert train(quick("ada", probe_seconds=1e-9, evaluation__alarm=alarm), watch).status == "done"
    assert said[-1] == notes
    assert flags == [False, False, alarm == "flag", alarm == "flag", False, False]


def test_a_rating_among_reference_agents_is_recorded(sparring_home: Path) -> None:
    settings = {"evaluation__against": ["random", "minimax:depth=4"], "evaluation__rating_matches": 20}
    train(quick("ada", updates=1, **settings))
    line = json.loads((sparring_home / "runs" / "ada" / "metrics.jsonl").read_text().splitlines()[0])
    assert -600 < line["rating/value"] < 600
    assert 20 < line["rating/error"] < 400


def test_opponents_near_in_rating_are_met_more_often_and_the_rating_finds_its_place() -> None:
    ratings = ReferenceRatings(load_game("tic_tac_toe"), ["random"], seed=1)
    ratings.agents, ratings.ratings = ["weak", "near", "strong"], np.array([-800.0, 200.0, 1200.0])
    met: dict[str, int] = {}

    def points(agent: str, matches: int) -> float:
        met[agent] = met.get(agent, 0) + matches
        difference = 300.0 - ratings.ratings[ratings.agents.index(agent)]
        return float(1 / (1 + 10 ** (-difference / 400)))

    for _ in range(20):
        found = ratings.measure(points, 40)
    assert found.value == pytest.approx(300.0, abs=5)
    assert met["near"] > 2 * met["strong"] > 0
    assert met["near"] > 2 * met["weak"] > 0


def test_one_who_wins_everything_gets_a_finite_rating() -> None:
    found = most_likely(np.zeros(1), np.ones(1), np.array([40.0]), Rating(0.0, 1000.0))
    assert 400 < found.value < 1500
    assert found.error > 100


@pytest.mark.parametrize("game", ["tic_tac_toe", "rock_paper_scissors"])
def test_a_run_that_can_work_is_checked_without_leaving_anything(game: str, sparring_home: Path) -> None:
    loaded = load_game(game)
    check_run(loaded, configure(loaded))
    assert not (sparring_home / "runs").exists()


def test_every_setting_that_changes_is_logged_under_its_path() -> None:
    result = train(
        quick("ada", entropy_weight="0.01 * t", opponents__past__share="0.1 * done", network__normalise=True, updates=3)
    )
    lines = [json.loads(line) for line in (result.folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["schedule/entropy_weight"] for line in lines[:3]] == [0.0, 0.01, 0.02]
    assert [line["schedule/opponents.past.share"] for line in lines[:3]] == pytest.approx([0.0, 0.1 / 3, 0.2 / 3])
    assert {"observation/mean", "observation/deviation"} <= lines[0].keys()
