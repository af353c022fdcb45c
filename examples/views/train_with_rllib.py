"""RLlib learns Kuhn poker against a random opponent.

    python examples/views/train_with_rllib.py

Everything runs in this process: for more machines give ``env_runners`` a number and Ray an address.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import numpy as np
import ray
from gymnasium import Env
from gymnasium.wrappers import DtypeObservation
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.tune.registry import register_env

import sparring


def environment(config: dict[str, Any]) -> Env[Any, Any]:
    """RLlib makes its environments from a dictionary, and wants observations of floats."""
    return DtypeObservation(sparring.make("kuhn_poker", opponent=config["opponent"]), np.float32)


def configuration(seed: int) -> PPOConfig:
    """PPO of the new API stack, its one runner and its one learner in this process."""
    return (
        PPOConfig()
        .environment("kuhn_poker", env_config={"opponent": "random"})
        .env_runners(num_env_runners=0, num_envs_per_env_runner=8)
        .learners(num_learners=0)
        .training(train_batch_size_per_learner=1024, minibatch_size=256, num_epochs=4, lr=3e-3)
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[32]))
        .debugging(seed=seed, log_level="ERROR")
    )


def main(iterations: int = 6, seed: int = 1) -> list[float]:
    """Train, and return the mean return of the matches of each iteration."""
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, ignore_reinit_error=True)
    register_env("kuhn_poker", environment)
    algorithm = configuration(seed).build_algo()
    try:
        return [float(algorithm.train()["env_runners"]["episode_return_mean"]) for _ in range(iterations)]
    finally:
        algorithm.stop()
        ray.shutdown()


if __name__ == "__main__":
    print("Mean return of each iteration:", " ".join(f"{mean:+.2f}" for mean in main()))  # noqa: T201
