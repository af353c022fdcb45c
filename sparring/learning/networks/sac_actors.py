"""The two kinds of actors of soft actor-critic: one that makes a choice, and one that finds a point in a box.

Both answer the same questions, so that ``sac`` reads the same for both: draw an action, find the best one, and say the
soft value of a position and the entropy of what is done there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.learning.networks import build_network, masked_log_softmax
from sparring.learning.networks.soft_networks import ActionCritic, SquashedGaussian
from sparring.models.onnx_export import export_onnx

if TYPE_CHECKING:
    from sparring.engine import Game
    from sparring.learning.configuration import TrainConfig


class Choice(nn.Module):
    """Chooses one of the legal actions (Christodoulou, "Soft Actor-Critic for Discrete Action Settings", 2019).

    The expectations over actions are sums over all legal ones, so nothing has to be drawn to learn.
    """

    def __init__(self, config: TrainConfig, game: Game) -> None:
        super().__init__()
        self.game = game
        self.network = build_network(config, game)
        for parameter in self.network.value.parameters():
            nn.init.zeros_(parameter)

    def critic(self, config: TrainConfig) -> nn.Module:
        """A fresh critic: its logits are what actions are worth."""
        return build_network(config, self.game)

    def log_probabilities(self, observations: Tensor, masks: Tensor) -> Tensor:
        """float32 [B, A]."""
        return masked_log_softmax(self.network(observations)[0], masks)

    def draw(self, observations: Tensor, masks: Tensor, noise: torch.Generator) -> NDArray[np.int64]:
        """An action in each row, int64 [B], as likely as the policy says."""
        chances = self.log_probabilities(observations, masks).exp()
        return np.asarray(torch.multinomial(chances, 1, generator=noise)[:, 0].numpy())

    def best(self, observations: Tensor, masks: Tensor) -> NDArray[np.int64]:
        """The likeliest action in each row, int64 [B]."""
        return np.asarray(self.log_probabilities(observations, masks).argmax(dim=1).numpy())

    def worth_of(self, critic: nn.Module, observations: Tensor, actions: NDArray[Any]) -> Tensor:
        """What a critic says of these actions, float32 [B]."""
        values: Tensor = critic(observations)[0]
        return values.gather(1, torch.from_numpy(actions)[:, None])[:, 0]

    def soft_values(
        self,
        critics: Iterable[nn.Module],
        observations: Tensor,
        masks: Tensor,
        temperature: Tensor,
        noise: torch.Generator,  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        """Soft values and entropies, float32 [B] each, with gradients for the actor only."""
        with torch.no_grad():
            worth = torch.stack([critic(observations)[0] for critic in critics]).amin(dim=0)
        log_probabilities = self.log_probabilities(observations, masks)
        chances = log_probabilities.exp()
        entropies = -(chances * log_probabilities).sum(dim=1)
        return (chances * worth).sum(dim=1) + temperature * entropies, entropies

    def wanted_entropy(self, masks: Tensor, share: float, of_number: float) -> Tensor:  # noqa: ARG002
        """The entropy to be reached in each row, float32 [B]: a share of that of a uniform legal choice."""
        return share * masks.sum(dim=1).float().clamp(min=1).log()

    def exported(self) -> dict[str, bytes]:
        return {"model.onnx": export_onnx(self.network, self.game)}


class Box(nn.Module):
    """Draws numbers from a normal distribution that tanh squashes into the box (Haarnoja et al., 2018)."""

    def __init__(self, config: TrainConfig, game: Game) -> None:
        super().__init__()
        self.game = game
        self.network = SquashedGaussian(config, game)

    def critic(self, config: TrainConfig) -> nn.Module:
        """A fresh critic of actions."""
        return ActionCritic(config, self.game)

    def draw(self, observations: Tensor, masks: Tensor, noise: torch.Generator) -> NDArray[np.float32]:  # noqa: ARG002
        """A point of the box in each row, float32 [B, n], as likely as the policy says."""
        return self.in_the_box(self.network.draw(observations, self.normal(len(observations), noise))[0])

    def best(self, observations: Tensor, masks: Tensor) -> NDArray[np.float32]:  # noqa: ARG002
        """The middle of the distribution in each row, float32 [B, n]."""
        return self.in_the_box(torch.tanh(self.network(observations)[0]))

    def worth_of(self, critic: nn.Module, observations: Tensor, actions: NDArray[Any]) -> Tensor:
        """What a critic says of these actions, float32 [B]."""
        values: Tensor = critic(observations, self.shares(actions))
        return values

    def soft_values(
        self,
        critics: Iterable[nn.Module],
        observations: Tensor,
        masks: Tensor,  # noqa: ARG002
        temperature: Tensor,
        noise: torch.Generator,
    ) -> tuple[Tensor, Tensor]:
        """Soft values and entropies of one drawn action, float32 [B] each; its gradients go through the critics."""
        actions, log_densities = self.network.draw(observations, self.normal(len(observations), noise))
        worth = torch.stack([critic(observations, actions) for critic in critics]).amin(dim=0)
        return worth - temperature * log_densities, -log_densities

    def wanted_entropy(self, masks: Tensor, share: float, of_number: float) -> Tensor:  # noqa: ARG002
        """The entropy to be reached, float32 []: the same in every row."""
        return torch.tensor(of_number * self.game.action_shape[0])

    def normal(self, rows: int, noise: torch.Generator) -> Tensor:
        """Normal noise, float32 [B, n]."""
        return torch.randn(rows, self.game.action_shape[0], generator=noise)

    def in_the_box(self, shares: Tensor) -> NDArray[np.float32]:
        """Shares [B, n] from -1 to 1 as actions of the game."""
        low, high = self.game.low, self.game.high
        assert low is not None
        assert high is not None
        actions = low + (high - low) * (shares.numpy() + np.float32(1)) / np.float32(2)
        return np.clip(actions, low, high)

    def shares(self, actions: NDArray[Any]) -> Tensor:
        """The reverse of ``in_the_box``."""
        low, high = self.game.low, self.game.high
        assert low is not None
        assert high is not None
        return torch.from_numpy(2 * (actions - low) / (high - low) - 1)

    def exported(self) -> dict[str, bytes]:
        """The middle of the distribution, as shares of the box; who draws from the model draws close to it."""
        return {"model.onnx": export_onnx(self.network.as_means(), self.game)}


def actor(config: TrainConfig, game: Game) -> Choice | Box:
    """A fresh actor of the kind that the game takes."""
    return Box(config, game) if game.action_kind == "box" else Choice(config, game)
