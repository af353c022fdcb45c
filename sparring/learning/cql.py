"""Conservative Q-learning (Kumar et al., "Conservative Q-Learning for Offline Reinforcement Learning", 2020).

Deep Q-learning (``dqn``) from a data set alone, without a single step of the game. What goes wrong then: an action that
nobody in the data took is worth whatever the network happens to say, nobody ever tries it and finds out, and what is
overrated is what gets chosen. So each gradient step also pulls down what the network says of all actions together, and
pushes up what was done: ``log(sum(exp(Q))) - Q[done]``, equation 4 of the paper, which is 0 only where no other action
comes near. With a ``penalty`` of 0 it is plain deep Q-learning from the data.

Unlike behaviour cloning it looks at the rewards: from good and bad play it learns the good. What follows a decision is
the same seat's next one, so it learns the best answer to those who played in the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.engine import Game
from sparring.learning.action_values import ActionValueLearner
from sparring.learning.behaviour_cloning import require_data, require_same_data
from sparring.learning.configuration import AlgorithmSettings, Schedule, TrainConfig, Weight
from sparring.learning.crew import Crew
from sparring.learning.dqn import action_values, bellman_targets
from sparring.learning.evaluation.returns import evaluation_returns
from sparring.learning.learner import Now, State
from sparring.learning.memories.datasets import read_data_set
from sparring.learning.networks.normaliser import measure
from sparring.learning.requirements import require_discrete, require_one_or_two_seats, require_plain_network


class CQLSettings(AlgorithmSettings):
    """CQL. An update makes ``gradient_steps``; a run's steps are the decisions that it looked at."""

    name: Literal["cql"] = Field(default="cql", description="Conservative Q-learning from a data set.")
    data: str = Field(default="", description="Path of the data set.")
    penalty: Weight = Field(
        default=Schedule(0.5), description="Weight of the pull on actions that nobody took (alpha); 0: offline DQN."
    )
    batch: int = Field(default=256, ge=1, description="Decisions of one gradient step.")
    gradient_steps: int = Field(default=100, ge=1, description="Gradient steps of one update.")
    learning_rate: Weight = Field(default=Schedule(5e-4), description="Step size of Adam.")
    discount: float = Field(default=0.99, gt=0, le=1, description="Worth of a reward one decision later (gamma).")
    reward_scale: float = Field(default=1.0, gt=0, description="What rewards are multiplied by before learning.")
    target_every: int = Field(
        default=200, ge=1, description="Gradient steps after which the network that judges is renewed."
    )
    double: bool = Field(default=True, description="One network chooses the next action, another judges it.")
    duelling: bool = Field(default=False, description="Learn the worth of a position apart from that of its actions.")
    gradient_norm: float = Field(default=10.0, gt=0, description="Longest gradient; longer ones are shortened to it.")
    opponent: str = Field(default="random", description="Whom it meets in evaluation episodes of a game for two.")
    episodes: int = Field(default=100, ge=2, description="Evaluation episodes at the end of the run.")


class CQL(ActionValueLearner):
    """A network of action values, the one that judges, and the decisions of others."""

    Settings: ClassVar[type[AlgorithmSettings]] = CQLSettings
    why_alone: ClassVar[str] = "it learns from a data set"

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, CQLSettings)
        self.settings = config.algorithm
        self.data = read_data_set(self.settings.data, game)
        self.digest = self.data.digest
        measure(self.data.observations, self.network, self.target)

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        require_discrete(game)
        require_one_or_two_seats(game)
        require_plain_network(config, but_for="normalise")
        require_data(game, config)

    def learn(self, now: Now) -> dict[str, float]:
        with now.timing("learn"):
            history = [self.improve(now) for _ in range(self.settings.gradient_steps)]
        self.require_numbers(self.network.parameters())
        self.steps += self.settings.gradient_steps * self.settings.batch
        return {name: float(np.mean([step[name] for step in history])) for name in history[0]}

    def improve(self, now: Now) -> dict[str, float]:
        """One gradient step. Raises Diverged when the loss is no number."""
        settings, data = self.settings, self.data
        rows = self.chance.integers(len(data), size=settings.batch)
        masks = torch.from_numpy(data.masks[rows])
        actions = torch.from_numpy(data.actions[rows])[:, None]
        values = action_values(self.network, data.observations[rows], data.masks[rows], settings.duelling)
        done = values.gather(1, actions)[:, 0]

        value_loss = nn.functional.smooth_l1_loss(done, self.targets(rows))
        overrating = (values.masked_fill(~masks, -torch.inf).logsumexp(dim=1) - done).mean()
        loss = value_loss + settings.penalty.at(now.moment) * overrating
        rate = settings.learning_rate.at(now.moment)
        norm = self.descend(loss, rate, settings.gradient_norm, settings.target_every)
        return {
            "loss/value": float(value_loss.detach()),
            "loss/overrating": float(overrating.detach()),
            "value/mean": float(done.detach().mean()),
            "gradient/norm": norm,
        }

    @torch.no_grad()
    def targets(self, rows: NDArray[np.int64]) -> Tensor:
        """What was done should be worth its reward and what the seat's next decision is worth: float32 [B]."""
        settings, data = self.settings, self.data
        following, masks = data.next_observations[rows], data.next_masks[rows]
        judged = action_values(self.target, following, masks, settings.duelling)
        chosen = action_values(self.network, following, masks, settings.duelling) if settings.double else judged
        rewards = data.rewards[rows] * np.float32(settings.reward_scale)
        onward = np.where(data.over[rows], 0.0, settings.discount).astype(np.float32)
        return bellman_targets((rewards, onward), judged, chosen, masks, self.game)

    def final_metrics(self) -> dict[str, float]:
        """Mean and standard deviation of the return over seeded evaluation episodes."""
        returns = evaluation_returns(self.game, self.policy(), self.settings.episodes, 1, self.settings.opponent)
        return {"return/mean": float(returns.mean()), "return/deviation": float(returns.std(ddof=1))}

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "data": self.digest}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        require_same_data(counters["data"], self.digest, self.settings.data)
        super().restore(state, counters)
