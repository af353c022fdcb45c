"""A match whose time is up might have gone on: what would have followed counts, for every learner of play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from sparring.engine import Batch, load_game
from sparring.learning.configuration import Moment, configure
from sparring.learning.learner import Learner, Now
from sparring.learning.memories.replay import Replay
from sparring.learning.networks import build_network
from sparring.learning.opponents import LearnedNetwork, Opponents
from sparring.learning.rollouts import SelfPlay
from sparring.learning.rollouts.decisions import Cut, Decisions, Outcome

SHORT = {"options.steps": 4}


@pytest.mark.parametrize("name", ["gym:CartPole-v1", "gym:Pendulum-v1", "gym:FrozenLake-v1"])
def test_a_batch_knows_where_matches_were_when_their_time_was_up(name: str) -> None:
    batch = Batch(load_game(name, {"steps": 4}), 8, seed=3)
    cut = 0
    for step in range(4):
        matches, _ = batch.cut()
        assert not len(matches)
        batch.step(batch.random_actions())
        assert step == 3 or not (batch.over & (batch.ends["truncated"] == 1)).any()  # type: ignore[index]
    matches, records = batch.cut()
    cut += len(matches)
    assert cut >= 1, "some last four steps"
    assert (records["ply"] == 4).all()
    assert (batch.states["ply"] == 0)[matches].all(), "while the next matches have begun"
    seats = np.zeros(len(matches), np.int8)
    assert not np.array_equal(batch.game.observe(records, seats), batch.observations[matches])
    assert batch.game.action_kind == "box" or batch.game.legal(records, seats).any(axis=1).all()


def test_a_match_that_ends_by_itself_is_not_cut() -> None:
    batch = Batch(load_game("gym:CartPole-v1"), 16, seed=1)
    ended = 0
    for _ in range(60):
        batch.step(np.ones(16, np.int64))
        ended += int(batch.over.sum())
        assert not len(batch.cut()[0])
    assert ended > 16


def test_environments_of_pettingzoo_say_so_too() -> None:
    batch = Batch(load_game("pettingzoo:classic/rps_v2"), 2, seed=1)
    for _ in range(100):
        batch.step(batch.random_actions())
        if batch.over.any():
            break
    assert batch.cut()[0].tolist() == [0, 1]


def test_a_decision_looks_ahead_to_where_its_match_was_stopped() -> None:
    replay = Replay(load_game("tic_tac_toe"), 1, 100, ahead=2, discount=0.5)
    one = np.ones(1, np.bool_)

    def play(step: int, reward: float, cut: Cut | None = None) -> None:
        came = Outcome(np.array([reward], np.float32), one & (cut is not None), np.ones(1, np.float32), one, cut)
        replay.add(np.full((1, 2, 3, 3), step, np.int8), np.ones((1, 9), bool), np.array([step]), came)

    play(0, 1.0)
    last = np.full((1, 2, 3, 3), 7, np.int8)
    play(1, 2.0, Cut(np.zeros(1, np.int64), np.zeros(1, np.int8), last, np.ones((1, 9), bool)))
    for step in range(2, 6):
        play(step, 4.0)
    drawn = replay.draw(200, np.random.default_rng(1))
    found = {
        int(action): (float(returned), float(onward), int(seen))
        for action, returned, onward, seen in zip(
            drawn.actions, drawn.returns, drawn.onward, drawn.following[:, 0, 0, 0], strict=True
        )
    }
    # Two steps ahead: 1 + .5 2 and then the stop; 2 and then the stop; what comes after it is another match.
    assert found[0] == (2.0, 0.25, 7)
    assert found[1] == (2.0, 0.5, 7)
    assert found[2] == (6.0, 0.25, 4)
    assert set(found) == {0, 1, 2, 3}, "a stop is never drawn"


def test_matches_of_two_go_on_with_the_sign_of_who_would_have_been_next() -> None:
    decisions = Decisions(load_game("pettingzoo:classic/rps_v2"), 2, seed=1)
    for _ in range(100):
        outcome = decisions.play(decisions.game.random_actions(decisions.masks, np.random.default_rng(1)))
        if outcome.over.any():
            break
    assert outcome.cut is not None
    expected = np.ones(decisions.rows) if decisions.game.simultaneous else np.array([-1.0, -1.0])
    assert outcome.signs[outcome.cut.rows].tolist() == expected.tolist()


def test_fictitious_self_play_is_told(make_learner: Callable[..., Learner]) -> None:
    said = {"environments": 4, "rollout": 8, "network.hidden": "8", "batch": 16, "recent": 400, "reservoir": 100}
    learner: Any = make_learner(load_game("gym:CartPole-v1", {"steps": 4}), "nfsp", discount=0.75, **said)
    learner.learn(Now(Moment()))
    transitions = {name: array[: len(learner.recent)] for name, array in learner.recent.arrays.items()}
    assert len(transitions["onward"]) >= 24
    assert (transitions["onward"] == np.float32(0.75)).all(), "no match of four steps falls"
    assert (transitions["following"] != transitions["observations"]).any(axis=1).all()


@pytest.mark.parametrize("name", ["dqn", "sac"])
def test_learners_from_a_memory_are_told(name: str, make_learner: Callable[..., Learner]) -> None:
    said = {"environments": 4, "rollout": 8, "network.hidden": "8", "batch": 16, "memory": 400, "first_learned": 1000}
    game = load_game("gym:CartPole-v1", {"steps": 4})
    learner: Any = make_learner(game, name, **said)
    learner.learn(Now(Moment()))
    drawn = learner.replay.draw(300, np.random.default_rng(1))
    assert (drawn.onward == np.float32(0.99)).all(), "no match of four steps falls"
    assert learner.replay.stops.any()


def test_the_rest_of_a_match_is_what_the_network_expects_in_reinforce(make_learner: Callable[..., Learner]) -> None:
    game = load_game("gym:CartPole-v1", {"steps": 4})
    learner: Any = make_learner(game, "reinforce", environments=3, **{"network.hidden": "8"})
    with torch.no_grad():
        learner.network.value.weight.zero_()
        learner.network.value.bias.fill_(10.0)
    rewards = np.array([step.rewards for step in learner.play_matches(Now(Moment()))])
    assert rewards == pytest.approx(np.repeat([[1.0], [1.0], [1.0], [11.0]], 3, axis=1))


def test_the_rest_of_a_match_is_what_a_table_knows(make_learner: Callable[..., Learner]) -> None:
    game = load_game("gym:FrozenLake-v1", {"steps": 1})
    learner: Any = make_learner(game, "q_learning", environments=4, rollout=1, learning_rate=1.0, discount=0.5)
    for place in range(16):
        seen = learner.table.enter(np.eye(16, dtype=game.observation_dtype)[[place]], np.ones((1, 4), bool))
        learner.table.values[seen] = 8.0
    learner.learn(Now(Moment()))
    known = learner.table.values[1 : len(learner.table) + 1]
    changed = known[known != 8.0]
    assert len(changed) > 0
    assert set(changed.tolist()) == {4.0}


def test_ppo_asks_its_network_about_matches_of_a_simulator_too() -> None:
    game = load_game("gym:FrozenLake-v1", {"steps": 3})
    config = configure(game, {"environments": 4, "rollout": 3, "network.hidden": "8", "random_openings": 0})
    network = build_network(config, game)
    play = SelfPlay(game, config, Opponents(game, config, LearnedNetwork(network)))
    rollout = play.collect(network, Moment())
    matches, records = play.batch.cut()
    seen = torch.from_numpy(game.observe(records, np.zeros(len(matches), np.int8)))
    assert matches.tolist() == np.flatnonzero(rollout.cut[2]).tolist() != []
    assert rollout.cut_values[2, matches] == pytest.approx(network.look(seen).values.detach().numpy(), abs=1e-5)
