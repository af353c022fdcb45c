"""Neural fictitious self-play: its memories, what it learns, and that runs repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment, configure, game_of
from sparring.learning.crew import Crew
from sparring.learning.learner import Now
from sparring.learning.memories.reservoir import Reservoir, Ring
from sparring.learning.nfsp import NFSP
from sparring.learning.train import train
from sparring.matches import play_duel
from sparring.models import Registry

QUICK: dict[str, Any] = {
    "algorithm": "nfsp",
    "environments": 64,
    "rollout": 4,
    "network.hidden": "32",
    "probe_seconds": 1000,
    "duel_seconds": 1000,
}


def test_a_reservoir_keeps_each_decision_with_the_same_probability() -> None:
    game, chance = load_game("kuhn_poker"), np.random.default_rng(1)
    kept = np.zeros(1000)
    for _ in range(200):
        memory = Reservoir(game, capacity=100)
        for first in range(0, 1000, 50):
            numbers = np.arange(first, first + 50)
            memory.sample(
                chance, observations=np.zeros((50, 11), np.int8), masks=np.ones((50, 2), bool), actions=numbers
            )
        kept[memory.arrays["actions"]] += 1
    assert kept.sum() == 200 * 100
    early, late = kept[:100].mean(), kept[-100:].mean()
    assert early == pytest.approx(20, abs=2)
    assert late == pytest.approx(20, abs=2)


def test_the_ring_forgets_the_oldest() -> None:
    memory = Ring(load_game("kuhn_poker"), capacity=5)
    for first in (0, 4):
        memory.add(actions=np.arange(first, first + 4), rewards=np.zeros(4, np.float32))
    assert sorted(memory.arrays["actions"].tolist()) == [3, 4, 5, 6, 7]
    assert len(memory) == 5


def test_transitions_go_from_a_seat_s_decision_to_its_own_next_one() -> None:
    config = configure("kuhn_poker", QUICK | {"environments": 256, "rollout": 12})
    learner = NFSP(game_of(config), config, Crew(1))
    learner.learn(Now(Moment()))
    known = {name: values[: len(learner.recent)] for name, values in learner.recent.arrays.items()}
    seat, next_seat = known["observations"][:, :2], known["following"][:, :2]
    assert (seat == next_seat).all()
    going_on = known["onward"] > 0
    assert (known["rewards"][going_on] == 0).all()
    assert going_on.sum() > 50
    opened, answered = (
        known[name][going_on][:, 5:].reshape(-1, 3, 2).sum(axis=(1, 2)) for name in ("observations", "following")
    )
    assert set(opened.tolist()) == {0}
    assert set(answered.tolist()) == {2}
    assert set(np.abs(known["rewards"][~going_on]).tolist()) == {0.5, 1.0}


def test_the_reservoir_holds_what_best_responses_did_only() -> None:
    config = configure("leduc_poker", QUICK | {"anticipation": 0.0})
    learner = NFSP(game_of(config), config, Crew(1))
    learner.learn(Now(Moment()))
    assert learner.reservoir.added == 0
    assert learner.recent.added > 0


def test_kuhn_poker_becomes_hard_to_exploit_within_seconds() -> None:
    settings = {"steps": 80_000, "environments": 128, "rollout": 8, "name": "ada", "network.hidden": "64"}
    result = train(configure("kuhn_poker", QUICK | settings))
    assert result.metrics["probe/exploitability"] < 0.35
    assert Registry().manifest("kuhn_poker/ada").plays == "mixed"
    game = load_game("kuhn_poker")
    players = [load("model:kuhn_poker/ada", game), load("random", game)]
    assert play_duel(game, players, ["ada", "random"], matches=400, seed=1).tally().errors == (0, 0)


def test_moves_made_at_once_are_learned_too() -> None:
    """Matching pennies with other payoffs: uniform play is 0.75 away from the equilibrium."""
    settings = {
        "table": "2 -1; -1 0.5",
        "repetitions": 1,
        "recall": 1,
        "steps": 40_000,
        "anticipation": 0.3,
        "name": "ada",
    }
    result = train(configure("matrix_game", QUICK | settings | {"recent": 2000, "copy_every": 20}))
    assert result.metrics["probe/nash_distance"] < 0.45


def test_a_resumed_run_equals_one_that_was_never_stopped(sparring_home: Path) -> None:
    small = {"recent": 500, "reservoir": 200, "exploration": 0.1}
    for name in ("whole", "again"):
        train(configure("leduc_poker", QUICK | small | {"updates": 10, "name": name}))
    train(configure("leduc_poker", QUICK | small | {"updates": 4, "name": "halves"}))
    train(configure("leduc_poker", QUICK | small | {"updates": 10, "name": "halves"}), resume=True)
    for file in ("network", "response", "averaged", "recent", "reservoir"):
        contents = {
            (sparring_home / "runs" / name / "checkpoints" / "000000010" / f"{file}.safetensors").read_bytes()
            for name in ("whole", "again", "halves")
        }
        assert len(contents) == 1


def test_games_of_other_actions_are_refused() -> None:
    with pytest.raises(BadOption, match="an action is one choice"):
        train(configure("robosumo", QUICK | {"updates": 1, "name": "ada"}))
