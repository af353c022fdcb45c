"""How many matches are played side by side may change while a run goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sparring.engine import Batch, load_game
from sparring.learning.memories.replay import Replay
from sparring.learning.rollouts.decisions import Outcome

GROWS_AND_SHRINKS = {"step": {0: 6, 2: 11, 4: 3}}
SMALL: dict[str, Any] = {"environments": GROWS_AND_SHRINKS, "rollout": 8, "network.hidden": "16"}
PAST = {"opponents.past.share": 0.5, "opponents.past.snapshot_every": 1, "opponents.past.delay": 0.3}
MEMORY = {"memory": 100, "first_learned": 20, "batch": 16, "reuse": 1}
SEARCH = {"simulations": 4, "fast_simulations": 2, "batch": 16, "network.kind": "mlp"}


@pytest.mark.parametrize(
    ("algorithm", "game", "settings"),
    [
        ("ppo", "tic_tac_toe", {"batch": 16, **PAST}),
        ("ppo", "rock_paper_scissors", {"batch": 16, "play.frames": 2, "rewards.normalise": True}),
        ("dqn", "tic_tac_toe", {**MEMORY, **PAST}),
        ("sac", "rock_paper_scissors", MEMORY),
        ("reinforce", "tic_tac_toe", PAST),
        ("nfsp", "leduc_poker", {"batch": 16, "recent": 100, "reservoir": 100}),
        ("q_learning", "leduc_poker", PAST),
        ("ruql", "rock_paper_scissors", {}),
        ("alphazero", "tic_tac_toe", SEARCH),
    ],
)
def test_every_algorithm_changes_the_number_of_matches_and_resumes_to_the_same_bytes(
    algorithm: str, game: str, settings: dict[str, Any], make_learner, let_learn, resumes_to_the_same_bytes
) -> None:
    def make() -> Any:
        return make_learner(game, algorithm, **SMALL | settings)

    if algorithm != "reinforce":
        learner = make()
        steps = [learner.steps for _ in range(6) if let_learn(learner, 1)]
        assert np.diff(steps).tolist() == [8 * 6, 8 * 11, 8 * 11, 8 * 3, 8 * 3]
    resumes_to_the_same_bytes(make)


def test_matches_that_stay_go_on_as_if_no_others_had_come_or_gone() -> None:
    game = load_game("connect_four")
    alone, beside = Batch(game, 3, seed=1), Batch(game, 3, seed=1)
    for batch in (alone, beside):
        batch.random_play(5)
    beside.resize(6, seed=7)
    for batch in (alone, beside):
        batch.random_play(5)
    beside.resize(2, seed=8)
    for name in ("states", "observations", "masks", "seats", "random"):
        assert np.array_equal(getattr(beside, name), getattr(alone, name)[:2]), name
    assert len(beside.rewards) == len(beside.over) == beside.size == 2


def test_a_memory_keeps_the_latest_decisions_of_the_rows_that_stay() -> None:
    replay = Replay(load_game("tic_tac_toe"), 2, 20)
    for step in range(14):
        outcome = Outcome(np.zeros(2, np.float32), np.zeros(2, bool), np.ones(2, np.float32), np.ones(2, bool))
        seen = np.array([step, 100 + step], np.int8)[:, None, None, None] * np.ones((2, 2, 3, 3), np.int8)
        replay.add(seen, np.ones((2, 9), bool), np.array([step % 9] * 2), outcome)
    replay.resize(5)
    assert replay.ready == 2 * 3
    drawn = replay.draw(200, np.random.default_rng(1))
    first, following = (array[:, 0, 0, 0] for array in (drawn.observations, drawn.following))
    assert set(first.tolist()) == {10, 11, 12, 110, 111, 112}
    assert (following == first + 1).all()
    replay.resize(1)
    assert (replay.ready, replay.steps) == (3, 20)
    assert set(replay.draw(50, np.random.default_rng(1)).observations[:, 0, 0, 0].tolist()) == {10, 11, 12}
