"""Conservative Q-learning: better than those whose play it saw, and modest about what nobody tried."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import Moment
from sparring.learning.evaluation.returns import evaluation_returns
from sparring.learning.learner import Diverged, Now
from sparring.learning.memories.datasets import ARRAYS, DataSet, record_duels
from sparring.learning.train import train

EXPERT = "minimax:depth=3"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and random play, both against random play; most of it is random."""
    game = load_game("tic_tac_toe")
    good = record_duels(game, [EXPERT, "random"], matches=400, seed=1, of=[EXPERT])
    random = record_duels(game, ["random"], matches=1000, seed=2)
    both = {name: np.concatenate([getattr(good, name), getattr(random, name)]) for name in ARRAYS}
    both["matches"][len(good) :] += 400
    path = tmp_path_factory.mktemp("data") / "mixed.safetensors"
    DataSet(game, "a test", **both).write(path)
    return path


def settings(data: Path) -> dict[str, object]:
    return {"data": str(data), "network.hidden": "64", "gradient_steps": 20, "batch": 128, "episodes": 40}


def one_position(path: Path, actions: list[int], rewards: list[float]) -> str:
    """A data set of matches of one decision in the opening position."""
    game, count = load_game("tic_tac_toe"), len(actions)
    empty, everything = np.zeros((count, 2, 3, 3), np.int8), np.ones((count, 9), bool)
    DataSet(
        game=game,
        source="a test",
        observations=empty,
        masks=everything,
        actions=np.array(actions),
        rewards=np.array(rewards, np.float32),
        next_observations=empty,
        next_masks=everything,
        over=np.ones(count, bool),
        matches=np.arange(count),
    ).write(path)
    return str(path)


def test_from_good_and_random_play_it_learns_the_good(make_learner, let_learn, mixed: Path) -> None:
    learner = make_learner("tic_tac_toe", "cql", **settings(mixed))
    shown = learner.data.rewards.sum() / learner.data.over.sum()
    let_learn(learner, 30)
    learned = evaluation_returns(learner.game, learner.policy(), 200, 1, "random").mean()
    assert shown < 0.2
    assert learned > 0.5


@pytest.mark.parametrize(("penalty", "wanted"), [(0.0, False), (1.0, True)])
def test_what_nobody_tried_is_not_overrated(penalty, wanted, make_learner, let_learn, tmp_path: Path) -> None:
    data = one_position(tmp_path / "bad.safetensors", [2, 5] * 50, [-1.0, -0.5] * 50)
    known = settings(tmp_path) | {"data": data, "learning_rate": 0.01, "penalty": penalty}
    learner = make_learner("tic_tac_toe", "cql", **known)
    let_learn(learner, 15)
    chosen = learner.policy()(np.zeros((1, 2, 3, 3), np.int8), np.ones((1, 9), bool))[0]
    assert (chosen == 5) == wanted, "all that was tried went badly; what wasn't is worth 0 to the credulous"


def test_the_pull_is_that_of_the_paper(make_learner, tmp_path: Path) -> None:
    data = one_position(tmp_path / "one.safetensors", [3], [0.0])
    learner = make_learner("tic_tac_toe", "cql", **settings(tmp_path) | {"data": data, "batch": 4})
    with torch.no_grad():
        learner.network.policy.weight.zero_()
        learner.network.policy.bias.copy_(torch.tensor([0.0, 0, 0, np.log(2.0), 0, 0, 0, 0, 0]))
    found = learner.improve(Now(Moment()))
    assert found["loss/overrating"] == pytest.approx(np.log(8 + 2) - np.log(2))
    assert found["loss/value"] == pytest.approx(np.log(2.0) ** 2 / 2)


def test_a_target_is_the_reward_and_the_seat_s_own_next_decision(make_learner, mixed: Path) -> None:
    learner = make_learner("tic_tac_toe", "cql", **settings(mixed) | {"discount": 0.5, "reward_scale": 2})
    with torch.no_grad():
        learner.target.policy.weight.zero_()
        learner.target.policy.bias.fill_(0.8)
    rows = np.arange(200)
    found, over = learner.targets(rows).numpy(), learner.data.over[rows]
    assert found[over].tolist() == (2 * learner.data.rewards[rows][over]).tolist()
    assert found[~over].tolist() == pytest.approx([0.4] * int((~over).sum()))


def test_a_run_ends_with_mean_and_deviation_of_the_return(make_config, mixed: Path) -> None:
    quiet = {"updates": 3, "name": "ada", "threads": 1}
    result = train(make_config("tic_tac_toe", "cql", **settings(mixed), **quiet))
    assert (result.status, str(result.model)) == ("done", "tic_tac_toe/ada@1")
    assert {"return/mean", "return/deviation"} <= result.metrics.keys()
    assert result.steps == 3 * 20 * 128


def test_a_resumed_learner_ends_in_the_same_bytes(make_learner, resumes_to_the_same_bytes, mixed: Path) -> None:
    known = settings(mixed) | {"target_every": 25}
    resumes_to_the_same_bytes(lambda: make_learner("tic_tac_toe", "cql", **known))


def test_a_loss_that_is_no_number_is_said(make_learner, mixed: Path) -> None:
    learner = make_learner("tic_tac_toe", "cql", **settings(mixed))
    with torch.no_grad():
        learner.network.policy.bias.fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is no number at update 1"):
        learner.learn(Now(Moment()))


def test_what_it_can_not_learn_from_is_refused_before_the_run_begins(make_learner, mixed: Path) -> None:
    with pytest.raises(BadOption, match="Name one: --set data=FILE"):
        make_learner("tic_tac_toe", "cql")
    with pytest.raises(SparringError, match="another game: tic_tac_toe instead of connect_four"):
        make_learner("connect_four", "cql", data=str(mixed))
    with pytest.raises(BadOption, match="an action is one choice; NH fight has others"):
        make_learner("nh_fight", "cql", data=str(mixed))
