"""What both comparisons with stable-baselines3 share: the network of our side, and training for a time."""

from __future__ import annotations

import math
import time
from typing import Any

import ppo_settings as settings
import torch
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv


class SharedBody(BaseFeaturesExtractor):
    """The layers that policy and value share, as on our side."""

    def __init__(self, observation_space: spaces.Box) -> None:
        super().__init__(observation_space, settings.HIDDEN[-1])
        layers: list[torch.nn.Module] = [torch.nn.Flatten()]
        features = math.prod(observation_space.shape)
        for width in settings.HIDDEN:
            layers += [torch.nn.Linear(features, width), torch.nn.Tanh()]
            features = width
        self.body = torch.nn.Sequential(*layers)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.body(observations)
        return features


class Stopwatch(BaseCallback):
    """Tells apart the time of rollouts."""

    def __init__(self) -> None:
        super().__init__()
        self.playing, self.began = 0.0, 0.0

    def _on_rollout_start(self) -> None:
        self.began = time.perf_counter()

    def _on_rollout_end(self) -> None:
        self.playing += time.perf_counter() - self.began

    def _on_step(self) -> bool:
        return True


def learner(algorithm: type[OnPolicyAlgorithm], environment: VecEnv) -> OnPolicyAlgorithm:
    return algorithm(
        "MlpPolicy",
        environment,
        n_steps=settings.ROLLOUT,
        batch_size=settings.BATCH,
        n_epochs=settings.EPOCHS,
        learning_rate=settings.LEARNING_RATE,
        ent_coef=settings.ENTROPY_WEIGHT,
        gamma=settings.DISCOUNT,
        gae_lambda=settings.TRACE,
        clip_range=settings.CLIP,
        vf_coef=settings.VALUE_WEIGHT,
        max_grad_norm=settings.GRADIENT_NORM,
        policy_kwargs={"features_extractor_class": SharedBody, "net_arch": []},
        seed=1,
        device="cpu",
    )


def train(model: OnPolicyAlgorithm, seconds: float) -> dict[str, Any]:
    """Whole updates for about ``seconds``; ``value`` is steps of the game a second."""
    watch, start, done = Stopwatch(), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        model.learn(settings.SAMPLES, callback=watch, reset_num_timesteps=False)
        done += settings.SAMPLES
    elapsed = time.perf_counter() - start
    phases = {"play": watch.playing, "learn": elapsed - watch.playing}
    return {"value": done / elapsed, "phases": phases, "threads": torch.get_num_threads()}
