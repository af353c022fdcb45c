"""Deep Q-learning: targets worked by hand, each idea switched on and off, and games that it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparring.agents.network import OnnxPlayer
from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment
from sparring.learning.dqn import action_values, bellman_targets
from sparring.learning.evaluation.duels import PolicyPlayer, share_of_points
from sparring.learning.learner import Diverged, Now
from sparring.learning.probes.exhaustive import ExhaustiveProbe
from sparring.learning.train import train
from sparring.matches import play_duel

QUICK = {
    "environments": 16,
    "rollout": 16,
    "network.hidden": "32",
    "batch": 32,
    "first_learned": 64,
    "memory": 2000,
}


def test_a_target_is_worked_out_as_by_hand() -> None:
    masks = np.array([[True, True, True], [True, False, True], [True, True, True]])
    judged = torch.tensor([[1.0, 2.0, 3.0], [1.0, 9.0, 3.0], [1.0, 2.0, 3.0]])
    chosen = torch.tensor([[5.0, 4.0, 0.0], [0.0, 9.0, 1.0], [5.0, 0.0, 0.0]])
    returns, onward = np.array([0.5, 0.0, 1.0], np.float32), np.array([-0.9, 1.0, 0.0], np.float32)
    game = load_game("rock_paper_scissors")
    alone = bellman_targets((returns, onward), judged, judged, masks, game)
    double = bellman_targets((returns, onward), judged, chosen, masks, game)
    assert alone.tolist() == pytest.approx([0.5 - 0.9 * 3, 3.0, 1.0])
    assert double.tolist() == pytest.approx([0.5 - 0.9 * 1, 3.0, 1.0])


def test_several_heads_are_branches_that_keep_to_their_dependencies(toy, make_learner, let_learn) -> None:
    game = toy("stances")
    # Fighting is better, and goes with no empty hand, however good that is; there is no sword; so it is the fist.
    chosen, judged = torch.tensor([[0.0, 1.0, 9.0, 2.0, 3.0]]), torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    masks, one = np.array([[True] * 4 + [False]]), np.ones(1, np.float32)
    assert bellman_targets((one, -one), judged, chosen, masks, game).tolist() == [1 - (2 + 4) / 2]
    learner = make_learner(game, "dqn", discount=1.0, reward_scale=0.1, **QUICK)
    let_learn(learner, 12)
    seen, armed = np.array([[1, 0], [0, 1]], np.int8), np.array([[True] * 5, [True] * 4 + [False]])
    actions = learner.policy()(seen, armed)
    assert actions[:, 0].tolist() == [1, 1], "who fights gets a point more"
    assert actions[1, 1] == 1
    player, lanes, none = (
        OnnxPlayer.of(learner.model_files()["model.onnx"], game),
        np.arange(2),
        np.zeros(2, np.float32),
    )
    states = game.new_states(np.arange(2))
    reply = player.act(Turn(lanes, np.zeros(2, np.int8), seen, armed, none, states))
    assert np.array(reply.actions).tolist() == actions.tolist()


@pytest.mark.parametrize("double", [True, False])
def test_the_next_action_is_chosen_by_the_network_and_judged_by_its_older_self(make_learner, double: bool) -> None:
    learner = make_learner("tic_tac_toe", "dqn", duelling=False, double=double, **QUICK)
    with torch.no_grad():
        for network, bias in ((learner.network, [0.0] * 8 + [1.0]), (learner.target, [1.0, *[0.0] * 7, 0.25])):
            network.policy.weight.zero_()
            network.policy.bias.copy_(torch.tensor(bias))
    for _ in range(3):
        learner.play(1.0)
    drawn = learner.replay.draw(64, np.random.default_rng(1))
    both = drawn.following_masks[:, 0] & drawn.following_masks[:, 8]
    assert both.any()
    expected = -0.99 * (0.25 if double else 1.0)
    assert learner.targets(drawn)[both].tolist() == pytest.approx([expected] * int(both.sum()))


def test_duelling_measures_actions_from_their_legal_mean() -> None:
    def network(observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor([[1.0, 3.0, 50.0]]), torch.tensor([0.5])

    masks = np.array([[True, True, False]])
    values = action_values(network, np.zeros((1, 1), np.float32), masks, duelling=True)  # type: ignore[arg-type]
    assert values[0, :2].tolist() == [-0.5, 1.5]
    plain = action_values(network, np.zeros((1, 1), np.float32), masks, duelling=False)  # type: ignore[arg-type]
    assert plain[0, :2].tolist() == [1.0, 3.0]


def test_the_network_that_judges_is_renewed_when_it_is_time_and_not_before(make_learner) -> None:
    learner = make_learner("tic_tac_toe", "dqn", target_every=5, **QUICK)
    for _ in range(30):
        learner.play(1.0)

    def same() -> bool:
        pairs = zip(learner.network.parameters(), learner.target.parameters(), strict=True)
        return all(torch.equal(one, other) for one, other in pairs)

    seen = []
    for _ in range(10):
        learner.improve(Now(Moment()))
        seen.append(same())
    assert seen == [False] * 4 + [True] + [False] * 4 + [True]


def test_two_moves_in_a_row_are_told_from_two_in_turn(make_learner, let_learn, toy) -> None:
    """In `twice` each seat moves twice: who takes the sign for granted plays it badly."""
    game = toy("twice", table=7)
    learner = make_learner(
        game, "dqn", discount=1.0, reuse=4, learning_rate=2e-3, **QUICK | {"environments": 64, "batch": 128}
    )
    let_learn(learner, 20)
    states = game.new_states([1])
    assert worth(game, states, learner.policy()) == pytest.approx(worth(game, states, None), abs=0.02)


def worth(game, states, policy) -> float:
    """What the first seat gets when both play the best there is; where ``policy`` is given it has the first seat."""
    if states["over"][0]:
        return 0.0
    seat = int(states["seat"][0])
    mask = game.legal(states, [seat])
    tried = np.flatnonzero(mask[0])
    if policy is not None and seat == 0:
        tried = policy(game.observe(states, [seat]), mask)
    results = []
    for action in tried.tolist():
        after = states.copy()
        reward = float(game.play(after, np.array([action]))[0, 0])
        results.append(reward + worth(game, after, policy))
    return max(results) if seat == 0 else min(results)


def test_tic_tac_toe_is_learned_in_seconds(make_learner, let_learn) -> None:
    learner = make_learner("tic_tac_toe", "dqn", environments=64, rollout=64, **{"network.hidden": "128"})
    before = ExhaustiveProbe(learner.game).measure(learner.policy())
    metrics = let_learn(learner, 7)
    after = ExhaustiveProbe(learner.game).measure(learner.policy())
    assert share_of_points(learner.game, learner.policy(), "random", 400, seed=3) > 0.87
    assert max(before.value, 0.65) < after.value - 0.15
    assert {"loss/value", "value/error", "gradient/norm", "schedule/exploration", "play/return"} <= metrics[-1].keys()


PLAIN = {"double": False, "duelling": False, "priority": 0, "ahead": 1}


@pytest.mark.parametrize("idea", [{}, {"double": True}, {"duelling": True}, {"priority": 0.6}, {"ahead": 3}])
def test_rock_paper_scissors_against_itself_works_with_each_idea_alone(make_learner, let_learn, idea) -> None:
    learner = make_learner("rock_paper_scissors", "dqn", **QUICK | PLAIN | idea)
    metrics = let_learn(learner, 3)
    assert learner.gradient_steps > 20
    assert learner.steps == 3 * 16 * 16
    assert np.isfinite(list(metrics[-1].values())).all()


@pytest.mark.parametrize("ideas", [{}, PLAIN, {"ahead": 3}])
@pytest.mark.parametrize("game", ["tic_tac_toe", "rock_paper_scissors"])
def test_a_resumed_learner_ends_in_the_same_bytes(game, ideas, make_learner, resumes_to_the_same_bytes) -> None:
    resumes_to_the_same_bytes(lambda: make_learner(game, "dqn", **QUICK | {"reuse": 2} | ideas))


def test_a_run_publishes_a_model_that_plays_what_the_learner_would(make_config) -> None:
    quiet = {"probe_seconds": 1000, "duel_seconds": 1000, "name": "ada", "updates": 3, "threads": 1}
    result = train(make_config("tic_tac_toe", "dqn", **QUICK, **quiet))
    assert (result.status, str(result.model)) == ("done", "tic_tac_toe/ada@1")
    game = load_game("tic_tac_toe")
    players = [load("model:tic_tac_toe/ada", game), load("random", game)]
    duel = play_duel(game, players, ["ada", "random"], matches=200, seed=1)
    assert duel.tally().errors == (0, 0)
    assert duel.tally().points[0] / 400 == pytest.approx(result.metrics["against/random"], abs=0.1)


def test_a_game_for_one_seat_is_learned_by_its_own_reward(make_learner, let_learn, toy) -> None:
    learner = make_learner(toy("corridor", cells=7), "dqn", discount=0.8, learning_rate=3e-3, **QUICK)
    metrics = let_learn(learner, 12)
    everywhere, both = np.eye(7, dtype=np.int8)[1:6], np.ones((5, 2), bool)
    assert learner.policy()(everywhere, both).tolist() == [1] * 5, "on to the far end, though the near one is next door"
    worth = action_values(learner.network, everywhere, both, duelling=True)[:, 1]
    assert worth.tolist() == pytest.approx([0.8**4, 0.8**3, 0.8**2, 0.8, 1.0], abs=0.08)
    assert metrics[0]["play/return"] < 0.6 < metrics[-1]["play/return"]


@pytest.mark.nightly
def test_cartpole_is_balanced(make_learner, let_learn) -> None:
    settings = {"environments": 16, "network.hidden": "64,64", "reward_scale": 0.1, "ahead": 3}
    learner = make_learner("gym:CartPole-v1", "dqn", **settings)
    let_learn(learner, 60)
    assert share_of_points(learner.game, learner.policy(), "random", 100, seed=1) > 0.99
    duel = play_duel(learner.game, [PolicyPlayer(learner.policy())] * 2, ["it", "it"], 50, seed=1)
    assert np.mean([record.scores[0] for record in duel.records]) > 150


def test_observations_are_measured_before_learning_begins_and_not_after(make_learner, let_learn, toy) -> None:
    settings = QUICK | {"network.normalise": True, "exploration": 1}
    learner = make_learner(toy("corridor", cells=7), "dqn", **settings)
    let_learn(learner, 1)
    counted, seen = learner.network.normalise.counted.item(), learner.replay.observations.reshape(-1, 7)
    assert 64 <= counted < 256
    assert learner.network.normalise.mean.tolist() == pytest.approx(seen[: int(counted)].mean(axis=0).tolist())
    let_learn(learner, 1)
    assert learner.network.normalise.counted.item() == learner.target.normalise.counted.item() == counted


def test_a_loss_that_is_no_number_is_said(make_learner) -> None:
    learner = make_learner("tic_tac_toe", "dqn", **QUICK)
    for _ in range(10):
        learner.play(1.0)
    with torch.no_grad():
        learner.network.value.bias.fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is no number at update 1"):
        learner.improve(Now(Moment()))
    with pytest.raises(Diverged, match="The weights are no numbers after update 1"):
        learner.require_numbers(learner.network.parameters())


def test_games_that_it_can_not_learn_are_refused_with_a_sentence(make_learner) -> None:
    with pytest.raises(BadOption, match="learns choices; actions of RoboSumo are points in a box"):
        make_learner("robosumo", "dqn")
    with pytest.raises(BadOption, match=r"one or two; .* has 4 seats"):
        make_learner(load_game("snakes", {"seats": 4}), "dqn")


NOT_KNOWN = {
    "network.privileged": True,
    "network.memory": 8,
    "network.dropout": 0.1,
    "play.frames": 2,
    "play.noise": [{"deviation": 0.1}],
    "rewards.game": 0.5,
}


@pytest.mark.parametrize("setting", NOT_KNOWN)
@pytest.mark.parametrize("name", ["reinforce", "dqn", "sac"])
def test_settings_that_it_does_not_know_are_refused_not_ignored(make_learner, name, setting) -> None:
    with pytest.raises(BadOption, match=f"The algorithm {name} knows no {setting}"):
        make_learner("tic_tac_toe", name, **{setting: NOT_KNOWN[setting]})
