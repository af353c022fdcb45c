"""What is added to rewards, and the unit in which they are measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.learning.configuration import Moment, configure
from sparring.learning.rollouts import Rewarding, Rollout
from sparring.learning.rollouts.novelty import Novelty


def rewarding(**settings: Any) -> Rewarding:
    game = load_game("rock_paper_scissors")
    return Rewarding(game, configure(game, {f"rewards.{name}": value for name, value in settings.items()}, "default"))


def rollout_of(steps: int = 30, rows: int = 8, seed: int = 1) -> Rollout:
    chance = np.random.default_rng(seed)
    rollout = Rollout.empty(load_game("rock_paper_scissors"), steps, rows)
    rollout.rewards[:] = chance.normal(size=(steps, rows))
    rollout.over[:] = chance.random((steps, rows)) < 0.1
    rollout.signs[:] = 1.0
    return rollout


def test_the_unit_is_the_deviation_of_discounted_returns_over_all_rollouts() -> None:
    """A return is added up from the start of its match, and goes on from one rollout to the next."""
    found, returns = rewarding(normalise=True), []
    following = np.zeros(8)
    for seed in (1, 2):
        rollout = rollout_of(seed=seed)
        for rewards, over in zip(rollout.rewards.copy(), rollout.over, strict=True):
            following = rewards + 0.9 * following
            returns.append(following)
            following = np.where(over, 0.0, following)
        metrics = found.apply(rollout, Moment(), discount=0.9)
    assert metrics["play/reward_unit"] == pytest.approx(np.std(returns), rel=1e-5)


def test_rewards_are_cut_off_at_so_many_units_and_otherwise_stay_what_they_are() -> None:
    found, rollout = rewarding(normalise=True, limit=2), rollout_of()
    rollout.rewards[3, 3] = 500.0
    before = rollout.rewards.copy()
    found.apply(rollout, Moment(), discount=0.9)
    assert rollout.rewards[3, 3] == pytest.approx(2 * found.unit)
    assert np.array_equal(np.delete(rollout.rewards, 27), np.delete(before, 27))
    plain = rollout_of()
    assert rewarding().apply(plain, Moment(), discount=0.9) == {}
    assert np.array_equal(plain.rewards, rollout_of().rewards)


def test_what_is_seen_again_and_again_is_worth_less_each_time() -> None:
    novelty = Novelty(load_game("connect_four"), seed=1)
    first, other = np.random.default_rng(1).integers(0, 2, (2, 1, 2, 6, 7)).astype(np.int8)
    assert novelty.rewards(first).tolist() == [1.0]
    assert novelty.rewards(first.repeat(3, axis=0)) == pytest.approx([0.5] * 3)
    assert novelty.rewards(other).tolist() == [1.0]


def test_novelty_is_added_with_its_weight_of_the_moment() -> None:
    found, rollout = rewarding(novelty="0.5 if t < 1 else 0"), rollout_of()
    rollout.rewards[:] = 0.0
    rollout.observations[:] = 1
    metrics = found.apply(rollout, Moment(), discount=1.0)
    assert rollout.rewards == pytest.approx(0.5 / np.sqrt(240), abs=1e-6)
    assert metrics["play/novelty"] == pytest.approx(1 / np.sqrt(240))
    rollout.rewards[:] = 0.0
    found.apply(rollout, Moment(update=1), discount=1.0)
    assert not rollout.rewards.any()
