"""Layers that every network is made of, orthogonally initialised (Saxe et al., 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from torch import Tensor, nn

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "silu": nn.SiLU}
HIDDEN_GAIN = math.sqrt(2)


class Planes(nn.Module):
    """Frames one after the other: of planes [B, F, C, R, K] -> [B, F * C, R, K]; of others [B, F, ...] -> [B, n]."""

    def __init__(self, frames: int, sides: tuple[int, ...]) -> None:
        """``sides``: rows and columns of planes; empty for everything else."""
        super().__init__()
        self.frames, self.sides = frames, sides

    def forward(self, observations: Tensor) -> Tensor:
        return observations.flatten(1, 2) if self.sides else observations.flatten(1)


def dense(features: int, widths: Sequence[int], activation: str, dropout: float = 0.0) -> tuple[list[nn.Module], int]:
    """Dense layers of these widths, each followed by the activation; and the width of what comes out."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [initialised(nn.Linear(features, width), HIDDEN_GAIN), ACTIVATIONS[activation]()]
        layers += [nn.Dropout(dropout)] if dropout else []
        features = width
    return layers, features


def initialised(layer: Layer, gain: float) -> Layer:
    """The layer with orthogonal weights of that gain, and without bias."""
    nn.init.orthogonal_(layer.weight, gain)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
