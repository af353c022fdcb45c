"""REINFORCE with a baseline (Williams, "Simple statistical gradient-following algorithms", 1992). Read this one first.

The idea in four sentences. Play whole matches, and draw each action by chance from what the network thinks of it. Add
up what came after each action: its return. Make actions more likely whose return was better than the network had
expected, and less likely those whose return was worse. Do it again.

Everything else in this room is this idea made to need fewer matches. PPO (``ppo.py``) uses each match several times,
and doesn't wait for its end to know what an action was worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.engine import Game
from sparring.engine.seeds import spread
from sparring.learning.configuration import AlgorithmSettings, Schedule, TrainConfig, Weight
from sparring.learning.crew import Crew
from sparring.learning.learner import Now, State
from sparring.learning.network_learner import NetworkLearner
from sparring.learning.networks import masked_log_softmax
from sparring.learning.opponents import LearnedNetwork, Opponents
from sparring.learning.requirements import require_discrete, require_one_or_two_seats, require_plain_network
from sparring.learning.rollouts.choosing import actor_for
from sparring.learning.rollouts.decisions import Decisions


class ReinforceSettings(AlgorithmSettings):
    """REINFORCE. An update plays ``play.environments`` matches from their start to their end."""

    name: Literal["reinforce"] = Field(default="reinforce", description="REINFORCE with a baseline.")
    learning_rate: Weight = Field(default=Schedule(3e-3), description="Step size of Adam.")
    discount: float = Field(default=1.0, gt=0, le=1, description="Worth of a reward one step later (gamma).")
    baseline: bool = Field(default=True, description="Compare returns with what the network had expected.")
    value_weight: Weight = Field(default=Schedule(0.5), description="Weight of the baseline's loss.")
    entropy_weight: Weight = Field(default=Schedule(0.15), description="Reward for keeping several actions likely.")
    gradient_norm: float = Field(default=1.0, gt=0, description="Longest gradient; longer ones are shortened to it.")


@dataclass(frozen=True)
class Step:
    """One decision in each of R rows."""

    observations: NDArray[Any]
    """dtype [R, *shape]"""
    masks: NDArray[np.bool_]
    """bool [R, A]"""
    actions: NDArray[np.int64]
    """int64 [R]"""
    rewards: NDArray[np.float32]
    """float32 [R]: what the action brought at once to the seat that chose it."""
    signs: NDArray[np.float32]
    """float32 [R]: 1 when the same seat decides next, -1 when it is the opponent, whose gain is one's own loss."""
    counts: NDArray[np.bool_]
    """bool [R]: the row's match was still going on."""
    own: NDArray[np.bool_]
    """bool [R]: of those, where the learner decided; elsewhere an opponent did."""


class Reinforce(NetworkLearner):
    """A policy-value network: its policy chooses, its value is the baseline.

    It plays all seats itself, but for those of its opponents. Their moves are part of what came after an action.
    """

    Settings: ClassVar[type[AlgorithmSettings]] = ReinforceSettings
    meets_opponents = True

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, ReinforceSettings)
        self.settings = config.algorithm
        self.opponents = Opponents(game, config, LearnedNetwork(self.network, actor_for(game)))

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        require_discrete(game)
        require_one_or_two_seats(game)
        require_plain_network(config)

    def learn(self, now: Now) -> dict[str, float]:
        with now.timing("play"):
            steps = self.play_matches(now)
        with now.timing("learn"):
            metrics = self.improve(steps, now)
        # What is measured and published is the network as it is; other algorithms publish a running average.
        self.average(memory=0.0)
        self.opponents.after_update(self.update + 1)
        return metrics | self.opponents.metrics()

    @torch.no_grad()
    def play_matches(self, now: Now) -> list[Step]:
        """Play every match to its end. Both chances, of the game and of the choices, follow from seed and update."""
        game_seed, choice_seed = spread(self.config.seed, 2) + np.uint64(self.update)
        decisions = Decisions(self.game, self.config.play.matches(now.moment), int(game_seed), self.opponents)
        self.opponents.start_afresh()
        decisions.begin(now.moment)
        chance = torch.Generator().manual_seed(int(choice_seed >> np.uint64(1)))
        counts = np.ones(decisions.rows, np.bool_)
        steps = []
        while counts.any():
            observations, masks = decisions.observations, decisions.masks
            logits, _ = self.network(torch.from_numpy(observations))
            # An action that is not legal has probability 0.
            probabilities = masked_log_softmax(logits, torch.from_numpy(masks)).exp()
            actions = torch.multinomial(probabilities, 1, generator=chance)[:, 0].numpy()
            outcome = decisions.play(actions)
            rewards, cut = outcome.rewards, outcome.cut
            if cut is not None:
                # Time was up, and nothing decided: what the network expects from there on stands for the rest.
                rest = self.network(torch.from_numpy(cut.observations))[1].numpy()
                rewards[cut.rows] += np.float32(self.settings.discount) * outcome.signs[cut.rows] * rest
            own = counts & outcome.own
            steps.append(Step(observations, masks, actions, rewards, outcome.signs, counts, own))
            self.steps += int(counts.sum()) * decisions.batch.size // decisions.rows
            # A match that has ended starts anew beside those that go on. What it does then doesn't count.
            counts = counts & ~outcome.over
        return steps

    def improve(self, steps: list[Step], now: Now) -> dict[str, float]:
        """One step up the gradient: raise the probability of each action by how much better it was than expected."""
        settings, at = self.settings, now.moment
        own = np.concatenate([step.own for step in steps])

        def together(name: str) -> Tensor:
            """One column of all decisions that are the learner's own, as a tensor of length N."""
            return torch.from_numpy(np.concatenate([getattr(step, name) for step in steps])[own])

        returns = torch.from_numpy(np.concatenate(returns_of(steps, settings.discount))[own])
        logits, values = self.network(together("observations"))
        log_probabilities = masked_log_softmax(logits, together("masks"))
        taken = log_probabilities.gather(1, together("actions")[:, None])[:, 0]

        # The heart of it. A return says how good an action was; minus what was expected in that position it says how
        # much better than usual. Without a baseline the gradient points the same way on average, but is far noisier.
        expected = values.detach() if settings.baseline else torch.zeros_like(values)
        # Dividing by the spread makes one step size fit games that pay 1 and games that pay 500.
        advantages = (returns - expected) / (returns.std() + 1e-8)
        policy_loss = -(advantages * taken).mean()
        value_loss = 0.5 * (values - returns).square().mean() / (returns.var() + 1e-8)
        entropy = -(log_probabilities.exp() * log_probabilities).sum(dim=1).mean()
        loss = policy_loss + settings.value_weight.at(at) * value_loss - settings.entropy_weight.at(at) * entropy
        self.require_loss(bool(torch.isfinite(loss)))

        self.optimiser.param_groups[0]["lr"] = settings.learning_rate.at(at)
        self.optimiser.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), settings.gradient_norm)
        self.optimiser.step()
        self.require_numbers(self.network.parameters())
        return {
            "loss/policy": float(policy_loss.detach()),
            "loss/value": float(value_loss.detach()),
            "policy/entropy": float(entropy.detach()),
            "gradient/norm": float(norm),
            "play/return": float(np.mean(returns_of(steps, 1.0)[0])),
            "schedule/learning_rate": settings.learning_rate.at(at),
        }

    def state(self) -> State:
        return {**super().state(), **self.opponents.state()}

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "opponents": self.opponents.counters()}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.opponents.restore(state, counters["opponents"])


def returns_of(steps: list[Step], discount: float) -> list[NDArray[np.float32]]:
    """What came after each decision, seen by the seat that took it: float32 [R] for each step.

    From the end of the matches backwards: ``return = reward + discount * sign * next return``. After its end a match
    brings nothing more.
    """
    following = np.zeros_like(steps[-1].rewards)
    returns = []
    for step in reversed(steps):
        following = np.where(step.counts, step.rewards + np.float32(discount) * step.signs * following, 0)
        returns.append(following.astype(np.float32))
    return returns[::-1]
