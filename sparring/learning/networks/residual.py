"""Layers of networks that look at a board: residual blocks, which keep its rows and columns (He et al., 2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from sparring.learning.configuration.network import NetworkSettings

SUMMARY_PLANES = 8
"""Planes that are left of a board before the dense layers."""


class ResidualBlock(nn.Module):
    """Two convolutions whose outcome is added to what came in, and cut off below zero: [B, C, R, K] -> [B, C, R, K].

    At the start the second adds nothing, so that a deep network begins as a shallow one (Zhang et al., "Fixup
    initialization", 2019) and needs no normalisation.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.zeros_(self.second.weight)
        for layer in (self.first, self.second):
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)

    def forward(self, planes: Tensor) -> Tensor:
        return torch.relu(planes + self.second(torch.relu(self.first(planes))))


def residual_layers(settings: NetworkSettings, planes: int) -> tuple[list[nn.Module], int]:
    """The layers that read a stack of ``planes``, and how many planes they leave; ReLU throughout."""
    channels = settings.channels[0]
    layers: list[nn.Module] = [nn.Conv2d(planes, channels, 3, padding=1), nn.ReLU()]
    layers += [ResidualBlock(channels) for _ in range(settings.blocks)]
    layers += [nn.Conv2d(channels, SUMMARY_PLANES, 1), nn.ReLU()]
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
    return layers, SUMMARY_PLANES
