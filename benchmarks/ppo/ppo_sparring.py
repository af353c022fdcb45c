"""Steps a second of Sparring's PPO, self-play in all seats, rollouts and updates together.

On Connect Four, or on the game that the word ``game=gym:CartPole-v1`` names.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import ppo_settings as settings
from contestant import Measure, serve
from environment_clock import EnvironmentClock

from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, configure, game_of
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Now


def prepare() -> Measure:
    config = configure(
        settings.GAME,
        {
            "network.kind": "mlp",
            "network.hidden": settings.HIDDEN,
            "network.activation": settings.ACTIVATION,
            "play.environments": settings.ENVIRONMENTS,
            "play.rollout": settings.ROLLOUT,
            "play.random_openings": 0.0,
            "opponents.past.share": 0.0,
            "algorithm.batch": settings.BATCH,
            "algorithm.epochs": settings.EPOCHS,
            "algorithm.learning_rate": settings.LEARNING_RATE,
            "algorithm.entropy_weight": settings.ENTROPY_WEIGHT,
            "algorithm.discount": settings.DISCOUNT,
            "algorithm.trace": settings.TRACE,
            "algorithm.clip": settings.CLIP,
            "algorithm.value_weight": settings.VALUE_WEIGHT,
            "algorithm.gradient_norm": settings.GRADIENT_NORM,
            **({"threads": settings.THREADS} if settings.THREADS else {}),
        },
    )
    game, learner_class = game_of(config), algorithm(config.algorithm.name)
    learner_class.check(game, config)
    crew, clock = Crew(config.threads), EnvironmentClock()
    crew.__enter__()
    learner = learner_class(game, config, crew)
    train(learner, clock, 0.5)
    return lambda seconds: train(learner, clock, seconds)


def train(learner: Learner, clock: EnvironmentClock, seconds: float) -> dict[str, Any]:
    """Whole updates for about ``seconds``; ``value`` is steps of the game a second."""
    phases: dict[str, float] = {}

    @contextmanager
    def timing(phase: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        phases[phase] = phases.get(phase, 0.0) + time.perf_counter() - began

    clock.seconds = 0.0
    first, start = learner.steps, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        learner.learn(Now(Moment(learner.update, 0.0, learner.config.seed), timing))
        learner.update += 1
    value = (learner.steps - first) / elapsed
    return {"value": value, "phases": clock.split(phases), "threads": learner.crew.threads}


serve(prepare, ["sparring", "torch", "numpy", "numba"])
