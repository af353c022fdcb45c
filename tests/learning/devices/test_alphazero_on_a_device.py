"""AlphaZero on a device searches and learns as it does on the processor. The device is the processor here."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.learning.algorithms import algorithm
from sparring.learning.alphazero import AlphaZero
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.learner import Now

SMALL = {
    "environments": 8,
    "rollout": 4,
    "batch": 16,
    "simulations": 8,
    "fast_simulations": 4,
    "network.hidden": "16",
}


def learner() -> AlphaZero:
    game = load_game("tic_tac_toe")
    config = configure(game, {"algorithm": "alphazero", **SMALL})
    return cast(AlphaZero, algorithm("alphazero")(game, config, Crew(1)))


def learn(learner: AlphaZero) -> dict[str, float]:
    metrics = learner.learn(Now(Moment(update=learner.update, done=0.1, seed=1)))
    learner.update += 1
    return metrics


def test_searches_and_gradient_steps_on_a_device_are_those_of_the_processor() -> None:
    here, there = learner(), learner()
    there.compute_on("cpu", compiled=False)
    before = [parameter.detach().clone() for parameter in there.network.parameters()]
    for _ in range(2):
        expected, found = learn(here), learn(there)
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-5)
    pairs = zip(here.network.parameters(), there.network.parameters(), strict=True)
    for mine, yours in pairs:
        assert np.allclose(mine.detach().numpy(), yours.detach().numpy(), atol=1e-4)
    moved = [not np.array_equal(old, new.detach()) for old, new in zip(before, there.network.parameters(), strict=True)]
    assert all(moved)


def test_the_device_is_asked_for_every_search() -> None:
    there = learner()
    there.compute_on("cpu", compiled=False)
    assert there.played_there is not None
    twin, seen = there.played_there.twin, []
    twin.register_forward_hook(lambda module, given, said: seen.append(len(given[0])))
    learn(there)
    assert sum(seen) > 8 * 4 * 4
