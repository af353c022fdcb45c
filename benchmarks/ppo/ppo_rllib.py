"""Steps a second of RLlib's PPO on Connect Four, self-play in both seats, rollouts and updates together.

RLlib gets all matches as one environment of Gymnasium (``vector_entry_point``), in NumPy, which one has to write, and
its own module for masked actions. One policy plays both seats, so a step is one move, as on our side. ``runners=2``:
processes that play; without it RLlib plays and learns in one.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import gymnasium
import numpy as np
import ppo_settings as settings
from boards import COLUMNS, ROWS, Array, Boards
from contestant import Measure, serve
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

os.environ |= {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "PYTHONPATH": str(Path(__file__).resolve().parent)}

import ray
from ray.rllib.algorithms.ppo import PPO, PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.examples.rl_modules.classes.action_masking_rlm import ActionMaskingTorchRLModule

SEEN = 2 * ROWS * COLUMNS
SPACE = spaces.Dict(
    {
        "observations": spaces.Box(0, 1, (SEEN,), np.float32),
        "action_mask": spaces.Box(0, 1, (COLUMNS,), np.float32),
    }
)


class ConnectFour(VectorEnv):
    """All matches at once. A match that is over starts anew with the next step, as RLlib wants it."""

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, num_envs: int) -> None:
        self.num_envs = num_envs
        self.single_observation_space, self.single_action_space = SPACE, spaces.Discrete(COLUMNS)
        self.observation_space = batch_space(SPACE, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.boards, self.ended = Boards(num_envs), np.zeros(num_envs, bool)
        self.never = np.zeros(num_envs, bool)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[dict[str, Array], dict[str, Any]]:
        self.boards.reset()
        self.ended = self.never.copy()
        return self.look(), {}

    def look(self) -> dict[str, Array]:
        seen = self.boards.observe().reshape(self.num_envs, SEEN)
        return {"observations": seen, "action_mask": self.boards.masks().astype(np.float32)}

    def step(self, actions: Array) -> tuple[dict[str, Array], Array, Array, Array, dict[str, Any]]:
        won, over = self.boards.step(np.asarray(actions))
        self.boards.clear(self.ended)
        won[self.ended] = over[self.ended] = False
        self.ended = over
        return self.look(), won.astype(np.float32), over, self.never, {}


gymnasium.register("ConnectFour-v0", vector_entry_point=ConnectFour)


def prepare() -> Measure:
    logging.getLogger("ray").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    runners = settings.RUNNERS
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    config = (
        PPOConfig()
        # the name has the module before it, which the playing processes import
        .environment("ppo_rllib:ConnectFour-v0", observation_space=SPACE, action_space=spaces.Discrete(COLUMNS))
        .env_runners(
            num_env_runners=runners,
            num_envs_per_env_runner=settings.ENVIRONMENTS // max(1, runners),
            gym_env_vectorize_mode="vector_entry_point",
            rollout_fragment_length=settings.ROLLOUT,
        )
        .learners(num_learners=0)
        .rl_module(
            rl_module_spec=RLModuleSpec(
                module_class=ActionMaskingTorchRLModule,
                model_config=DefaultModelConfig(
                    fcnet_hiddens=list(settings.HIDDEN), fcnet_activation=settings.ACTIVATION, vf_share_layers=True
                ),
            )
        )
        .training(
            train_batch_size_per_learner=settings.SAMPLES,
            minibatch_size=settings.BATCH,
            num_epochs=settings.EPOCHS,
            lr=settings.LEARNING_RATE,
            gamma=settings.DISCOUNT,
            lambda_=settings.TRACE,
            clip_param=settings.CLIP,
            vf_loss_coeff=settings.VALUE_WEIGHT,
            entropy_coeff=settings.ENTROPY_WEIGHT,
            grad_clip=settings.GRADIENT_NORM,
            use_kl_loss=False,
        )
        .debugging(seed=1, log_level="ERROR")
    )
    algorithm = config.build_algo()
    train(algorithm, 0.1)
    return lambda seconds: train(algorithm, seconds)


def train(algorithm: PPO, seconds: float) -> dict[str, Any]:
    """Whole updates for about ``seconds``; ``value`` is steps of the game a second, as RLlib counts them."""
    phases, done, start = {"play": 0.0, "learn": 0.0}, 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        result = algorithm.train()
        done += result["env_runners"]["num_env_steps_sampled"]
        phases["play"] += result["timers"]["env_runner_sampling_timer"]
        phases["learn"] += result["timers"]["learner_update_timer"]
    return {"value": done / elapsed, "phases": phases}


if __name__ == "__main__":
    serve(prepare, ["ray", "torch", "gymnasium", "numpy"])
