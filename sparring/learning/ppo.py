"""Masked proximal policy optimisation in self-play (Schulman et al., "Proximal Policy Optimization Algorithms", 2017).

Read ``PPO.learn`` from top to bottom. What differs from PPO against a fixed world: one network plays all seats, so what
is good for the seat that moves next is bad for the one that moved: the sign of value and advantage turns with the seat.
Illegal actions have probability zero (Huang and Ontañón, "A Closer Look at Invalid Action Masking", 2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, Count, Schedule, Share, TrainConfig, Weight, Within
from sparring.learning.crew import Crew
from sparring.learning.devices import PpoSteps
from sparring.learning.learner import Now, State
from sparring.learning.network_learner import NetworkLearner
from sparring.learning.networks.chain_network import chain_form
from sparring.learning.opponents import LearnedNetwork, Opponents
from sparring.learning.ppo_loss import STATISTICS, Step, Weights
from sparring.learning.ppo_steps import CompiledSteps, Steps, TorchSteps
from sparring.learning.rollouts import (
    Rewarding,
    Rollout,
    Samples,
    SelfPlay,
    Sequences,
    estimate_advantages,
    minibatches,
)
from sparring.learning.rollouts.choosing import actor_for
from sparring.learning.rollouts.terms import Terms
from sparring.learning.rollouts.views import ObservationNoise


class PPOSettings(AlgorithmSettings):
    """Masked PPO."""

    name: Literal["ppo"] = Field(default="ppo", description="Proximal policy optimisation.")
    batch: Annotated[Schedule, Within(8)] = Field(default=Schedule(512), description="Samples of one minibatch.")
    accumulation: Count = Field(
        default=Schedule(1), description="Minibatches whose gradients are put together for one step."
    )
    epochs: Count = Field(default=Schedule(2), description="Passes over a rollout.")
    learning_rate: Weight = Field(
        default=Schedule({"linear": {"start": 2e-3, "end": 1e-4}}), description="Step size of Adam."
    )
    discount: Share = Field(default=Schedule(1.0), description="Worth of a reward one step later (gamma).")
    trace: Share = Field(default=Schedule(0.95), description="Decay of the advantage's trace (lambda of GAE).")
    clip: Weight = Field(default=Schedule(0.2), description="How far an action's probability may move in one update.")
    value_clip: Weight = Field(
        default=Schedule(0), description="How far a value may move in one update; 0: as far as it likes."
    )
    target_kl: Weight = Field(
        default=Schedule(0), description="Divergence from the policy that played at which an update stops; 0: never."
    )
    value_weight: Weight = Field(default=Schedule(0.5), description="Weight of the value loss.")
    entropy_weight: Weight = Field(default=Schedule(0.15), description="Weight of the entropy bonus.")
    averaging: float = Field(default=0.9, ge=0, lt=1, description="Memory of the averaged weights that are published.")
    gradient_norm: Weight = Field(
        default=Schedule(1.0), description="Longest gradient; longer ones are shortened to it."
    )
    normalise_advantages: bool = Field(default=True, description="Advantages are brought to mean 0 and deviation 1.")
    symmetries: bool = Field(
        default=True,
        description="Each pass sees each sample in one of the ways that are alike by the game's rules: mirrored, "
        "turned. Not with network.memory.",
    )
    statistics_first: bool = Field(
        default=True,
        description="Where observations or rewards are normalised, a first rollout only collects their statistics.",
    )


class PPO(NetworkLearner):
    """A policy-value network, the matches that it plays with itself and its opponents, and Adam."""

    Settings: ClassVar[type[AlgorithmSettings]] = PPOSettings
    meets_opponents: ClassVar[bool] = True
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    past_share: ClassVar[float] = 0.2
    settings: PPOSettings

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, PPOSettings)
        self.settings = config.algorithm
        self.opponents = Opponents(game, config, LearnedNetwork(self.averaged, actor_for(game)))
        self.matches = SelfPlay(game, config, self.opponents)
        self.rewarding = Rewarding(game, config)
        self.chain = chain_form(self.network)
        self.symmetries = game.symmetries if self.settings.symmetries and not config.network.memory else None
        self.shuffling = torch.Generator().manual_seed(config.seed)
        self.learn_by(self._quickest_steps())

    def _quickest_steps(self) -> Steps:
        """Who takes the gradient steps: the device; else compiled code for chains of layers; else PyTorch."""
        if self.config.device != "cpu":
            return PpoSteps(self.network, self.game.heads, self.config.device)
        if self.chain is not None:
            return CompiledSteps(self.chain, self.optimiser, self.crew)
        return TorchSteps(self.network, self.optimiser, self.crew)

    def learn_by(self, steps: Steps) -> None:
        """Let ``steps`` take the gradient steps of all updates."""
        self.gradient_steps, self.optimiser = steps, steps.optimiser

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        if config.rewards.novelty.constant != 0 and game.seats > 1 and not game.simultaneous:
            raise BadOption(
                f"Novelty can't be a reward in {game.title}: what is new for one is no loss for who moves next. "
                "Set rewards.novelty=0."
            )

        Terms(game, config.rewards)
        if config.play.noise:
            ObservationNoise(game, config.play.noise)
        if config.device != "cpu":
            PpoSteps.check(config)

    def learn(self, now: Now) -> dict[str, float]:
        if self.update == 0 and self.settings.statistics_first and self._counts():
            with now.timing("play"):
                rollout = self._play(now)
                self._measure_rewards(rollout, now)
                self._count_observations(rollout)
        with now.timing("play"):
            rollout = self._play(now)
        with now.timing("learn"):
            metrics = self._measure_rewards(rollout, now)
            metrics |= self.improve(rollout, now)
            self._count_observations(rollout)
        self.average(self.settings.averaging)
        self.opponents.after_update(self.update + 1)
        return metrics | self.opponents.metrics() | self.matches.metrics() | self._seen()

    def improve(self, rollout: Rollout, now: Now) -> dict[str, float]:
        """Improve the network by one rollout; returns the means of what happened over the gradient steps.

        Raises Diverged when the loss or a weight is no number.
        """
        at, settings, step = now.moment, self.settings, self._step(now)
        advantages = estimate_advantages(rollout, settings.discount.at(at), settings.trace.at(at))
        sampled = Sequences if self.config.network.memory else Samples
        samples = sampled(rollout, advantages, self.game, settings.normalise_advantages)
        batch, accumulation = samples.items(round(settings.batch.at(at))), round(settings.accumulation.at(at))
        count, epochs, apart = len(samples), round(settings.epochs.at(at)), 0
        if self.symmetries is not None:
            apart = count
            ways = torch.randint(len(self.symmetries), (epochs * count,), generator=self.shuffling)
            samples.see_anew(self.symmetries, ways.numpy())
        drawn = minibatches(count, batch * accumulation, epochs, self.shuffling, apart)
        parts = (torch.split(chosen, batch) for chosen in drawn)
        with self._training():
            history = self.gradient_steps.take(samples, parts, step)
        self.require_loss(bool(np.isfinite(history).all()))
        self.require_numbers(list(self.network.parameters()))
        explained = explained_variance(rollout.values[:-1], advantages)
        schedules = {"schedule/learning_rate": step.learning_rate, "schedule/entropy_weight": step.weights.entropy}
        return {**self._named(history), "value/explained_variance": explained, **schedules}

    def _play(self, now: Now) -> Rollout:
        if self.chain is not None:
            self.chain.load()
        rollout = self.matches.collect(self.chain or self.network, now.moment)
        self.steps += len(rollout.actions) * self.matches.batch.size
        return rollout

    def _counts(self) -> bool:
        """Whether there are statistics of observations or rewards."""
        return self.network.normalise is not None or self.config.rewards.normalise

    def _measure_rewards(self, rollout: Rollout, now: Now) -> dict[str, float]:
        """Bring the rewards of a rollout into their final form; returns metrics."""
        metrics = self.rewarding.apply(rollout, now.moment, self.settings.discount.at(now.moment))
        for network in (self.network, self.averaged) if self.config.rewards.normalise else ():
            network.rescale(self.rewarding.unit)
        return metrics

    def _count_observations(self, rollout: Rollout) -> None:
        """Let what was seen count, from the next rollout on."""
        if self.network.normalise is not None:
            seen = rollout.observations[rollout.learned]
            self.network.count(seen if self.matches.stacks is None else seen[:, 0])

    def _step(self, now: Now) -> Step:
        """What holds for the gradient steps of this update. Values count in the unit of rewards."""
        at, settings, unit = now.moment, self.settings, self.rewarding.unit
        value_range = settings.value_clip.at(at) * unit or np.inf
        value_weight = settings.value_weight.at(at) / unit**2
        weights = Weights(settings.clip.at(at), value_weight, settings.entropy_weight.at(at), value_range)
        learning_rate, longest = settings.learning_rate.at(at), settings.gradient_norm.at(at)
        return Step(learning_rate, longest, settings.target_kl.at(at), weights)

    @contextmanager
    def _training(self) -> Iterator[None]:
        """Networks leave features out while they learn, if they are told to, and never while they play."""
        if not self.config.network.dropout:
            yield
            return
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed + self.update)
            self.network.train()
            try:
                yield
            finally:
                self.network.eval()

    def _seen(self) -> dict[str, float]:
        """Mean and deviation of what was observed so far, over all numbers of an observation, where they are known."""
        known = self.network.normalise
        if known is None:
            return {}
        return {"observation/mean": float(known.mean.mean()), "observation/deviation": float(known.deviation.mean())}

    def _named(self, history: list[list[float]]) -> dict[str, float]:
        """The means of what happened over the gradient steps."""
        *means, norm = np.mean(history, axis=0).tolist()
        metrics = dict(zip(STATISTICS, means, strict=False))
        metrics["loss/value"] /= self.rewarding.unit**2
        entropies = means[len(STATISTICS) :]
        heads = {f"entropy/head_{head}": entropy for head, entropy in enumerate(entropies)}
        return {**metrics, "gradient/norm": norm, **(heads if len(heads) > 1 else {})}

    def state(self) -> State:
        matches = {**self.matches.arrays(), **self.rewarding.arrays(), "shuffling": self.shuffling.get_state().numpy()}
        return {**super().state(), "matches": matches, **self.opponents.state()}

    def counters(self) -> dict[str, Any]:
        chance = self.matches.chance.bit_generator.state
        return {**super().counters(), "opponents": self.opponents.counters(), "chance": chance}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.matches.restore(state["matches"])
        self.rewarding.restore(state["matches"])
        self.shuffling.set_state(torch.from_numpy(state["matches"]["shuffling"].copy()))
        self.matches.chance.bit_generator.state = counters["chance"]
        self.opponents.restore(state, counters["opponents"])


def explained_variance(values: NDArray[np.float32], advantages: NDArray[np.float32]) -> float:
    """1 when the values foretell the returns, 0 when a constant would do as well."""
    variance = float((values + advantages).var())
    return 1.0 - float(advantages.var()) / variance if variance > 0 else 0.0
