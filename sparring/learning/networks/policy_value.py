"""The networks of learners: a body shared by a policy head and a value head."""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Tensor, nn

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration.config import TrainConfig
from sparring.learning.networks.residual import residual_layers

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "silu": nn.SiLU}


class PolicyValueNetwork(nn.Module):
    """Observations [B, *shape] of any type in; logits float32 [B, A] and values float32 [B] out."""

    def __init__(self, body: nn.Sequential, features: int, actions: int) -> None:
        super().__init__()
        self.body = body
        self.policy = _initialised(nn.Linear(features, actions), 0.01)
        self.value = _initialised(nn.Linear(features, 1), 1.0)

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(observations.float())
        return self.policy(features), self.value(features).squeeze(1)


def build_network(config: TrainConfig, game: Game) -> PolicyValueNetwork:
    """A fresh network, orthogonally initialised from torch's global random state.

    Raises BadOption when a convolution is asked for where the observation is no stack of planes.
    """
    settings = config.network
    activation = ACTIVATIONS[settings.activation]
    layers: list[nn.Module] = []
    shape = game.observation_shape
    if settings.kind == "convolution":
        if len(shape) != 3 or min(shape[1:]) < settings.kernel:
            raise BadOption(
                f"A convolution with kernel {settings.kernel} needs planes at least as large; "
                f"{game.title} shows {tuple(shape)}. Set network.kind=mlp, or a smaller kernel."
            )
        layers += [_initialised(nn.Conv2d(shape[0], settings.channels, settings.kernel), math.sqrt(2)), activation()]
        features = settings.channels * (shape[1] - settings.kernel + 1) * (shape[2] - settings.kernel + 1)
    elif settings.kind == "residual":
        if len(shape) != 3:
            raise BadOption(
                f"A residual network needs planes; {game.title} shows {tuple(shape)}. Set network.kind=mlp."
            )
        layers, planes = residual_layers(settings, game)
        features = planes * shape[1] * shape[2]
    else:
        features = math.prod(shape)
    layers.append(nn.Flatten())
    for width in settings.hidden:
        layers += [_initialised(nn.Linear(features, width), math.sqrt(2)), activation()]
        features = width
    return PolicyValueNetwork(nn.Sequential(*layers), features, game.num_actions)


def _initialised(layer: Layer, gain: float) -> Layer:
    nn.init.orthogonal_(layer.weight, gain)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def masked_log_softmax(logits: Tensor, masks: Tensor) -> Tensor:
    """Log-probabilities of the legal actions; -1e9 or less for the others. ``masks: bool [B, A]``."""
    return torch.log_softmax(logits.masked_fill(~masks, -1e9), dim=-1)
