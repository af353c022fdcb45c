"""A pool of frozen copies of a network, by the update at which they were taken."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class Pool:
    """Frozen copies, oldest first. A full pool forgets every second one, so that it goes on to span the whole history.

    A forgotten copy that somebody still plays with stays in ``networks`` until ``retain`` is called without it.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.members: list[int] = []
        """Those who may be met, oldest first."""
        self.networks: dict[int, nn.Module] = {}

    def add(self, update: int, network: nn.Module) -> bool:
        """Take a copy; returns whether the pool was full, and has forgotten every second one."""
        self.networks[update] = frozen_copy(network)
        self.members.append(update)
        if len(self.members) <= self.capacity:
            return False
        self.members = self.members[1::2] or self.members[-1:]
        return True

    def retain(self, used: set[int]) -> None:
        """Drop the copies that are neither members nor ``used``."""
        kept = used.union(self.members)
        self.networks = {update: network for update, network in self.networks.items() if update in kept}

    def arrays(self) -> dict[int, dict[str, NDArray[Any]]]:
        """The weights of each copy, for a checkpoint."""
        return {
            update: {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
            for update, network in sorted(self.networks.items())
        }

    def restore(self, arrays: Mapping[int, Mapping[str, NDArray[Any]]], like: nn.Module) -> None:
        """Take over ``arrays()``; ``like`` is a network of their shape. Who of them is a member is said elsewhere."""
        self.networks = {update: thawed(weights, like) for update, weights in sorted(arrays.items())}


def frozen_copy(network: nn.Module) -> nn.Module:
    """A copy that neither learns nor changes."""
    return copy.deepcopy(network).requires_grad_(False).eval()


def thawed(weights: Mapping[str, NDArray[Any]], like: nn.Module) -> nn.Module:
    """A frozen network with these weights, of the shape of ``like``. Raises RuntimeError when they don't fit."""
    network = frozen_copy(like)
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
    return network
