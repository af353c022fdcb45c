"""Steps a second of sb3-contrib's MaskablePPO on Connect Four, self-play in both seats, rollouts and updates together.

The peer is used as its documentation says: gymnasium environments with ``action_masks`` in a ``DummyVecEnv``, here as
lean as Python can make them (see ``ppo_sb3_environments.py``). ``environments=8`` is the usual number; 512 of them are
faster. With the word ``vectorised`` it gets all matches as one environment in NumPy instead, which one has to write.
One policy plays both seats, so a step is one move, as on our side, and no opponent has to be asked.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))

import ppo_settings as settings
import torch
from contestant import Measure, serve
from gymnasium import spaces
from ppo_sb3_environments import ConnectFour, ConnectFourBatch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import DummyVecEnv


class SharedBody(BaseFeaturesExtractor):
    """The layers that policy and value share, as on our side."""

    def __init__(self, observation_space: spaces.Box) -> None:
        super().__init__(observation_space, settings.HIDDEN[-1])
        layers: list[torch.nn.Module] = [torch.nn.Flatten()]
        features = int(observation_space.shape[0] * observation_space.shape[1] * observation_space.shape[2])
        for width in settings.HIDDEN:
            layers += [torch.nn.Linear(features, width), torch.nn.Tanh()]
            features = width
        self.body = torch.nn.Sequential(*layers)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.body(observations)
        return features


class Stopwatch(BaseCallback):
    """Tells apart the time of rollouts, and ends training when the time is over, after a whole update."""

    def __init__(self) -> None:
        super().__init__()
        self.until, self.playing, self.began, self.rollouts = 0.0, 0.0, 0.0, 0

    def _on_rollout_start(self) -> None:
        self.began = time.perf_counter()

    def _on_rollout_end(self) -> None:
        self.playing += time.perf_counter() - self.began
        self.rollouts += 1

    def _on_step(self) -> bool:
        return True


def prepare() -> Measure:
    vectorised = "vectorised" in sys.argv
    matches = settings.ENVIRONMENTS
    model = MaskablePPO(
        "MlpPolicy",
        ConnectFourBatch(matches) if vectorised else DummyVecEnv([ConnectFour] * matches),
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
    train(model, 0.5)
    return lambda seconds: train(model, seconds)


def train(model: MaskablePPO, seconds: float) -> dict[str, Any]:
    """Whole updates for about ``seconds``; ``value`` is steps of the game a second."""
    steps = settings.ENVIRONMENTS * settings.ROLLOUT
    watch, start, done = Stopwatch(), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        model.learn(steps, callback=watch, reset_num_timesteps=False)
        done += steps
    elapsed = time.perf_counter() - start
    phases = {"play": watch.playing, "learn": elapsed - watch.playing}
    return {"value": done / elapsed, "seconds_by_phase": phases, "threads": torch.get_num_threads()}


serve(prepare, ["sb3-contrib", "stable-baselines3", "torch", "numpy"])
