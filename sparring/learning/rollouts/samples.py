"""The decisions of a rollout as samples to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparring.engine import Game
from sparring.learning.ppo_loss import Heads, Known, Weights, box_loss_gradients, loss_gradients
from sparring.learning.rollouts.rollout import Rollout


class Samples:
    """The decisions of a rollout that the learner made itself, of length N."""

    def __init__(self, rollout: Rollout, advantages: NDArray[np.float32], game: Game, normalise: bool = True) -> None:
        learned = np.flatnonzero(rollout.learned)

        def flat(array: NDArray[Any]) -> NDArray[Any]:
            return array.reshape(rollout.learned.size, *array.shape[2:])[learned]

        own, values = flat(advantages), flat(rollout.values[:-1])
        self.actions = torch.from_numpy(flat(rollout.actions).reshape(len(learned), -1))
        self.observations = torch.from_numpy(flat(rollout.observations))
        self.others = torch.from_numpy(flat(rollout.others)) if rollout.others.shape[2] else None
        self.heads = Heads(game.actions.starts, game.actions.together) if game.heads else None
        self.known = Known(
            masks=flat(rollout.masks),
            actions=self.actions.numpy(),
            log_probabilities=flat(rollout.log_probabilities),
            advantages=normalised(own) if normalise else own,
            returns=own + values,
            values=values,
        )

    def __len__(self) -> int:
        return len(self.actions)

    def loss_gradients(
        self, outputs: Tensor, values: Tensor, chosen: Tensor, weights: Weights
    ) -> tuple[Tensor, Tensor, NDArray[np.float64]]:
        """See ``ppo_loss``: gradients of what the network said of the samples ``chosen``, and statistics."""
        said = outputs.detach().numpy(), values.detach().numpy(), chosen.numpy()
        if self.heads is None:
            of_outputs, of_values, statistics = box_loss_gradients(*said, self.known, weights)
        else:
            of_outputs, of_values, statistics = loss_gradients(*said, self.known, self.heads, weights)
        return torch.from_numpy(of_outputs), torch.from_numpy(of_values), statistics


def minibatches(count: int, size: int, epochs: int, chance: torch.Generator) -> Iterator[Tensor]:
    """Indices int64 [size] out of ``count`` for each gradient step; what is left over after an epoch is dropped."""
    size = min(size, count)
    for _ in range(epochs):
        order = torch.randperm(count, generator=chance)
        for first in range(0, count - size + 1, size):
            yield order[first : first + size]


def normalised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """With mean 0 and standard deviation 1."""
    return np.asarray((values - values.mean()) / (values.std() + 1e-8), np.float32)
