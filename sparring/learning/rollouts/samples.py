"""The decisions of a rollout as samples to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparring.engine import Game, Symmetries
from sparring.learning.networks import PolicyValueNetwork
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
        """Items that a minibatch is made of."""
        return len(self.actions)

    def see_anew(self, symmetries: Symmetries, ways: NDArray[np.int64]) -> None:
        """Hold all samples once for each pass over them, each time in another of the ``ways: int64 [passes * N]``.

        What a symmetry makes of a match that was played is a match that was as likely under a policy that sees
        everything in that way: the probability of the action, the advantage and the return stay what they were.
        """
        passes, known = len(ways) // len(self), self.known
        actions = symmetries.called(np.tile(known.actions[:, 0], passes), ways)[:, None]
        self.observations = torch.from_numpy(symmetries.observed(self.observations.numpy(), ways))
        if self.others is not None:
            self.others = torch.from_numpy(symmetries.observed(self.others.numpy(), ways))
        self.actions = torch.from_numpy(actions)
        self.known = Known(
            masks=symmetries.by_action(known.masks, ways),
            actions=actions,
            log_probabilities=np.tile(known.log_probabilities, passes),
            advantages=np.tile(known.advantages, passes),
            returns=np.tile(known.returns, passes),
            values=np.tile(known.values, passes),
        )

    def items(self, batch: int) -> int:
        """How many items make about so many samples."""
        return batch

    def ask(self, network: PolicyValueNetwork, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the network says of the items ``chosen``, the values, and which samples that is about, int64 [n]."""
        others = None if self.others is None else self.others[chosen]
        return *network(self.observations[chosen], self.actions[chosen], others), chosen

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


class Sequences(Samples):
    """Samples for a network with a memory: an item is a seat's turns in a match, as far as the rollout has them."""

    def __init__(self, rollout: Rollout, advantages: NDArray[np.float32], game: Game, normalise: bool = True) -> None:
        super().__init__(rollout, advantages, game, normalise)
        size = rollout.learned.size
        self.sample_of = np.where(rollout.learned.ravel(), np.cumsum(rollout.learned.ravel()) - 1, -1)
        self.all_observations = torch.from_numpy(rollout.observations.reshape(size, *rollout.observations.shape[2:]))
        self.all_others = torch.from_numpy(rollout.others.reshape(size, *rollout.others.shape[2:]))
        self.memories = torch.from_numpy(rollout.memories.reshape(size, -1))
        matches_before: NDArray[np.int64] = np.cumsum(rollout.over, axis=0) - rollout.over
        keys = (matches_before * (rollout.matches.max() + 1) + rollout.matches) * game.seats + rollout.seats
        order = np.argsort(keys, axis=None, kind="stable")
        ends = np.flatnonzero(np.diff(keys.ravel()[order])) + 1
        self.turns = [turns for turns in np.split(order, ends) if (self.sample_of[turns] >= 0).any()]

    def __len__(self) -> int:
        return len(self.turns)

    def items(self, batch: int) -> int:
        return max(1, round(batch * len(self.turns) / len(self.actions)))

    def ask(self, network: PolicyValueNetwork, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        items = sorted((self.turns[item] for item in chosen.tolist()), key=len, reverse=True)
        counts = [sum(len(turns) > turn for turns in items) for turn in range(len(items[0]))]
        at = np.concatenate([[turns[turn] for turns in items[:count]] for turn, count in enumerate(counts)])
        flat, first = torch.from_numpy(at), torch.from_numpy(at[: counts[0]])
        others = None if self.others is None else self.all_others[flat]
        look = network.look_through(self.all_observations[flat], others, counts, self.memories[first])
        samples = self.sample_of[at]
        learned = torch.from_numpy(np.flatnonzero(samples >= 0))
        asked = torch.from_numpy(samples[samples >= 0])
        return network.said(look.features[learned], self.actions[asked]), look.values[learned], asked


def minibatches(count: int, size: int, epochs: int, chance: torch.Generator, apart: int = 0) -> Iterator[Tensor]:
    """Indices int64 [size] out of ``count`` for each gradient step; what is left over after an epoch is dropped.

    ``apart``: how much further on the samples of the next epoch lie.
    """
    size = min(size, count)
    for epoch in range(epochs):
        order = epoch * apart + torch.randperm(count, generator=chance)
        for first in range(0, count - size + 1, size):
            yield order[first : first + size]


def normalised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """With mean 0 and standard deviation 1."""
    return np.asarray((values - values.mean()) / (values.std() + 1e-8), np.float32)
