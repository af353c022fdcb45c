"""PPO in every kind of game: it trains, and its published model plays as the learner did."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.engine import Game, load_game
from sparring.errors import BadOption
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.learner import Now
from sparring.learning.probes.returns import episode_returns
from sparring.learning.runs.checkpoints import restore_latest
from sparring.learning.runs.folder import read_config
from sparring.learning.train import train
from sparring.matches import play_duel

QUICK: dict[str, Any] = {
    "environments": 8,
    "rollout": 16,
    "batch": 64,
    "random_openings": 0,
    "network.hidden": "16",
    "snapshot_every": 1,
    "probe_seconds": 1000,
    "duel_seconds": 1000,
    "evaluation.matches": 1,
    "final_matches": 2,
    "threads": 1,
    "updates": 2,
}
KINDS = [
    ("nh_fight", {}, {"opponents.past.share": 0.5}),
    ("nh_fight", {}, {"network.heads": "8", "network.normalise": True, "rewards.normalise": True}),
    ("nh_fight", {}, {"network.autoregressive": False, "network.privileged": True, "rewards.novelty": 0.01}),
    ("gym:Pendulum-v1", {"steps": 40}, {"network.normalise": True, "rewards.normalise": True, "network.dropout": 0.1}),
    ("gym:CartPole-v1", {}, {"accumulation": 2, "value_clip": 0.2, "target_kl": 0.01, "network.separate": True}),
    ("pong", {}, {"frames": "0, 1, 3", "network.actor": "8", "network.critic": "8, 8"}),
    ("kuhn_poker", {}, {"network.memory": 8, "opponents.past.share": 0.5, "snapshot_every": 1}),
    ("nh_fight", {}, {"network.memory": 8, "opponents.past.share": 0, "network.privileged": True}),
    ("snakes", {"seats": 4}, {"network.kind": "convolution", "channels": "4, 8", "kernel": 3, "padding": 1}),
    ("liars_dice", {"seats": 3}, {}),
]


def quick(name: str, options: dict[str, Any], said: dict[str, Any]) -> tuple[Game, Any]:
    game = load_game(name, options)
    return game, configure(game, QUICK | said)


@pytest.mark.parametrize(("name", "options", "said"), KINDS)
def test_what_is_published_plays_what_was_learned(name: str, options: dict[str, Any], said: dict[str, Any]) -> None:
    game, config = quick(name, options, said)
    result = train(config)
    assert result.status == "done"
    line = json.loads((result.folder / "metrics.jsonl").read_text().splitlines()[0])
    several = len(game.heads) if len(game.heads) > 1 else 0
    assert sum(metric.startswith("entropy/head_") for metric in line) == several
    player = load(f"model:{result.model},temperature=0", game)
    learner = algorithm("ppo")(game, read_config(result.name), Crew(1))
    restore_latest(learner, result.folder)
    states = game.new_states(np.arange(6))
    seats = states.seat.copy()
    seen, masks = game.observe(states, seats), game.legal(states, seats)
    player.begin(np.arange(6), seats, np.arange(6, dtype=np.uint64))
    reply = player.act(Turn(np.arange(6), seats, seen, masks, np.zeros(6, np.float32), states))
    assert not reply.faults
    assert np.allclose(np.asarray(reply.actions), learner.policy()(seen, masks), atol=1e-4)
    if game.seats == 2:
        duel = play_duel(game, [player, load("random", game)], ["learner", "random"], matches=4, seed=1)
        assert duel.tally().errors == (0, 0)


@pytest.mark.parametrize("activation", ["relu", "gelu"], ids=["compiled steps", "steps of PyTorch"])
def test_minibatches_that_are_put_together_make_the_step_of_one_that_is_as_large(activation: str) -> None:
    found = []
    for batch, accumulation in ((64, 1), (16, 4)):
        said = {"batch": batch, "accumulation": accumulation, "network.activation": activation}
        game, config = quick("tic_tac_toe", {}, said)
        learner: Any = algorithm("ppo")(game, config, Crew(1))
        before = torch.nn.utils.parameters_to_vector(learner.network.parameters()).detach().clone()
        learner.learn(Now(Moment()))
        found.append(torch.nn.utils.parameters_to_vector(learner.network.parameters()).detach())
        assert not torch.allclose(found[-1], before, atol=1e-3)
    assert torch.allclose(*found, atol=1e-4)


def test_a_first_rollout_collects_statistics_and_values_stay_in_raw_rewards() -> None:
    game, config = quick("gym:Pendulum-v1", {"steps": 40}, {"network.normalise": True, "rewards.normalise": True})
    learner: Any = algorithm("ppo")(game, config, Crew(1))
    metrics = learner.learn(Now(Moment()))
    assert learner.steps == 2 * 8 * 16
    assert float(learner.network.normalise.counted) == 2 * 8 * 16
    unit = metrics["play/reward_unit"]
    assert unit > 5
    assert float(learner.averaged.value_scale) == pytest.approx(unit)
    observations = learner.without_past(game.observe(game.new_states(np.arange(5)), np.zeros(5, np.int8)))
    before = learner.network.look(observations).values.detach().numpy()
    learner.network.rescale(3 * unit)
    assert learner.network.look(observations).values.detach().numpy() == pytest.approx(before, rel=1e-4)


def test_a_learner_that_remembers_is_measured_with_what_it_remembers() -> None:
    game = load_game("gym:CartPole-v1", {"steps": 30})
    learner: Any = algorithm("ppo")(game, configure(game, QUICK | {"network.memory": 8, "frames": 2}), Crew(1))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(1)
        for parameter in learner.averaged.parameters():
            parameter.normal_(0.0, 2.0)
    policy = learner.policy()
    remembering, forgetful = episode_returns(game, policy, 20), episode_returns(game, lambda *seen: policy(*seen), 20)
    assert remembering.tolist() != forgetful.tolist()
    assert learner.probabilities() is None
    assert remembering.tolist() == episode_returns(game, learner.policy(), 20).tolist()


def test_novelty_is_refused_where_what_is_new_for_one_is_a_loss_for_the_next() -> None:
    game = load_game("connect_four")
    with pytest.raises(BadOption, match="novelty=0"):
        algorithm("ppo").check(game, configure(game, {"rewards.novelty": 0.1}))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_pole_stays_up_after_half_a_minute(seed: int) -> None:
    result = train(configure(load_game("gym:CartPole-v1"), {"steps": 200_000, "seed": seed}, "default"))
    assert result.metrics["probe/mean_return"] >= 475
