"""Counterfactual regret minimisation as a run: exact where it can be, and refused where it can't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import configure
from sparring.learning.train import train
from sparring.matches import play_duel
from sparring.models import Registry

QUIET: dict[str, Any] = {"algorithm": "cfr", "probe_seconds": 1000, "duel_seconds": 1000}


@pytest.mark.parametrize(("game", "iterations", "least"), [("kuhn_poker", 2000, 1e-4), ("leduc_poker", 300, 0.005)])
def test_small_poker_is_solved(game: str, iterations: int, least: float) -> None:
    result = train(configure(game, QUIET | {"iterations": iterations, "updates": 1, "name": "ada"}))
    assert result.metrics["probe/exploitability"] < least


@pytest.mark.parametrize(
    ("game", "options"),
    [
        ("rock_paper_scissors", {}),
        ("matrix_game", {"table": "2 -1 0; -1 1 1", "recall": 1}),
        ("matrix_game", {"table": "0.3 -0.9 0.2; -0.4 0.8 0.1; 0.5 -0.2 -0.7", "repetitions": 1, "recall": 1}),
    ],
)
def test_tables_of_payoffs_are_solved(game: str, options: dict[str, Any]) -> None:
    result = train(configure(game, QUIET | options | {"iterations": 1000, "updates": 1, "name": "ada"}))
    assert result.metrics["probe/nash_distance"] < 0.01
    loaded = load_game(game, options)
    players = [load(f"model:{result.model}", loaded), load("random", loaded)]
    assert play_duel(loaded, players, ["ada", "random"], matches=100, seed=1).tally().errors == (0, 0)


def test_the_published_table_plays_the_average_by_lot() -> None:
    train(configure("kuhn_poker", QUIET | {"updates": 50, "name": "ada"}))
    assert Registry().manifest("kuhn_poker/ada").plays == "mixed"
    game = load_game("kuhn_poker")
    players = [load("model:kuhn_poker/ada", game), load("solver", game)]
    duel = play_duel(game, players, ["ada", "solver"], matches=200, seed=1)
    assert duel.tally().errors == (0, 0)


def test_a_resumed_run_equals_one_that_was_never_stopped(sparring_home: Path) -> None:
    train(configure("leduc_poker", QUIET | {"updates": 4, "name": "whole"}))
    train(configure("leduc_poker", QUIET | {"updates": 2, "name": "halves"}))
    train(configure("leduc_poker", QUIET | {"updates": 4, "name": "halves"}), resume=True)
    runs = sparring_home / "runs"
    for file in ("regrets", "sums"):
        whole, halves = (
            runs / name / "checkpoints" / "000000004" / f"{file}.safetensors" for name in ("whole", "halves")
        )
        assert whole.read_bytes() == halves.read_bytes()


def test_games_without_a_small_tree_are_refused() -> None:
    for game, options in {"connect_four": {}, "kuhn_poker": {"seats": 3}}.items():
        with pytest.raises(BadOption, match="walks the whole tree of kuhn_poker or leduc_poker"):
            train(configure(game, QUIET | options | {"updates": 1, "name": "ada"}))
