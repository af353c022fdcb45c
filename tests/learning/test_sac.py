"""Soft actor-critic: soft values worked by hand, the temperature that is wanted, and games of both kinds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment
from sparring.learning.evaluation.duels import share_of_points
from sparring.learning.learner import Diverged, Now
from sparring.learning.networks.normaliser import Normaliser
from sparring.learning.networks.sac_actors import Box, Choice
from sparring.learning.train import train
from sparring.matches import play_duel

QUICK = {
    "environments": 16,
    "rollout": 16,
    "network.hidden": "32",
    "batch": 32,
    "first_learned": 64,
    "memory": 2000,
    "reuse": 2,
}


def test_the_soft_value_of_a_choice_is_the_expectation_over_the_legal_actions(make_learner) -> None:
    actor = make_learner("tic_tac_toe", "sac", **QUICK).actor
    assert isinstance(actor, Choice)
    with torch.no_grad():
        actor.network.policy.weight.zero_()
        actor.network.policy.bias.copy_(torch.tensor([math.log(3.0), 0.0, *[9.0] * 7]))
    masks = torch.tensor([[True, True, *[False] * 7]])

    def critic(worth: list[float]):
        return lambda observations: (torch.tensor([worth + [99.0] * 7]), None)

    values, entropies = actor.soft_values(
        [critic([1.0, 4.0]), critic([2.0, 2.0])], torch.zeros(1, 2, 3, 3), masks, torch.tensor(0.5), torch.Generator()
    )
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    values, entropies = values.detach(), entropies.detach()
    assert float(entropies[0]) == pytest.approx(entropy)
    assert float(values[0]) == pytest.approx(0.75 * 1 + 0.25 * 2 + 0.5 * entropy)


def test_a_drawn_point_has_the_density_of_the_squashed_normal_distribution(make_learner, toy) -> None:
    actor = make_learner(toy("aim"), "sac", **QUICK).actor
    assert isinstance(actor, Box)
    with torch.no_grad():
        for head, value in ((actor.network.mean, 0.3), (actor.network.log_deviation, math.log(0.5))):
            head.weight.zero_()
            head.bias.fill_(value)
        shares, log_densities = actor.network.draw(torch.zeros(2, 1), torch.tensor([[0.0], [1.5]]))
    for place, noise in enumerate((0.0, 1.5)):
        raw = 0.3 + 0.5 * noise
        normal = math.exp(-(noise**2) / 2) / (0.5 * math.sqrt(2 * math.pi))
        assert float(shares[place, 0]) == pytest.approx(math.tanh(raw))
        assert float(log_densities[place]) == pytest.approx(math.log(normal / (1 - math.tanh(raw) ** 2)), rel=1e-4)
    assert actor.in_the_box(torch.tensor([[-1.0], [0.0], [1.0]]))[:, 0].tolist() == [-2.0, 1.0, 4.0]
    assert actor.shares(np.array([[-2.0], [2.5]], np.float32))[:, 0].tolist() == [-1.0, 0.5]


def test_what_should_be_is_the_reward_and_the_opponent_s_soft_value_with_the_other_sign(make_learner) -> None:
    learner = make_learner("tic_tac_toe", "sac", **QUICK | {"discount": 0.5})
    for _ in range(12):
        learner.play(at_random=True)
    with torch.no_grad():
        learner.actor.network.policy.weight.zero_()
        for critic, worth in zip(learner.targets, (0.75, 0.25), strict=True):
            critic.policy.weight.zero_()
            critic.policy.bias.fill_(worth)
    drawn = learner.replay.draw(100, np.random.default_rng(1))
    found = learner.wanted(drawn, torch.tensor(0.1)).numpy()
    legal = drawn.following_masks.sum(axis=1)
    expected = np.where(drawn.onward == 0, drawn.returns, -0.5 * (0.25 + 0.1 * np.log(legal)))
    assert (drawn.onward == 0).any()
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_a_matrix_game_is_played_as_well_as_the_price_of_chance_allows(make_learner, let_learn) -> None:
    """With temperature 1 the solution is the quantal response equilibrium (McKelvey and Palfrey, 1995)."""
    game = load_game("matrix_game", {"table": "0 -1 2; 1 0 -1; -2 1 0", "repetitions": 1, "recall": 1})
    priced = {"tuned": False, "first_temperature": 1.0, "reward_scale": game.forfeit}
    small = {"environments": 64, "rollout": 8, "reuse": 1, "batch": 128, "learning_rate": 2e-3, "first_learned": 500}
    learner = make_learner(game, "sac", **QUICK | small | priced)
    nothing_seen = (np.array([[[0] * 9 + [1, 0]]], np.int8), np.ones((1, 3), bool))
    found = []
    for _ in range(5):
        let_learn(learner, 6)
        found.append(learner.probabilities()(*nothing_seen)[0])
    expected = quantal_response(np.array([[0, -1, 2], [1, 0, -1], [-2, 1, 0]]))
    assert np.mean(found[1:], axis=0) == pytest.approx(expected, abs=0.04)


def quantal_response(payoffs: np.ndarray) -> np.ndarray:
    chances = np.ones(len(payoffs)) / len(payoffs)
    for _ in range(5000):
        answer = np.exp(payoffs @ chances)
        chances = 0.99 * chances + 0.01 * answer / answer.sum()
    return chances


def test_what_dominates_is_played_though_some_chance_is_wanted(make_learner, let_learn) -> None:
    game = load_game("matrix_game", {"table": "0 -3; 3 0", "repetitions": 1, "recall": 1})
    learner = make_learner(game, "sac", **QUICK | {"learning_rate": 3e-3, "entropy_share": 0.3})
    metrics = let_learn(learner, 12)
    chances = learner.probabilities()(np.array([[[0, 0, 0, 0, 1, 0]]], np.int8), np.ones((1, 2), bool))[0]
    assert chances[1] > 0.85
    assert metrics[-1]["policy/entropy"] < 0.5 * math.log(2)


def test_a_target_is_found_in_a_box(make_learner, let_learn, toy) -> None:
    learner = make_learner(toy("aim"), "sac", **QUICK | {"batch": 64, "reuse": 4, "learning_rate": 3e-3})
    let_learn(learner, 25)
    seen = np.linspace(-1, 1, 9, dtype=np.float32)[:, None]
    shots = learner.policy()(seen, np.ones((9, 0), bool))[:, 0]
    assert np.abs(shots - (1 + 2 * seen[:, 0])).mean() < 0.35, "a random shot misses by 1.8 on average"


def test_actions_of_both_seats_stay_in_the_box(make_learner, let_learn, toy) -> None:
    learner = make_learner(toy("tug_of_war"), "sac", **QUICK)
    let_learn(learner, 2)
    kept = learner.replay.actions[: learner.replay.taken[0]]
    assert kept.shape[1:] == (32, 2)
    assert ((kept >= [-1, 0]) & (kept <= [1, 2])).all()
    pulls = learner.policy()(np.array([[-1.0], [0.0], [1.0]], np.float32), np.ones((3, 0), bool))
    assert pulls.dtype == np.float32
    assert ((pulls >= [-1, 0]) & (pulls <= [1, 2])).all()


def test_tic_tac_toe_is_learned_in_seconds(make_learner, let_learn) -> None:
    learner = make_learner(
        "tic_tac_toe",
        "sac",
        environments=64,
        rollout=32,
        batch=128,
        reuse=4,
        learning_rate=2e-3,
        **{"network.hidden": "64"},
    )
    before = share_of_points(learner.game, learner.policy(), "random", 400, seed=3)
    metrics = let_learn(learner, 12)
    assert share_of_points(learner.game, learner.policy(), "random", 400, seed=3) > max(0.8, before + 0.1)
    assert {"loss/value", "loss/policy", "policy/entropy", "policy/temperature", "play/return"} <= metrics[-1].keys()


@pytest.mark.parametrize("name", ["tic_tac_toe", "rock_paper_scissors", "aim", "tug_of_war"])
def test_a_resumed_learner_ends_in_the_same_bytes(name, make_learner, resumes_to_the_same_bytes, toy) -> None:
    game = toy(name) if name in ("aim", "tug_of_war") else load_game(name)
    resumes_to_the_same_bytes(lambda: make_learner(game, "sac", **QUICK))


def test_a_run_publishes_a_model_that_plays(make_config) -> None:
    quiet = {"probe_seconds": 1000, "duel_seconds": 1000, "name": "ada", "updates": 3, "threads": 1}
    result = train(make_config("tic_tac_toe", "sac", **QUICK, **quiet))
    assert (result.status, str(result.model)) == ("done", "tic_tac_toe/ada@1")
    game = load_game("tic_tac_toe")
    players = [load("model:tic_tac_toe/ada", game), load("random", game)]
    assert play_duel(game, players, ["ada", "random"], matches=50, seed=1).tally().errors == (0, 0)


@pytest.mark.parametrize("normalise", [False, True])
def test_a_model_finds_the_same_point_in_a_box_as_its_learner(
    normalise, make_learner, let_learn, toy, tmp_path
) -> None:
    learner = make_learner(toy("aim"), "sac", **QUICK | {"network.normalise": normalise})
    let_learn(learner, 2)
    networks = (learner.actor, learner.critics, learner.targets)
    measured = [layer for each in networks for layer in each.modules() if isinstance(layer, Normaliser)]
    assert len(measured) == (5 if normalise else 0)
    assert {layer.counted.item() for layer in measured} <= {80.0}, "the random decisions before learning begins"
    (tmp_path / "model.onnx").write_bytes(learner.model_files()["model.onnx"])
    player = load(f"onnx:{tmp_path / 'model.onnx'}", learner.game)
    seen, masks = np.linspace(-1, 1, 5, dtype=np.float32)[:, None], np.ones((5, 0), bool)
    lanes, seats = np.arange(5), np.zeros(5, np.int8)
    player.begin(lanes, seats, np.arange(5, dtype=np.uint64))
    states = learner.game.new_states(np.arange(5))
    reply = player.act(Turn(lanes, seats, seen, masks, np.zeros(5, np.float32), states))
    assert np.array(reply.actions) == pytest.approx(learner.policy()(seen, masks), abs=1e-4)


def test_a_temperature_that_is_not_tuned_stays(make_learner, let_learn) -> None:
    learner = make_learner("tic_tac_toe", "sac", **QUICK | {"tuned": False, "first_temperature": 0.25})
    assert [round(line["policy/temperature"], 6) for line in let_learn(learner, 3)] == [0.25] * 3


def test_a_loss_that_is_no_number_is_said(make_learner, let_learn) -> None:
    learner = make_learner("tic_tac_toe", "sac", **QUICK)
    let_learn(learner, 1)
    with torch.no_grad():
        learner.critics[0].policy.bias.fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is no number at update 2"):
        learner.improve(Now(Moment()))


def test_games_that_it_can_not_learn_are_refused_with_a_sentence(make_learner) -> None:
    with pytest.raises(BadOption, match="an action of NH fight has several heads"):
        make_learner("nh_fight", "sac")
    with pytest.raises(BadOption, match=r"one or two; .* has 4 seats"):
        make_learner(load_game("snakes", {"seats": 4}), "sac")
