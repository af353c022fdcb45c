"""The networks of learners: an extractor, and what it leads to: a policy and a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration.config import TrainConfig
from sparring.learning.configuration.network import NetworkSettings
from sparring.learning.networks.heads import POLICY_GAIN, DeepHeads, Gaussian, LinearHeads
from sparring.learning.networks.layers import ACTIVATIONS, HIDDEN_GAIN, Planes, dense, initialised
from sparring.learning.networks.normaliser import Normaliser
from sparring.learning.networks.own_body import OwnBody
from sparring.learning.networks.residual import residual_layers


class Look(NamedTuple):
    """What a network makes of observations before it thinks about actions."""

    features: Tensor
    """float32 [B, F]: for the policy; of a body with several sides also the one from which it sees, [B, F + G]."""
    values: Tensor
    """float32 [B], in units of reward."""
    memory: Tensor | None = None
    """float32 [B, 2 W]: what is remembered from now on, by a network that remembers."""


class PolicyValueNetwork(nn.Module):
    """Observations [B, *shape], or [B, frames, *shape], of any type in; policy float32 [B, W], values float32 [B] out.

    The policy says logits [B, A] of one choice or [B, L] of several heads, which can be asked with the ``actions`` of
    earlier heads; for a box, means and logarithms of deviations [B, 2n]. A privileged critic also looks at the
    observations of the ``others: [B, S - 1, *shape]``; the policy never does. A network with a memory (LSTM, Hochreiter
    and Schmidhuber, 1997) takes and gives ``float32 [B, 2 W]``; without one it remembers nothing.
    """

    def __init__(self, body: nn.Sequential, actor: nn.Sequential, policy: nn.Module, value: nn.Linear) -> None:
        super().__init__()
        self.normalise: Normaliser | None = None
        self.bearings: OwnBody | None = None
        """How it sees the world from the own body."""
        self.body, self.actor, self.policy = body, actor, policy
        self.memory: nn.LSTMCell | None = None
        self.critic_body: nn.Sequential | None = None
        self.critic: nn.Sequential = nn.Sequential()
        self.value = value
        self.privileged = False
        self.shape: tuple[int, ...] = ()
        """Of one observation."""
        self.register_buffer("value_scale", torch.ones(()))

    value_scale: Tensor
    """What a value of 1, as the network computes it, is worth in units of reward."""

    def forward(
        self,
        observations: Tensor,
        actions: Tensor | None = None,
        others: Tensor | None = None,
        memory: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        look = self.look(observations, others, memory)
        return self.said(look.features, actions), look.values

    def look(self, observations: Tensor, others: Tensor | None = None, memory: Tensor | None = None) -> Look:
        """What the policy decides by, and the value."""
        seen, side = self._read(observations)
        body = self.body(seen)
        if self.memory is not None:
            if memory is None:
                memory = body.new_zeros(len(body), 2 * self.memory.hidden_size)
            memory = torch.cat(self.memory(body, memory.chunk(2, dim=1)), dim=1)
            body = memory[:, : self.memory.hidden_size]
        return self._looked((seen, side), body, others, memory)

    def look_through(self, observations: Tensor, others: Tensor | None, counts: Sequence[int], memory: Tensor) -> Look:
        """``look`` at matches turn by turn: N observations, first all first turns, then all second turns, and so on.

        ``counts`` says how many there are of each; those of a match stand at its place as long as it goes on, so counts
        never rise. ``memory: float32 [counts[0], 2 W]`` is what was remembered before.
        """
        assert self.memory is not None
        seen, side = self._read(observations)
        body = self.body(seen)
        hidden, cell = memory.chunk(2, dim=1)
        remembered = []
        for turn in body.split(list(counts)):
            hidden, cell = self.memory(turn, (hidden[: len(turn)], cell[: len(turn)]))
            remembered.append(hidden)
        return self._looked((seen, side), torch.cat(remembered), others, None)

    def _looked(
        self, read: tuple[Tensor, Tensor | None], body: Tensor, others: Tensor | None, memory: Tensor | None
    ) -> Look:
        seen, side = read
        features = self.actor(body) if side is None else torch.cat([self.actor(body), side], dim=1)
        if self.critic_body is None:
            return Look(features, self._value(body), memory)
        if self.privileged:
            seen = self._beside(seen, others)
        return Look(features, self._value(self.critic_body(seen)), memory)

    def said(self, features: Tensor, actions: Tensor | None = None) -> Tensor:
        """What the policy says, float32 [B, W], once earlier heads have chosen ``actions: int64 [B, H]``."""
        if self.bearings is not None and self.bearings.sides > 1:
            own, side = features.tensor_split([-self.bearings.sides], dim=1)
            return self.bearings.meant(self.policy(own), side)
        said: Tensor = self.policy(features) if isinstance(self.policy, nn.Linear) else self.policy(features, actions)
        return said

    def rescale(self, scale: float) -> None:
        """Let values be computed in another unit; what comes out stays the same (PopArt, van Hasselt et al., 2016)."""
        with torch.no_grad():
            for parameter in self.value.parameters():
                parameter.mul_(self.value_scale / scale)
            self.value_scale.fill_(scale)

    def count(self, observations: NDArray[Any]) -> None:
        """Let observations [N, *shape] count to what they are normalised by, if they are."""
        if self.normalise is not None and self.bearings is not None:
            observations = self.bearings(torch.from_numpy(observations).float()).seen.numpy()
        if self.normalise is not None:
            self.normalise.count(observations)

    def _read(self, observations: Tensor) -> tuple[Tensor, Tensor | None]:
        """What the first layers get, and the side from which a body sees it, float32 [B, G], if it has several."""
        if self.bearings is None:
            return self._normalised(observations), None
        view = self.bearings(observations.float())
        side = view.side if self.bearings.sides > 1 else None
        return torch.cat([self._normalised(view.seen), view.turned], dim=1), side

    def _normalised(self, observations: Tensor) -> Tensor:
        return observations.float() if self.normalise is None else self.normalise(observations)

    def _value(self, features: Tensor) -> Tensor:
        values: Tensor = self.value(self.critic(features)).squeeze(1) * self.value_scale
        return values

    def _beside(self, seen: Tensor, others: Tensor | None) -> Tensor:
        """Own frames and what the others see, [B, F + S - 1, *shape]. Where nobody says, they see nothing."""
        frames = seen if seen.dim() > len(self.shape) + 1 else seen.unsqueeze(1)
        if others is None:
            assert self.critic_body is not None
            planes = self.critic_body[0]
            assert isinstance(planes, Planes)
            missing = frames.new_zeros(len(frames), planes.frames - frames.shape[1], *self.shape)
            return torch.cat([frames, missing], dim=1)
        return torch.cat([frames, self._normalised(others)], dim=1)


def build_network(config: TrainConfig, game: Game) -> PolicyValueNetwork:
    """A fresh network, orthogonally initialised from torch's global random state.

    Raises BadOption for layers that can't read what the game shows.
    """
    settings = config.network
    frames, bearings = len(config.play.past), _from_own_body(config, game)
    more = 0 if bearings is None else bearings.width
    body, width = _extractor(settings, game, frames, more=more)
    memory = _memory(width, settings.memory) if settings.memory else None
    width = settings.memory or width
    actor, actor_width = dense(width, settings.actor, settings.activation, settings.dropout)
    critic_body, critic_input = None, width
    if settings.privileged and game.seats > 1:
        critic_body, critic_input = _extractor(settings, game, frames + game.seats - 1, privileged=True)
    elif settings.separate:
        critic_body, critic_input = _extractor(settings, game, frames, more=more)
    critic, critic_width = dense(critic_input, settings.critic, settings.activation, settings.dropout)
    policy = _policy(settings, game, actor_width)
    network = PolicyValueNetwork(
        nn.Sequential(*body), nn.Sequential(*actor), policy, initialised(nn.Linear(critic_width, 1), 1.0)
    )
    network.memory, network.bearings = memory, bearings
    network.critic_body = None if critic_body is None else nn.Sequential(*critic_body)
    network.critic = nn.Sequential(*critic)
    network.privileged = settings.privileged and game.seats > 1
    network.shape = game.observation_shape
    if settings.normalise:
        network.normalise = Normaliser(game.observation_shape, settings.normalised_limit)
    return network


def _from_own_body(config: TrainConfig, game: Game) -> OwnBody | None:
    """Raises BadOption where the game doesn't say what turns, or more than the own present is looked at."""
    settings = config.network
    if not settings.bearings:
        return None
    if game.bearings is None or settings.kind != "mlp":
        raise BadOption(f"{game.title} doesn't say what turns with its world: leave network.bearings off.")
    if len(config.play.past) > 1 or settings.privileged:
        raise BadOption("network.bearings goes with neither play.frames nor network.privileged: leave it off.")
    if game.bearings.sides and game.action_kind != "box":
        raise BadOption(f"Actions of {game.title} are choices: whoever turns a body would have to turn them, too.")
    return OwnBody(game.bearings, game.observation_shape[0])


def _policy(settings: NetworkSettings, game: Game, features: int) -> nn.Module:
    if game.action_kind == "box":
        return Gaussian(features, game.action_shape[0], settings.deviation)
    if settings.heads:
        return DeepHeads(features, game.heads, settings.heads, settings.activation, settings.autoregressive)
    if game.action_kind == "multi_discrete":
        return LinearHeads(features, game.heads, settings.autoregressive)
    return initialised(nn.Linear(features, game.num_actions), POLICY_GAIN)


def _memory(features: int, width: int) -> nn.LSTMCell:
    """With orthogonal weights; without bias but for the forget gate, which starts open (Jozefowicz et al., 2015)."""
    cell = nn.LSTMCell(features, width)
    for weights in (cell.weight_ih, cell.weight_hh):
        nn.init.orthogonal_(weights, 1.0)
    for bias in (cell.bias_ih, cell.bias_hh):
        nn.init.zeros_(bias)
    with torch.no_grad():
        cell.bias_ih[width : 2 * width] = 1.0
    return cell


def _extractor(
    settings: NetworkSettings, game: Game, frames: int, privileged: bool = False, more: int = 0
) -> tuple[list[nn.Module], int]:
    """The layers that read observations, and ``more`` numbers beside them, and how many features they leave."""
    shape = game.observation_shape
    layers: list[nn.Module] = []
    if frames > 1 or privileged:
        layers.append(Planes(frames, () if settings.kind == "mlp" else shape[1:]))
    if settings.kind == "mlp":
        features = math.prod(shape) * frames + more
    else:
        _require_planes(settings, game)
        planes = shape[0] * frames
        if settings.kind == "residual":
            found, channels = residual_layers(settings, planes)
            features = channels * shape[1] * shape[2]
        else:
            found, features = _convolutions(settings, (planes, *shape[1:]), game)
        layers += found
    layers.append(nn.Flatten())
    hidden, features = dense(features, settings.hidden, settings.activation, settings.dropout)
    return [*layers, *hidden], features


def _convolutions(settings: NetworkSettings, shape: tuple[int, ...], game: Game) -> tuple[list[nn.Module], int]:
    planes, rows, columns = shape
    layers: list[nn.Module] = []
    for channels in settings.channels:
        if min(rows, columns) + 2 * settings.padding < settings.kernel:
            raise BadOption(
                f"A convolution with kernel {settings.kernel} needs planes at least as large; {game.title} shows "
                f"{tuple(game.observation_shape)}. Set network.kind=mlp, a smaller kernel, or padding."
            )
        convolution = nn.Conv2d(planes, channels, settings.kernel, padding=settings.padding)
        layers += [initialised(convolution, HIDDEN_GAIN), ACTIVATIONS[settings.activation]()]
        planes = channels
        rows, columns = (side + 2 * settings.padding - settings.kernel + 1 for side in (rows, columns))
    return layers, planes * rows * columns


def _require_planes(settings: NetworkSettings, game: Game) -> None:
    if len(game.observation_shape) != 3:
        what = {"convolution": f"convolution with kernel {settings.kernel}", "residual": "residual network"}
        raise BadOption(
            f"A {what[settings.kind]} needs planes; {game.title} shows {tuple(game.observation_shape)}. "
            "Set network.kind=mlp."
        )


def masked_log_softmax(logits: Tensor, masks: Tensor) -> Tensor:
    """Log-probabilities of the legal actions; -1e9 or less for the others. ``masks: bool [B, A]``."""
    return torch.log_softmax(logits.masked_fill(~masks, -1e9), dim=-1)
