"""Observations brought to mean 0 and deviation 1, by what was seen so far. Part of the network, and of its model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

SMALLEST_VARIANCE = 1e-8


class Normaliser(nn.Module):
    """Observations [B, ..., *shape] of any type in; float32, within ``limit`` of 0, out. Counts only when told to."""

    def __init__(self, shape: tuple[int, ...], limit: float) -> None:
        super().__init__()
        self.limit = limit
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("deviation", torch.ones(shape))
        self.register_buffer("counted", torch.zeros((), dtype=torch.float64))

    mean: Tensor
    deviation: Tensor
    counted: Tensor

    def forward(self, observations: Tensor) -> Tensor:
        return ((observations.float() - self.mean) / self.deviation).clamp(-self.limit, self.limit)

    def count(self, observations: NDArray[Any]) -> None:
        """Take observations [N, *shape] into account (Chan et al., "Algorithms for computing the sample variance")."""
        seen = observations.astype(np.float64)
        before, more = float(self.counted), len(seen)
        total = before + more
        mean, offset = self.mean.double().numpy(), seen.mean(axis=0) - self.mean.double().numpy()
        variance = self.deviation.double().numpy() ** 2 if before else np.zeros_like(mean)
        spread = variance * before + seen.var(axis=0) * more + offset**2 * before * more / total
        self.mean.copy_(torch.from_numpy(mean + offset * more / total))
        self.deviation.copy_(torch.from_numpy(np.sqrt(np.maximum(spread / total, SMALLEST_VARIANCE))))
        self.counted.fill_(total)


class RunningScale:
    """The deviation of numbers as they come, one array after the other: what rewards are measured by."""

    def __init__(self) -> None:
        self.count, self.mean, self.spread = 0.0, 0.0, 0.0

    def add(self, numbers: NDArray[np.floating[Any]]) -> None:
        """Take more numbers, of any shape, into account."""
        more, mean = numbers.size, float(numbers.mean(dtype=np.float64))
        total, offset = self.count + more, mean - self.mean
        self.spread += float(numbers.var(dtype=np.float64)) * more + offset**2 * self.count * more / total
        self.mean += offset * more / total
        self.count = total

    @property
    def deviation(self) -> float:
        """1 as long as nothing differs."""
        variance = self.spread / self.count if self.count else 0.0
        return math.sqrt(variance) if variance > SMALLEST_VARIANCE else 1.0


def measure(observations: NDArray[Any], *networks: nn.Module) -> None:
    """Let all that normalises observations in ``networks`` take these, dtype [N, *shape], into account."""
    for network in networks:
        for layer in network.modules():
            if isinstance(layer, Normaliser):
                layer.count(observations)
