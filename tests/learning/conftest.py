"""Every test of learning has a home of its own, and ways to let a learner work without a run around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from sparring.engine import Game, load_game
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.configuration import configure as configure_run
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Now

MakeLearner = Callable[..., Learner]
MakeConfig = Callable[..., TrainConfig]


@pytest.fixture(autouse=True)
def sparring_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def make_config() -> MakeConfig:
    """``make_config("tic_tac_toe", "dqn", batch=32)``: a configuration; settings of the algorithm need no path."""
    return _configured


def _configured(game: str | Game, kind: str, /, **settings: Any) -> TrainConfig:
    own = algorithm(kind).Settings.model_fields.keys() - {"name"}
    said = {f"algorithm.{key}" if key in own else key: value for key, value in settings.items()}
    return configure_run(game, {"algorithm": kind, **said})


@pytest.fixture
def make_learner() -> MakeLearner:
    """``make_learner("tic_tac_toe", "dqn", batch=32, **{"network.hidden": "32"})``: a learner, checked; or of a toy."""

    def make(game: str | Game, name: str, /, **settings: Any) -> Learner:
        if isinstance(game, str):
            game = load_game(game)
            config = _configured(game, name, **settings)
        elif game.package:
            config = _configured(game, name, **settings)
        else:
            # A toy has no presets and can't be loaded by name: its configuration is another game's.
            toy = {"game": game.name, "options": dict(game.options)}
            config = _configured("tic_tac_toe", name, **settings).model_copy(update=toy)
        kind = algorithm(name)
        kind.check(game, config)
        return kind(game, config, Crew(1))

    return make


@pytest.fixture
def let_learn() -> Callable[[Learner, int], list[dict[str, float]]]:
    """Let a learner work so many updates, as a run of ``whole`` updates does; returns the metrics of each."""

    def work(learner: Learner, updates: int, whole: int = 0) -> list[dict[str, float]]:
        metrics = []
        for _ in range(updates):
            done = learner.update / (whole or updates)
            metrics.append(learner.learn(Now(Moment(learner.update, done, learner.config.seed))))
            learner.update += 1
        return metrics

    return work


@pytest.fixture
def bytes_of() -> Callable[[Learner], dict[str, bytes]]:
    """All that a checkpoint of a learner would hold, by file."""
    return lambda learner: {name: save_arrays(arrays) for name, arrays in learner.state().items()}


@pytest.fixture
def resumes_to_the_same_bytes(
    let_learn: Callable[..., list[dict[str, float]]], bytes_of: Callable[[Learner], dict[str, bytes]]
) -> Callable[[Callable[[], Learner]], None]:
    """Assert that a learner that was put down and taken up ends as one that was not: all arrays, all counters."""

    def check(make: Callable[[], Learner]) -> None:
        whole, first, second = make(), make(), make()
        let_learn(whole, 6, whole=6)
        let_learn(first, 3, whole=6)
        kept = {name: load_arrays(content) for name, content in bytes_of(first).items()}
        second.restore(kept, first.counters())
        let_learn(second, 3, whole=6)
        assert bytes_of(second) == bytes_of(whole)
        assert second.counters() == whole.counters()
        assert second.model_files() == whole.model_files()

    return check
