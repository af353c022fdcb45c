"""Frozen copies of the learner's past, as opponents: each as likely as the other, over the whole history."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sparring.learning.networks import PolicyValueNetwork

CAPACITY = 64


class PastNetworks:
    """Snapshots of a network by the update at which they were taken, and those that are met just now.

    A full pool forgets every second snapshot and takes them half as often from then on, so that it always spans the
    whole history evenly.
    """

    def __init__(self, groups: int, every: int) -> None:
        self.groups, self.every = groups, every
        self.snapshots: dict[int, PolicyValueNetwork] = {}
        self.met: list[int] = []

    def wants_snapshot(self, update: int) -> bool:
        """Whether a snapshot is due after ``update`` updates."""
        return update % self.every == 0

    def add(self, update: int, network: PolicyValueNetwork, chance: np.random.Generator) -> None:
        """Take a snapshot, and draw anew whom the learner meets."""
        frozen = copy.deepcopy(network).eval()
        for parameter in frozen.parameters():
            parameter.requires_grad_(False)
        self.snapshots[update] = frozen
        if len(self.snapshots) > CAPACITY:
            self.every *= 2
            self.snapshots = {taken: kept for taken, kept in self.snapshots.items() if taken % self.every == 0}
        self.met = chance.choice(sorted(self.snapshots), size=self.groups).tolist()

    def arrays(self) -> dict[int, dict[str, NDArray[Any]]]:
        """The weights of each snapshot, for a checkpoint."""
        return {update: _arrays(network) for update, network in self.snapshots.items()}

    def restore(self, arrays: Mapping[int, Mapping[str, NDArray[Any]]], like: PolicyValueNetwork) -> None:
        """Take over snapshots from ``arrays()``; ``like`` is a network of their shape."""
        self.snapshots = {}
        for update, weights in sorted(arrays.items()):
            network = copy.deepcopy(like).requires_grad_(False).eval()
            network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
            self.snapshots[update] = network

    def opponents(self) -> list[PolicyValueNetwork]:
        """The networks that the learner meets just now, one a group; empty before the first snapshot."""
        return [self.snapshots[update] for update in self.met]


def _arrays(network: PolicyValueNetwork) -> dict[str, NDArray[Any]]:
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}
