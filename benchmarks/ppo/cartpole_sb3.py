"""Steps a second of stable-baselines3's PPO on CartPole-v1, rollouts and updates together.

The peer is used as its documentation says: ``make_vec_env``, which makes a ``DummyVecEnv`` of so many environments, of
which 8 is the usual number. With the word ``vectorised`` it gets Gymnasium's own vectorised CartPole instead, which it
does not take as it is: the few lines between them are below.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import gymnasium
import numpy as np
import ppo_settings as settings
from contestant import Measure, serve
from sb3_training import learner, train
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecEnv

GAME = "CartPole-v1"


class VectorisedCartPole(VecEnv):
    """Gymnasium's vectorised CartPole. Its steps that only start a match anew (without reward) are steps here."""

    def __init__(self, matches: int) -> None:
        self.inner = gymnasium.make_vec(GAME, matches, vectorization_mode="vector_entry_point")
        super().__init__(matches, self.inner.single_observation_space, self.inner.single_action_space)
        self.information: list[dict[str, Any]] = [{} for _ in range(matches)]

    def reset(self) -> np.ndarray[Any, Any]:
        observations: np.ndarray[Any, Any] = self.inner.reset(seed=1)[0]
        return observations

    def step_async(self, actions: np.ndarray[Any, Any]) -> None:
        self.actions = actions

    def step_wait(
        self,
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any], list[dict[str, Any]]]:
        observations, rewards, terminated, truncated, _ = self.inner.step(self.actions)
        over, infos = terminated | truncated, self.information
        if over.any():
            infos = [{} for _ in range(self.num_envs)]
            for match in np.flatnonzero(over):
                cut = bool(truncated[match] and not terminated[match])
                infos[match] = {"terminal_observation": observations[match], "TimeLimit.truncated": cut}
        return observations, rewards, over, infos

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        raise AttributeError(method_name)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError(attr_name)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def seed(self, seed: int | None = None) -> Sequence[None]:
        return [None] * self.num_envs

    def close(self) -> None:
        self.inner.close()


def prepare() -> Measure:
    matches = settings.ENVIRONMENTS
    vectorised = "vectorised" in sys.argv
    model = learner(PPO, VectorisedCartPole(matches) if vectorised else make_vec_env(GAME, matches, seed=1))
    train(model, 0.5)
    return lambda seconds: train(model, seconds)


serve(prepare, ["stable-baselines3", "gymnasium", "torch", "numpy"])
