"""Other people's algorithms: found by entry points, configured, trained, published, resumed; broken ones are named."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning import algorithms
from sparring.learning.configuration import configure
from sparring.learning.train import train
from sparring.matches import play_duel
from sparring.models import Registry

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "own_algorithm"
QUICK = {
    "algorithm": "evolution",
    "network.hidden": "16",
    "threads": 1,
    "probe_seconds": 1000,
    "duel_seconds": 1000,
}


@pytest.fixture
def install(tmp_path, monkeypatch) -> Iterator[object]:
    """Install a package as pip does: its module on the path, and what it says of entry points written down."""

    def installed(points: dict[str, str], folder: Path) -> None:
        written = tmp_path / "strange-1.0.dist-info"
        written.mkdir()
        (written / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
        lines = "".join(f"{name} = {where}\n" for name, where in points.items())
        (written / "entry_points.txt").write_text(f"[sparring.algorithms]\n{lines}")
        for path in (tmp_path, folder):
            monkeypatch.syspath_prepend(path)
        algorithms._theirs.cache_clear()

    yield installed
    algorithms._theirs.cache_clear()
    for name in ("evolution", "halves"):
        sys.modules.pop(name, None)


@pytest.fixture
def evolution(install) -> None:
    """The package of the example, installed."""
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    install(project["entry-points"]["sparring.algorithms"], FOLDER)


@pytest.mark.usefixtures("evolution")
def test_the_example_learns_to_win_at_tic_tac_toe_and_publishes_a_model_that_does() -> None:
    assert "evolution" in algorithms.algorithm_names()
    result = train(configure("tic_tac_toe", {**QUICK, "updates": 12, "name": "ada"}))
    assert (result.status, str(result.model)) == ("done", "tic_tac_toe/ada@1")
    assert result.metrics["against/random"] > 0.58, "a fresh network gets 0.45"
    assert Registry().manifest("tic_tac_toe/ada").training["algorithm"]["name"] == "evolution"
    game = load_game("tic_tac_toe")
    players = [load("model:tic_tac_toe/ada", game), load("random", game)]
    tally = play_duel(game, players, ["ada", "random"], matches=200, seed=1).tally()
    assert tally.errors == (0, 0)
    assert tally.points[0] / 400 == pytest.approx(result.metrics["against/random"], abs=0.1)


@pytest.mark.usefixtures("evolution")
def test_its_settings_are_settings_like_all_others() -> None:
    config = configure("tic_tac_toe", {**QUICK, "algorithm.spread": "0.1 - 0.05 * done", "algorithm.directions": "4"})
    assert config.algorithm.directions == 4  # type: ignore[attr-defined]
    with pytest.raises(UnknownName, match="Did you mean 'directions'"):
        configure("tic_tac_toe", {**QUICK, "direction": 4})
    with pytest.raises(BadOption, match="Directions that are tried in an update"):
        configure("tic_tac_toe", {**QUICK, "algorithm.directions": 1})
    with pytest.raises(BadOption, match="Rock-paper-scissors is another"):
        train(configure("rock_paper_scissors", QUICK | {"updates": 1}))


@pytest.mark.usefixtures("evolution")
def test_a_run_of_it_that_was_interrupted_ends_in_the_same_bytes(sparring_home: Path) -> None:
    short = {**QUICK, "algorithm.directions": 3, "algorithm.pairs": 4}
    train(configure("tic_tac_toe", {**short, "updates": 4, "name": "whole"}))
    train(configure("tic_tac_toe", {**short, "updates": 2, "name": "halves"}))
    train(configure("tic_tac_toe", {**short, "updates": 4, "name": "halves"}), resume=True)
    found = [
        load_file(sorted((sparring_home / "runs" / run / "checkpoints").glob("0*"))[-1] / "network.safetensors")
        for run in ("whole", "halves")
    ]
    assert {name: array.tobytes() for name, array in found[0].items()} == {
        name: array.tobytes() for name, array in found[1].items()
    }


def test_a_broken_algorithm_gets_a_sentence_and_leaves_the_others_alone(install, tmp_path: Path) -> None:
    (tmp_path / "halves.py").write_text("class NoLearner: ...\n1 / 0\n")
    install({"half": "halves:NoLearner", "gone": "a_package_that_was_removed:It"}, tmp_path)
    with pytest.raises(SparringError, match=r"half can't be loaded \(ZeroDivisionError"):
        configure("tic_tac_toe", {"algorithm": "half"})
    with pytest.raises(SparringError, match=r"gone can't be loaded \(ModuleNotFoundError"):
        configure("tic_tac_toe", {"algorithm": "gone"})
    (tmp_path / "halves.py").write_text("class NoLearner: ...\n")
    with pytest.raises(SparringError, match=r"half is no subclass of sparring\.learning\.learner\.Learner"):
        configure("tic_tac_toe", {"algorithm": "half"})
    assert configure("tic_tac_toe").algorithm.name == "ppo"


def test_the_example_is_short() -> None:
    assert len((FOLDER / "evolution.py").read_text().splitlines()) <= 100
