"""What a learner has learned, as others can meet it: it plays, it can be copied, and it can be put into arrays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sparring.learning.memories.tables import Table
from sparring.learning.opponents.actors import Actor, SamplingActor, logits_sampler

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
ActorOf: TypeAlias = Callable[[nn.Module], Actor]
"""Who plays with a network."""
Chances: TypeAlias = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.float64]]
"""Values float32 [B, A] and masks bool [B, A] in, probabilities float64 [B, A] out."""


class Learned(Protocol):
    """A network, a table, or whatever else a learner puts what it knows into."""

    def actor(self) -> Actor:
        """Who plays by it, as it is at each moment."""
        ...

    def frozen(self) -> Learned:
        """A copy that neither learns nor changes."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All its numbers."""
        ...

    def thawed(self, arrays: Arrays) -> Learned:
        """A frozen one of the same form with these numbers. Raises KeyError, ValueError or RuntimeError if they don't
        fit."""
        ...


def drawing_logits(network: nn.Module) -> Actor:
    """Who draws from the logits of a network that remembers nothing."""
    return SamplingActor(logits_sampler(network))


class LearnedNetwork:
    """A network, and who plays with it."""

    def __init__(self, network: nn.Module, actor_of: ActorOf = drawing_logits) -> None:
        self.network, self._actor_of = network, actor_of

    def actor(self) -> Actor:
        return self._actor_of(self.network)

    def frozen(self) -> LearnedNetwork:
        # A game is no part of what was learned, and can't be copied.
        kept = {id(game): game for game in [getattr(self.network, "game", None)] if game is not None}
        return LearnedNetwork(copy.deepcopy(self.network, kept).requires_grad_(False).eval(), self._actor_of)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: tensor.detach().cpu().numpy() for name, tensor in self.network.state_dict().items()}

    def thawed(self, arrays: Arrays) -> LearnedNetwork:
        other = self.frozen()
        other.network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in arrays.items()})
        return other


class LearnedTable:
    """A table of action values, and how actions are drawn by them."""

    def __init__(self, table: Table, chances: Chances) -> None:
        self.table, self._chances = table, chances

    def actor(self) -> Actor:
        return SamplingActor(self._sample)

    def _sample(
        self,
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        chance: np.random.Generator,
        deterministic: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        values = self.table.values[self.table.find(observations)]
        best = np.where(masks, values, -np.inf).argmax(axis=1)
        # Of exponential waiting times with these rates the shortest is each one's as often as its rate says.
        drawn = (self._chances(values, masks) / chance.standard_exponential(masks.shape)).argmax(axis=1)
        actions: NDArray[np.int64] = np.where(deterministic, best, drawn)
        return actions

    def frozen(self) -> LearnedTable:
        return self.thawed(self.arrays())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return dict(zip(("observations", "values", "allowed"), self.table.known(), strict=True))

    def thawed(self, arrays: Arrays) -> LearnedTable:
        table = Table(self.table.most, self.table.shape, self.table.dtype, self.table.actions)
        table.restore(arrays["observations"], arrays["values"], arrays["allowed"])
        return LearnedTable(table, self._chances)
