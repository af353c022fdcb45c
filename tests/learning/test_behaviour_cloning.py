"""Behaviour cloning: the network does what it was shown, and the result of a run is what that brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sparring.engine import Game, load_game
from sparring.errors import BadOption, SparringError
from sparring.learning.behaviour_cloning import log_probabilities_of, split
from sparring.learning.configuration import Moment
from sparring.learning.evaluation.returns import evaluation_returns
from sparring.learning.learner import Diverged, Now
from sparring.learning.memories.datasets import DataSet, read_data_set, record_duels
from sparring.learning.probes.exhaustive import ExhaustiveProbe
from sparring.learning.train import train

EXPERT = "minimax:depth=9"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Decisions of perfect play against random play."""
    game = load_game("tic_tac_toe")
    path = tmp_path_factory.mktemp("data") / "shown.safetensors"
    record_duels(game, [EXPERT, "random"], matches=1500, seed=1, of=[EXPERT]).write(path)
    return path


def settings(shown: Path) -> dict[str, object]:
    return {"data": str(shown), "network.hidden": "64", "gradient_steps": 20, "batch": 128, "episodes": 40}


def test_what_an_expert_does_is_learned_and_brings_what_it_brings(make_learner, let_learn, shown: Path) -> None:
    learner = make_learner("tic_tac_toe", "behaviour_cloning", **settings(shown))
    before, probe = learner.final_metrics()["return/mean"], ExhaustiveProbe(learner.game)
    guessed = probe.measure(learner.policy()).value
    metrics = let_learn(learner, 25)
    assert probe.measure(learner.policy()).value > max(0.7, guessed + 0.2), "an expert's moves keep the result"
    assert metrics[-1]["held_out/same"] > metrics[0]["held_out/same"] + 0.1, "among equals the expert draws lots"
    assert metrics[-1]["held_out/loss"] < metrics[0]["held_out/loss"]
    assert learner.final_metrics()["return/mean"] > max(0.6, before + 0.4)
    assert learner.steps == 25 * 20 * 128


def shown_by_hand(game: Game, path: Path, seen: np.ndarray, masks: np.ndarray, actions: np.ndarray) -> str:
    """A data set of matches of one decision."""
    count = len(actions)
    rewards, numbers = np.zeros(count, np.float32), np.arange(count)
    DataSet(game, "a test", seen, masks, actions, rewards, seen, masks, np.ones(count, bool), numbers).write(path)
    return str(path)


def test_points_in_a_box_are_learned_by_their_squared_error(make_learner, let_learn, toy, tmp_path: Path) -> None:
    game, chance = toy("aim"), np.random.default_rng(1)
    seen = chance.uniform(-1, 1, (500, 1)).astype(np.float32)
    data = shown_by_hand(game, tmp_path / "shots", seen, np.ones((500, 0), bool), 1 + 2 * seen)
    learner = make_learner(game, "behaviour_cloning", **settings(tmp_path) | {"data": data, "learning_rate": 3e-3})
    assert learner.losses(np.arange(500)).tolist() == pytest.approx((2 * seen[:, 0] / 3) ** 2, abs=0.03)
    metrics = let_learn(learner, 25)
    assert metrics[-1]["held_out/loss"] < 0.003
    shots = learner.policy()(np.array([[-0.5], [0.5]], np.float32), np.ones((2, 0), bool))
    assert shots[:, 0] == pytest.approx([0, 2], abs=0.2)


def test_several_choices_are_learned_head_by_head(make_learner, let_learn, toy, tmp_path: Path) -> None:
    game, chance = toy("stances"), np.random.default_rng(1)
    seen = np.stack([chance.integers(2, size=400), chance.integers(3, size=400)], axis=1).astype(np.int8)
    masks = np.ones((400, 5), bool)
    masks[:, 4] = seen[:, 0] > 0
    # Rest at first; then fight, with the sword if there is one.
    fights = seen[:, 1] > 0
    actions = np.stack([fights, np.where(fights, 1 + seen[:, 0], 0)], axis=1).astype(np.int64)
    data = shown_by_hand(game, tmp_path / "stances", seen, masks, actions)
    learner = make_learner(game, "behaviour_cloning", **settings(tmp_path) | {"data": data, "learning_rate": 3e-3})
    metrics = let_learn(learner, 25)
    assert metrics[-1]["held_out/same"] == 1.0


def test_only_what_goes_with_earlier_heads_counts_as_a_choice(toy) -> None:
    game, masks = toy("stances"), torch.tensor([[True] * 5, [True, True, True, True, False]])
    said, actions = torch.zeros(2, 5), torch.tensor([[1, 2], [1, 1]])
    found = log_probabilities_of(game, said, masks, actions)
    assert found.tolist() == pytest.approx([np.log(1 / 2 * 1 / 2), np.log(1 / 2)]), "a fist is all that is left"


def test_a_run_ends_with_mean_and_deviation_of_the_return(make_config, shown: Path) -> None:
    quiet = {"updates": 5, "name": "ada", "threads": 1}
    result = train(make_config("tic_tac_toe", "behaviour_cloning", **settings(shown), **quiet))
    assert (result.status, str(result.model)) == ("done", "tic_tac_toe/ada@1")
    returns = (result.metrics["return/mean"], result.metrics["return/deviation"])
    assert -1 <= returns[0] <= 1
    assert 0 < returns[1] < 1.1


def test_evaluation_episodes_are_seeded_and_count_one_s_own_return() -> None:
    game = load_game("tic_tac_toe")

    def first_legal(observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        return np.asarray(masks.argmax(axis=1))

    once, again, other = (evaluation_returns(game, first_legal, 30, seed) for seed in (1, 1, 2))
    assert once.tolist() == again.tolist() != other.tolist()
    lost = evaluation_returns(game, first_legal, 30, 1, opponent=EXPERT)
    assert lost.max() <= 0
    alone = evaluation_returns(load_game("gym:CartPole-v1"), lambda _, masks: np.zeros(len(masks), int), 10, 1)
    assert ((alone >= 8) & (alone <= 11)).all(), "always left falls at once"


def test_matches_are_held_out_whole(shown: Path) -> None:
    data = read_data_set(shown, load_game("tic_tac_toe"))
    held_out, own = split(data, 0.2, seed=1)
    assert len(held_out) + len(own) == len(data)
    assert set(data.matches[held_out]).isdisjoint(data.matches[own])
    assert len(set(data.matches[held_out])) == round(0.2 * len(set(data.matches)))
    assert split(data, 0.0, seed=1)[0].tolist() == []


def test_a_resumed_learner_ends_in_the_same_bytes(make_learner, resumes_to_the_same_bytes, shown: Path) -> None:
    resumes_to_the_same_bytes(lambda: make_learner("tic_tac_toe", "behaviour_cloning", **settings(shown)))


def test_other_data_is_noticed_when_a_run_goes_on(make_learner, shown: Path, tmp_path: Path) -> None:
    learner = make_learner("tic_tac_toe", "behaviour_cloning", **settings(shown))
    other = tmp_path / "other.safetensors"
    record_duels(learner.game, ["random"], matches=10, seed=1).write(other)
    late = make_learner("tic_tac_toe", "behaviour_cloning", **settings(other))
    with pytest.raises(SparringError, match="has changed since the run began"):
        late.restore(learner.state(), learner.counters())


def test_a_loss_that_is_no_number_is_said(make_learner, shown: Path) -> None:
    learner = make_learner("tic_tac_toe", "behaviour_cloning", **settings(shown))
    with torch.no_grad():
        next(learner.network.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is no number at update 1"):
        learner.learn(Now(Moment()))


def test_what_it_can_not_learn_from_is_refused_before_the_run_begins(make_learner, shown: Path) -> None:
    with pytest.raises(BadOption, match="Name one: --set data=FILE"):
        make_learner("tic_tac_toe", "behaviour_cloning")
    with pytest.raises(SparringError, match="There is no data set nowhere"):
        make_learner("tic_tac_toe", "behaviour_cloning", data="nowhere")
    with pytest.raises(SparringError, match="another game: tic_tac_toe instead of connect_four"):
        make_learner("connect_four", "behaviour_cloning", data=str(shown))
