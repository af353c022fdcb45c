"""Gradient steps on a device are those of the processor. The device is the processor here: it has no pinned memory."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.devices import PpoSteps
from sparring.learning.learner import Now
from sparring.learning.ppo import PPO

SMALL: dict[str, Any] = {
    "environments": 16,
    "rollout": 24,
    "batch": 64,
    "accumulation": 2,
    "value_clip": 0.2,
    "network.hidden": "16",
    "opponents.past.share": 0,
    "random_openings": 0.5,
}
KINDS = [
    ("connect_four", {}, {"network.kind": "convolution", "channels": "4"}),
    ("connect_four", {}, {"target_kl": 0.0005, "gradient_norm": 0.05}),
    ("nh_fight", {}, {"network.privileged": True}),
    ("gym:Pendulum-v1", {"steps": 40}, {"network.normalise": True, "rewards.normalise": True}),
]


def learner(name: str, options: dict[str, Any], said: dict[str, Any], compiled: bool | None = None) -> PPO:
    """A learner; with ``compiled`` one that takes its gradient steps as on a device, compiled or not."""
    game = load_game(name, options)
    made = cast(PPO, algorithm("ppo")(game, configure(game, SMALL | said), Crew(1)))
    if compiled is not None:
        made.learn_by(PpoSteps(made.network, game.heads, "cpu", compiled))
    return made


def update(learner: PPO) -> dict[str, float]:
    metrics = learner.learn(Now(Moment(update=learner.update, done=0.1, seed=1)))
    learner.update += 1
    return metrics


@pytest.mark.parametrize(("name", "options", "said"), KINDS)
def test_updates_on_a_device_are_those_of_the_processor(
    name: str, options: dict[str, Any], said: dict[str, Any]
) -> None:
    here, there = learner(name, options, said), learner(name, options, said, compiled=False)
    for _ in range(2):
        expected, found = update(here), update(there)
    assert found == pytest.approx(expected, rel=2e-3, abs=2e-5)
    for mine, yours in zip(here.network.parameters(), there.network.parameters(), strict=True):
        assert torch.allclose(mine, yours, atol=2e-4)
        assert mine.abs().sum() > 0 or mine.ndim == 1


def test_a_learner_put_down_on_a_device_goes_on_as_if_nothing_had_happened() -> None:
    known = ("connect_four", {}, {})
    first, second, undisturbed = (learner(*known, compiled=False) for _ in range(3))
    update(first)
    second.restore(first.state(), first.counters())
    second.update = 1
    update(second)
    update(undisturbed)
    update(undisturbed)
    for mine, yours in zip(second.network.parameters(), undisturbed.network.parameters(), strict=True):
        assert np.array_equal(mine.detach().numpy(), yours.detach().numpy())


@pytest.mark.nightly
def test_the_compiled_loss_is_the_loss() -> None:
    known = ("connect_four", {}, {"network.kind": "convolution", "channels": "4"})
    here, there = learner(*known), learner(*known, compiled=True)
    assert update(there) == pytest.approx(update(here), rel=2e-3, abs=2e-5)


def test_a_network_with_a_memory_is_told_to_stay_on_the_processor() -> None:
    game = load_game("kuhn_poker")
    config = configure(game, {"device": "cuda", "network.memory": 8, "opponents.past.share": 0})
    with pytest.raises(BadOption, match="device=cpu"):
        PPO.check(game, config)
