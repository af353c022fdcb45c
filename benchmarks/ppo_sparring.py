"""Steps a second of Sparring's PPO on Connect Four, self-play in both seats, rollouts and updates together."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))

import ppo_settings as settings
from contestant import Measure, serve

from sparring.engine import load_game
from sparring.learning.configuration import configure
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner
from sparring.learning.ppo import update


def prepare() -> Measure:
    game = load_game("connect_four")
    config = configure(
        game,
        {
            "network": "mlp",
            "hidden": settings.HIDDEN,
            "activation": settings.ACTIVATION,
            "environments": settings.ENVIRONMENTS,
            "rollout": settings.ROLLOUT,
            "batch": settings.BATCH,
            "epochs": settings.EPOCHS,
            "learning_rate": settings.LEARNING_RATE,
            "learning_rate_end": settings.LEARNING_RATE,
            "entropy_weight": settings.ENTROPY_WEIGHT,
            "entropy_weight_end": settings.ENTROPY_WEIGHT,
            "discount": settings.DISCOUNT,
            "trace": settings.TRACE,
            "clip": settings.CLIP,
            "value_weight": settings.VALUE_WEIGHT,
            "gradient_norm": settings.GRADIENT_NORM,
            "past_opponents": 0.0,
            "random_openings": 0.0,
        },
    )
    learner, crew = Learner(game, config), Crew(config.threads)
    crew.__enter__()
    train(learner, crew, 0.5)
    return lambda seconds: train(learner, crew, seconds)


def train(learner: Learner, crew: Crew, seconds: float) -> dict[str, Any]:
    """Whole updates for about ``seconds``; ``value`` is steps of the game a second."""
    phases = {"play": 0.0, "learn": 0.0}
    first, start = learner.steps, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        began = time.perf_counter()
        rollout = learner.play()
        played = time.perf_counter()
        update(learner, rollout, 0.0, crew)
        learner.finish_update()
        phases["play"] += played - began
        phases["learn"] += time.perf_counter() - played
    return {"value": (learner.steps - first) / elapsed, "seconds_by_phase": phases, "threads": crew.threads}


serve(prepare, ["sparring", "torch", "numpy", "numba"])
