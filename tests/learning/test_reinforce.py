"""REINFORCE: returns with the right sign, a gradient that a baseline only quietens, and a game that it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment
from sparring.learning.evaluation.duels import share_of_points
from sparring.learning.learner import Diverged, Now
from sparring.learning.reinforce import Reinforce, Step, returns_of

QUICK = {"environments": 32, "network.hidden": "32"}


def step(rewards: list[float], signs: list[float], counts: list[bool]) -> Step:
    nothing = np.zeros(len(rewards))
    return Step(
        nothing,
        nothing.astype(bool),
        nothing.astype(np.int64),
        np.array(rewards, np.float32),
        np.array(signs, np.float32),
        np.array(counts),
        np.array(counts),
    )


def test_a_return_changes_its_sign_with_the_seat_and_ends_with_the_match() -> None:
    # Row 0: three plies in turn, the last wins. Row 1: wins at once; what its next match does doesn't count.
    story = [
        step([0, 1], [-1, -1], [True, True]),
        step([0, 5], [-1, -1], [True, False]),
        step([1, 5], [-1, -1], [True, False]),
    ]
    assert np.array(returns_of(story, 1.0)).tolist() == [[1, 1], [-1, 0], [1, 0]]
    assert np.array(returns_of(story, 0.5))[:, 0].tolist() == [0.25, -0.5, 1]


def test_a_seat_that_decides_twice_in_a_row_keeps_its_sign() -> None:
    story = [step([0], [1], [True]), step([2], [-1], [True]), step([3], [-1], [True])]
    assert np.array(returns_of(story, 1.0))[:, 0].tolist() == [-1, -1, 3]


def test_every_match_counts_from_its_start_to_its_end_and_no_further(make_learner) -> None:
    learner = make_learner("tic_tac_toe", "reinforce", **QUICK)
    story = learner.play_matches(Now(Moment()))
    counts = np.array([each.counts for each in story])
    rewards = np.array([each.rewards for each in story])
    assert counts[0].all()
    assert (np.diff(counts.astype(int), axis=0) <= 0).all()
    lengths = counts.sum(axis=0)
    assert ((lengths >= 5) & (lengths <= 9)).all()
    assert learner.steps == counts.sum()
    assert (rewards[lengths - 1, np.arange(32)] >= 0).all(), "who moves last has not lost"
    assert (np.abs(rewards[counts]).sum()) == (rewards[lengths - 1, np.arange(32)] != 0).sum()


def test_what_pays_more_than_usual_becomes_more_likely(make_learner, let_learn, toy) -> None:
    learner = make_learner(toy("arms", arms=4), "reinforce", learning_rate=0.02, entropy_weight=0, **QUICK)
    one = (np.ones((1, 1), np.int8), np.ones((1, 4), bool))
    before = learner.probabilities()(*one)[0]
    let_learn(learner, 60)
    after = learner.probabilities()(*one)[0]
    assert before.tolist() == pytest.approx([0.25] * 4, abs=0.05)
    assert after[3] > 0.9
    assert learner.policy()(*one).tolist() == [3]


def test_tic_tac_toe_is_learned_in_seconds(make_learner, let_learn) -> None:
    learner = make_learner("tic_tac_toe", "reinforce", environments=256)
    before = share_of_points(learner.game, learner.policy(), "random", 400, seed=3)
    metrics = let_learn(learner, 200)
    after = share_of_points(learner.game, learner.policy(), "random", 400, seed=3)
    assert after > max(0.88, before + 0.2)
    assert {"loss/policy", "loss/value", "policy/entropy", "gradient/norm", "play/return"} <= metrics[0].keys()
    assert metrics[-1]["policy/entropy"] < metrics[0]["policy/entropy"]


@pytest.mark.parametrize("game", ["tic_tac_toe", "rock_paper_scissors"])
def test_a_resumed_learner_ends_in_the_same_bytes(game, make_learner, resumes_to_the_same_bytes) -> None:
    resumes_to_the_same_bytes(lambda: make_learner(game, "reinforce", **QUICK))


def test_another_seed_plays_other_matches(make_learner) -> None:
    first, second = (make_learner("tic_tac_toe", "reinforce", seed=seed, **QUICK) for seed in (1, 2))
    second.network.load_state_dict(first.network.state_dict())
    assert not np.array_equal(
        first.play_matches(Now(Moment()))[0].actions, second.play_matches(Now(Moment()))[0].actions
    )


def test_a_loss_that_is_no_number_is_said(make_learner) -> None:
    learner = make_learner("tic_tac_toe", "reinforce", **QUICK)
    with torch.no_grad():
        learner.network.value.bias.fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is no number at update 1"):
        learner.learn(Now(Moment()))


def test_games_that_it_can_not_learn_are_refused_with_a_sentence(make_learner) -> None:
    with pytest.raises(BadOption, match="an action is one choice; NH fight has others"):
        make_learner("nh_fight", "reinforce")
    with pytest.raises(BadOption, match=r"one or two; .* has 4 seats"):
        make_learner(load_game("snakes", {"seats": 4}), "reinforce")
    assert Reinforce.Settings.model_fields["name"].default == "reinforce"
