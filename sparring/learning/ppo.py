"""Masked proximal policy optimisation in self-play (Schulman et al., "Proximal Policy Optimization Algorithms", 2017).

Read ``PPO.learn`` from top to bottom. What differs from PPO against a fixed world: one network plays all seats, so what
is good for the seat that moves next is bad for the one that moved: the sign of value and advantage turns with the seat.
Illegal actions have probability zero (Huang and Ontañón, "A Closer Look at Invalid Action Masking", 2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, Count, Schedule, TrainConfig, Weight, Within
from sparring.learning.crew import Crew
from sparring.learning.learner import Diverged, Now, State
from sparring.learning.network_learner import NetworkLearner
from sparring.learning.opponents import Opponents
from sparring.learning.ppo_loss import STATISTICS, loss_gradients
from sparring.learning.rollouts import Rollout, SelfPlay

WORTH_SHARING = 12_000_000
"""Samples times weights of a gradient step from which on threads gain more than they wait for each other."""


class PPOSettings(AlgorithmSettings):
    """Masked PPO."""

    name: Literal["ppo"] = Field(default="ppo", description="Proximal policy optimisation.")
    batch: Annotated[Schedule, Within(8)] = Field(default=Schedule(512), description="Samples of one gradient step.")
    epochs: Count = Field(default=Schedule(2), description="Passes over a rollout.")
    learning_rate: Weight = Field(
        default=Schedule({"linear": {"start": 2e-3, "end": 1e-4}}), description="Step size of Adam."
    )
    discount: float = Field(default=1.0, gt=0, le=1, description="Worth of a reward one step later (gamma).")
    trace: float = Field(default=0.95, ge=0, le=1, description="Decay of the advantage's trace (lambda of GAE).")
    clip: Weight = Field(default=Schedule(0.2), description="How far an action's probability may move in one update.")
    value_weight: Weight = Field(default=Schedule(0.5), description="Weight of the value loss.")
    entropy_weight: Weight = Field(default=Schedule(0.15), description="Weight of the entropy bonus.")
    averaging: float = Field(default=0.9, ge=0, lt=1, description="Memory of the averaged weights that are published.")
    gradient_norm: float = Field(default=1.0, gt=0, description="Longest gradient; longer ones are shortened to it.")


class PPO(NetworkLearner):
    """A policy-value network, the matches that it plays with itself and its opponents, and Adam."""

    Settings: ClassVar[type[AlgorithmSettings]] = PPOSettings
    settings: PPOSettings

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, PPOSettings)
        self.settings = config.algorithm
        self.opponents = Opponents(game, config, self.averaged)
        self.matches = SelfPlay(game, config, self.opponents)

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:  # noqa: ARG003
        if game.seats != 2:
            raise BadOption(f"This algorithm learns games for two; {game.title} has {game.seats} seats.")
        if game.action_kind != "discrete":
            raise BadOption(f"This algorithm learns games in which an action is one choice; {game.title} has others.")

    def learn(self, now: Now) -> dict[str, float]:
        with now.timing("play"):
            rollout = self.matches.collect(self.network, now.moment)
        self.steps += len(rollout.actions) * self.matches.batch.size
        with now.timing("learn"):
            metrics = self.improve(rollout, now)
        self.average(self.settings.averaging)
        self.opponents.after_update(self.update + 1)
        return metrics | self.opponents.metrics()

    def improve(self, rollout: Rollout, now: Now) -> dict[str, float]:
        """Improve the network by one rollout; returns the means of what happened over the gradient steps.

        Each minibatch is shared among the crew, and the gradients are put together. Raises Diverged when the loss or a
        weight is no number.
        """
        at, settings, network = now.moment, self.settings, self.network
        weights_now = (settings.clip.at(at), settings.value_weight.at(at), settings.entropy_weight.at(at))
        learning_rate = settings.learning_rate.at(at)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        advantages = estimate_advantages(rollout, settings.discount, settings.trace)
        samples = Samples(rollout, advantages)
        parameters = list(network.parameters())
        history = []

        def gradients(chosen: Tensor) -> tuple[tuple[Tensor, ...], NDArray[np.float64]]:
            logits, values = network(samples.observations[chosen])
            *of_outputs, statistics = samples.loss_gradients(logits, values, chosen, weights_now)
            return torch.autograd.grad([logits, values], parameters, of_outputs), statistics

        size = sum(parameter.numel() for parameter in parameters)
        batch, epochs = round(settings.batch.at(at)), round(settings.epochs.at(at))
        for chosen in samples.minibatches(batch, epochs, self.matches.noise):
            worth = len(chosen) * size >= WORTH_SHARING
            results = self.crew.share_out(gradients, chosen) if worth else [gradients(chosen)]
            statistics = np.mean([part for _, part in results], axis=0)
            if not np.isfinite(statistics).all():
                raise Diverged(f"The loss is no number at update {self.update + 1}. Try a lower learning_rate.")
            for index, parameter in enumerate(parameters):
                parameter.grad = sum_of([part[index] for part, _ in results]) / len(results)
            norm = nn.utils.clip_grad_norm_(parameters, settings.gradient_norm)
            self.optimiser.step()
            history.append([*statistics, float(norm)])
        if not all(torch.isfinite(parameter).all() for parameter in parameters):
            raise Diverged(f"The weights are no numbers after update {self.update + 1}. Try a lower learning_rate.")
        means = np.mean(history, axis=0).tolist()
        explained = explained_variance(rollout.values[:-1], advantages)
        schedules = {"schedule/learning_rate": learning_rate, "schedule/entropy_weight": weights_now[2]}
        names = (*STATISTICS, "gradient/norm")
        return {**dict(zip(names, means, strict=True)), "value/explained_variance": explained, **schedules}

    def state(self) -> State:
        return {**super().state(), "matches": self.matches.arrays(), **self.opponents.state()}

    def counters(self) -> dict[str, Any]:
        chance = self.matches.chance.bit_generator.state
        return {**super().counters(), "opponents": self.opponents.counters(), "chance": chance}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.matches.restore(state["matches"])
        self.matches.chance.bit_generator.state = counters["chance"]
        self.opponents.restore(state, counters["opponents"])


def sum_of(tensors: list[Tensor]) -> Tensor:
    """The sum, in the order of the list: the same bytes every time."""
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total


def estimate_advantages(rollout: Rollout, discount: float, trace: float) -> NDArray[np.float32]:
    """Generalised advantages (Schulman et al., 2016), float32 [T, R], with the sign of the seat that moves next.

    For whoever moves at step t, ``delta = reward + discount * sign * V(next) - V(now)``, where ``sign`` is -1 when the
    opponent is next; the advantage is ``delta + discount * trace * sign * advantage(next)``. Both end with the match.
    """
    advantages = np.zeros_like(rollout.rewards)
    following = np.zeros(rollout.rewards.shape[1], np.float32)
    for step in reversed(range(len(advantages))):
        onward = discount * rollout.signs[step] * ~rollout.over[step]
        delta = rollout.rewards[step] + onward * rollout.values[step + 1] - rollout.values[step]
        following = delta + trace * onward * following
        advantages[step] = following
    return advantages


class Samples:
    """The decisions of a rollout that the learner made itself, as tensors of length N; advantages are normalised."""

    def __init__(self, rollout: Rollout, advantages: NDArray[np.float32]) -> None:
        learned = torch.from_numpy(np.flatnonzero(rollout.learned))

        def flat(array: NDArray[np.generic]) -> Tensor:
            return torch.from_numpy(array.reshape(-1, *array.shape[2:]))[learned]

        self.observations = flat(rollout.observations)
        self.masks = flat(rollout.masks)
        self.actions = flat(rollout.actions)
        self.log_probabilities = flat(rollout.log_probabilities)
        self.returns = flat(advantages + rollout.values[:-1])
        self.advantages = normalised(flat(advantages))

    def loss_gradients(
        self, logits: Tensor, values: Tensor, chosen: Tensor, weights: tuple[float, float, float]
    ) -> tuple[Tensor, Tensor, NDArray[np.float64]]:
        """See ``ppo_loss``: gradients of logits and values of the samples ``chosen``, and its statistics."""
        of_logits, of_values, statistics = loss_gradients(
            logits.detach().numpy(),
            values.detach().numpy(),
            chosen.numpy(),
            self.masks.numpy(),
            self.actions.numpy(),
            self.log_probabilities.numpy(),
            self.advantages.numpy(),
            self.returns.numpy(),
            weights,
        )
        return torch.from_numpy(of_logits), torch.from_numpy(of_values), statistics

    def minibatches(self, batch: int, epochs: int, chance: torch.Generator) -> Iterator[Tensor]:
        """Indices int64 [batch] of each gradient step; what is left over after an epoch is dropped."""
        count = len(self.actions)
        size = min(batch, count)
        for _ in range(epochs):
            order = torch.randperm(count, generator=chance)
            for first in range(0, count - size + 1, size):
                yield order[first : first + size]


def normalised(values: Tensor) -> Tensor:
    """With mean 0 and standard deviation 1."""
    return (values - values.mean()) / (values.std() + 1e-8)


def explained_variance(values: NDArray[np.float32], advantages: NDArray[np.float32]) -> float:
    """1 when the values foretell the returns, 0 when a constant would do as well."""
    variance = float((values + advantages).var())
    return 1.0 - float(advantages.var()) / variance if variance > 0 else 0.0
