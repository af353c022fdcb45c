"""Every algorithm that learns from play against others meets them: what it learns from, and whom it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment, configure
from sparring.learning.evaluation.duels import share_of_points
from sparring.learning.learner import Learner, Now
from sparring.learning.memories.replay import Replay
from sparring.learning.rollouts.decisions import Outcome
from sparring.learning.train import check_run, train

SMALL: dict[str, Any] = {"environments": 16, "rollout": 8, "network.hidden": "16"}
OFF_POLICY: dict[str, Any] = {"batch": 32, "memory": 500, "first_learned": 50, "reuse": 1.0}
MEETING: dict[str, dict[str, Any]] = {
    "reinforce": {},
    "dqn": OFF_POLICY,
    "sac": OFF_POLICY,
    "q_learning": {},
    "ruql": {},
}
ALL_PAST = {"opponents.past.share": 1.0, "snapshot_every": 1, "change_every": 2}
EVERYBODY = {"opponents.past.share": 0.5, "opponents.targets.share": 0.25, "targets.agents": ["random"]}


def settings(name: str, **more: Any) -> dict[str, Any]:
    network = {} if name in ("q_learning", "ruql") else {"network.hidden": "16"}
    return {"environments": 16, "rollout": 8, **network, **MEETING[name], **more}


@pytest.mark.parametrize("name", MEETING)
@pytest.mark.parametrize("game", ["tic_tac_toe", "rock_paper_scissors"])
def test_it_meets_its_past_and_others_in_alternating_seats(
    name: str, game: str, make_learner: Callable[..., Learner], let_learn: Callable[..., list[dict[str, float]]]
) -> None:
    learner: Any = make_learner(game, name, **settings(name, **EVERYBODY, snapshot_every=2))
    owned = []
    for _ in range(6):
        metrics = let_learn(learner, 1)[-1]
        owned.append(learner.opponents.own[:12].copy())
    assert metrics["opponents/past/matches"] > 0
    assert metrics["opponents/targets/matches"] > 0
    seating = learner.opponents.seating
    assert ((seating[:12] == -1).sum(axis=1) == 1).all(), "the learner has one seat in its matches against others"
    assert (seating[12:] == -1).all(), "and all of them where it plays itself"
    assert np.unique(owned).tolist() == [0, 1]
    assert learner.opponents.past.members == ["2", "4", "6"]


@pytest.mark.parametrize("name", MEETING)
def test_a_resumed_learner_meets_the_same_and_ends_in_the_same_bytes(
    name: str, make_learner: Callable[..., Learner], resumes_to_the_same_bytes: Callable[..., None]
) -> None:
    resumes_to_the_same_bytes(lambda: make_learner("tic_tac_toe", name, **settings(name, **ALL_PAST)))


@pytest.mark.parametrize("name", MEETING)
def test_it_learns_to_answer_an_opponent_that_can_be_answered(
    name: str, make_learner: Callable[..., Learner], let_learn: Callable[..., list[dict[str, float]]]
) -> None:
    """Against its like the equilibrium is mixed; against somebody who always does the same one action wins."""
    against = {"opponents.scripted.share": 1.0, "scripted.names": ["always-rock"], "rollout": 20, "environments": 32}
    learner = make_learner("rock_paper_scissors", name, **(settings(name) | against))
    let_learn(learner, 15)
    assert share_of_points(load_game("rock_paper_scissors"), learner.policy(), "scripted:always-rock", 20, seed=1) > 0.9


def outcome(reward: float, sign: float, over: bool, own: bool) -> Outcome:
    return Outcome(np.array([reward], np.float32), np.array([over]), np.array([sign], np.float32), np.array([own]))


def test_what_an_opponent_does_counts_to_the_decision_before_it() -> None:
    replay = Replay(load_game("tic_tac_toe"), 1, 100, ahead=1, discount=0.5)
    story = [
        (1, -1, False, False),
        (2, -1, False, True),
        (4, -1, False, False),
        (8, 1, False, True),
        (0, 1, True, True),
    ]
    for step, (reward, sign, over, own) in enumerate(story):
        seen = np.full((1, 2, 3, 3), step, np.int8)
        replay.add(seen, np.ones((1, 9), bool), np.array([step]), outcome(reward, sign, over, own))
    assert replay.taken.tolist() == [3], "the opponent's own decisions are not kept"
    drawn = replay.draw(50, np.random.default_rng(1))
    first = int(np.flatnonzero(drawn.actions == 1)[0])
    # Worked by hand: 2 + .5(-1)4 = 0; then .5(-1) .5(-1) of the next decision of its own.
    assert (drawn.returns[first], drawn.onward[first]) == (0.0, 0.25)
    assert drawn.following[first, 0, 0, 0] == 3


def test_a_match_that_an_opponent_ends_is_over_for_the_decision_before_it() -> None:
    replay = Replay(load_game("tic_tac_toe"), 1, 100, ahead=1)
    steps = [(0, -1, False, True), (1, -1, True, False), (5, -1, False, False), (0, 1, False, True)]
    for step, (reward, sign, over, own) in enumerate(steps):
        seen = np.full((1, 2, 3, 3), step, np.int8)
        replay.add(seen, np.ones((1, 9), bool), np.array([step]), outcome(reward, sign, over, own))
    drawn = replay.draw(20, np.random.default_rng(1))
    assert set(zip(drawn.actions.tolist(), drawn.returns.tolist(), drawn.onward.tolist(), strict=True)) == {(0, -1, 0)}


def test_a_table_learns_from_its_own_decisions_only(make_learner: Callable[..., Learner]) -> None:
    against = {"opponents.targets.share": 1.0, "targets.agents": ["random"], "environments": 1, "rollout": 1}
    learner: Any = make_learner("tic_tac_toe", "q_learning", **against)
    for _ in range(200):
        before = int(learner.batch.states["seat"][0])
        entered = len(learner.table)
        learner.learn(Now(Moment()))
        own = learner.opponents.own[0] if not learner.batch.over[0] else 1 - learner.opponents.own[0]
        if before != own:
            assert len(learner.table) == entered


@pytest.mark.parametrize("name", ["dqn", "q_learning"])
def test_the_latest_of_another_run_is_met_whatever_its_algorithm(name: str) -> None:
    game = load_game("rock_paper_scissors")
    quiet = {"probe_seconds": 1000, "duel_seconds": 1000, "matches": 2, "final_matches": 2, "updates": 3}
    said = {**settings(name), **quiet, "algorithm": name, "name": "ada"}
    own = MEETING[name]
    train(configure(game, {f"algorithm.{key}" if key in own else key: value for key, value in said.items()}))
    met = {"opponents.latest.share": 1.0, "opponents.latest.run": "ada", "network.hidden": "16", "batch": 32}
    result = train(configure(game, {**SMALL, **quiet, **met, "opponents.past.share": 0, "name": "bob"}))
    assert result.status == "done"


@pytest.mark.parametrize("name", ["alphazero", "nfsp", "cfr", "psro"])
def test_who_meets_nobody_says_so_where_opponents_are_asked_for(name: str) -> None:
    game = load_game("rock_paper_scissors" if name != "alphazero" else "tic_tac_toe")
    check_run(game, configure(game, {"algorithm": name}))
    with pytest.raises(BadOption, match=rf"The algorithm {name} meets no opponents \(.*opponents\.past\.share is 0\.5"):
        check_run(game, configure(game, {"algorithm": name, "opponents.past.share": 0.5}))


def test_only_ppo_meets_its_past_unless_it_is_told_to() -> None:
    game = load_game("tic_tac_toe")
    shares = {name: configure(game, {"algorithm": name}).opponents.past.share.constant for name in ("ppo", *MEETING)}
    assert shares == {"ppo": 0.2} | dict.fromkeys(MEETING, 0.0)
    assert configure(game, {"algorithm": "dqn"}, "past_self_play").opponents.past.share.at(Moment()) == 0.2
