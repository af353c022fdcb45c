"""What counts as a reward beyond what the game says: novelty, and the unit in which rewards are measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.engine.batch import with_rows
from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.networks.normaliser import RunningScale
from sparring.learning.rollouts.novelty import Novelty
from sparring.learning.rollouts.rollout import Rollout


class Rewarding:
    """Changes the rewards of rollouts as configured, and remembers what that takes."""

    def __init__(self, game: Game, config: TrainConfig) -> None:
        self.settings = config.rewards
        self.novelty = Novelty(game, config.seed) if self.settings.novelty.constant != 0 else None
        self.scale = RunningScale()
        self._shape = game.observation_shape
        self._following = np.zeros(0, np.float64)

    def apply(self, rollout: Rollout, moment: Moment, discount: float) -> dict[str, float]:
        """Change the rewards of a rollout in place; returns metrics.

        Rewards stay in the game's units: what they are measured by is ``unit``, and they are cut off at so many units.
        """
        metrics: dict[str, float] = {}
        if self.novelty is not None:
            seen = rollout.observations.reshape(rollout.rewards.size, -1, *self._shape)[:, 0]
            found = self.novelty.rewards(seen).reshape(rollout.rewards.shape)
            rollout.rewards += np.float32(self.settings.novelty.at(moment)) * found
            metrics["play/novelty"] = float(found.mean())
        if self.settings.normalise:
            self._count(rollout, discount)
            limit = np.float32(self.settings.limit * self.unit)
            np.clip(rollout.rewards, -limit, limit, out=rollout.rewards)
            metrics["play/reward_unit"] = self.unit
        return metrics

    @property
    def unit(self) -> float:
        """The deviation of the discounted return, if rewards are measured by it."""
        return self.scale.deviation if self.settings.normalise else 1.0

    def _count(self, rollout: Rollout, discount: float) -> None:
        """Add up discounted rewards, row by row, from the start of each match."""
        returns = np.zeros(rollout.rewards.shape, np.float64)
        self._following = with_rows(self._following, rollout.rewards.shape[1])
        for step in range(len(returns)):
            self._following = rollout.rewards[step] + discount * self._following
            returns[step] = self._following
            self._following = np.where(rollout.over[step], 0.0, self._following * rollout.signs[step])
        self.scale.add(returns)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""
        scale = np.array([self.scale.count, self.scale.mean, self.scale.spread])
        kept: dict[str, NDArray[Any]] = {"reward_scale": scale, "reward_following": self._following}
        return kept if self.novelty is None else {**kept, "novelty": self.novelty.counts}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from ``arrays()``."""
        self.scale.count, self.scale.mean, self.scale.spread = arrays["reward_scale"].tolist()
        self._following = arrays["reward_following"].copy()
        if self.novelty is not None:
            self.novelty.counts[:] = arrays["novelty"]
