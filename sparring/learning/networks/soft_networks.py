"""The networks of soft actor-critic for a box: an actor that says a normal distribution, and critics of actions.

Actions here are shares of the box, from -1 at its low end to 1 at its high end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sparring.learning.networks.heads import Gaussian
from sparring.learning.networks.policy_value import PolicyValueNetwork, build_network

if TYPE_CHECKING:
    from sparring.engine import Game
    from sparring.learning.configuration import TrainConfig

NARROWEST, WIDEST = -5.0, 2.0
"""Of the logarithm of a deviation."""
NARROW = 0.1
"""Deviation of what is drawn from a model, in shares of the box."""


class SquashedGaussian(nn.Module):
    """Observations [B, *shape] in; normal numbers out that tanh squashes into the box."""

    def __init__(self, config: TrainConfig, game: Game) -> None:
        super().__init__()
        self.reader = _Reader(config, game)
        self.mean, self.log_deviation = (nn.Linear(self.reader.width, game.action_shape[0]) for _ in range(2))

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of deviations before squashing, float32 [B, n] each."""
        features = self.reader(observations)
        return self.mean(features), self.log_deviation(features).clamp(NARROWEST, WIDEST)

    def draw(self, observations: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Actions [B, n] made of normal ``noise: [B, n]``, and the logarithms of their densities [B].

        Both have gradients: Haarnoja et al., 2018, appendix C, with tanh's part written so that it doesn't overflow.
        """
        means, log_deviations = self(observations)
        raw = means + log_deviations.exp() * noise
        of_noise = -0.5 * noise.square() - log_deviations - 0.5 * math.log(2 * math.pi)
        of_tanh = 2.0 * (math.log(2.0) - raw - nn.functional.softplus(-2.0 * raw))
        return torch.tanh(raw), (of_noise - of_tanh).sum(dim=1)

    def as_means(self) -> PolicyValueNetwork:
        """A network that says squashed means, with a narrow distribution around them: what a model can be."""
        size = self.mean.out_features
        policy = Gaussian(size, size, NARROW)
        value = nn.Linear(size, 1)
        with torch.no_grad():
            policy.mean.weight.copy_(torch.eye(size))
            for parameter in value.parameters():
                parameter.zero_()
        body = nn.Sequential(*self.reader.body, self.mean, nn.Tanh())
        network = PolicyValueNetwork(body, nn.Sequential(), policy, value)
        network.normalise = self.reader.normalise
        return network


class ActionCritic(nn.Module):
    """What an action is worth: observations [B, *shape] and actions [B, n] in, values [B] out."""

    def __init__(self, config: TrainConfig, game: Game) -> None:
        super().__init__()
        self.reader = _Reader(config, game)
        width = self.reader.width
        self.joined = nn.Linear(width + game.action_shape[0], width)
        self.value = nn.Linear(width, 1)

    def forward(self, observations: Tensor, actions: Tensor) -> Tensor:
        features = self.reader(observations)
        joined = torch.relu(self.joined(torch.cat([features, actions], dim=1)))
        values: Tensor = self.value(joined).squeeze(1)
        return values


class _Reader(nn.Module):
    """The layers of a network of this configuration that read observations: [B, *shape] in, [B, ``width``] out."""

    def __init__(self, config: TrainConfig, game: Game) -> None:
        super().__init__()
        network = build_network(config, game)
        self.normalise, self.body = network.normalise, network.body
        with torch.no_grad():
            self.width = int(self(torch.zeros(2, *game.observation_shape)).shape[1])

    def forward(self, observations: Tensor) -> Tensor:
        seen = observations.float() if self.normalise is None else self.normalise(observations)
        features: Tensor = self.body(seen)
        return features
