"""Behaviour cloning: do in each position what somebody did in it (Pomerleau, "ALVINN", 1989).

A data set (``datasets``) says what was seen and what was done; the network learns to say the same. One choice is
learned by cross entropy among the legal ones, several choices head by head; a point in a box by its squared error.
Rewards play no part, so the network can't become better than whom it imitates, but for the slips that average out.

Small errors lead to positions that nobody in the data has seen. So what counts in the end is not the error on the data:
the result of a run is the mean and the standard deviation of the return over seeded evaluation episodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.engine import Game
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import AlgorithmSettings, Schedule, TrainConfig, Weight, Within
from sparring.learning.crew import Crew
from sparring.learning.evaluation.returns import evaluation_returns
from sparring.learning.learner import Now
from sparring.learning.memories.datasets import DataSet, read_data_set
from sparring.learning.network_learner import NetworkLearner
from sparring.learning.networks import masked_log_softmax
from sparring.learning.networks.normaliser import measure
from sparring.learning.requirements import require_one_or_two_seats, require_plain_network


class BehaviourCloningSettings(AlgorithmSettings):
    """Behaviour cloning. An update makes ``gradient_steps``; a run's steps are the decisions that it looked at."""

    name: Literal["behaviour_cloning"] = Field(
        default="behaviour_cloning", description="Behaviour cloning from a data set."
    )
    data: str = Field(default="", description="Path of the data set.")
    held_out: float = Field(
        default=0.1, ge=0, lt=1, description="Share of the matches that is only for measuring the error."
    )
    batch: int = Field(default=256, ge=1, description="Decisions of one gradient step.")
    gradient_steps: int = Field(default=100, ge=1, description="Gradient steps of one update.")
    learning_rate: Weight = Field(default=Schedule(1e-3), description="Step size of Adam.")
    weight_decay: Annotated[Schedule, Within(0, 1)] = Field(
        default=Schedule(0.0), description="How far each step pulls the weights towards 0."
    )
    averaging: float = Field(default=0.5, ge=0, lt=1, description="Memory of the averaged weights that are published.")
    gradient_norm: float = Field(default=1.0, gt=0, description="Longest gradient; longer ones are shortened to it.")
    opponent: str = Field(default="random", description="Whom it meets in evaluation episodes of a game for two.")
    episodes: int = Field(default=100, ge=2, description="Evaluation episodes at the end of the run.")


class BehaviourCloning(NetworkLearner):
    """A network, and the decisions that it shall take, too."""

    Settings: ClassVar[type[AlgorithmSettings]] = BehaviourCloningSettings
    why_alone: ClassVar[str] = "it learns from a data set"

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, BehaviourCloningSettings)
        self.settings = config.algorithm
        self.data = read_data_set(self.settings.data, game)
        self.digest = self.data.digest
        measure(self.data.observations, self.network, self.averaged)
        self.chance = np.random.default_rng([config.seed, 1])
        self.held_out, self.own = split(self.data, self.settings.held_out, config.seed)

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        require_one_or_two_seats(game)
        require_plain_network(config, but_for="normalise")
        require_data(game, config)

    def learn(self, now: Now) -> dict[str, float]:
        settings, at = self.settings, now.moment
        for group in self.optimiser.param_groups:
            group["lr"], group["weight_decay"] = settings.learning_rate.at(at), settings.weight_decay.at(at)
        history = []
        with now.timing("learn"):
            for _ in range(settings.gradient_steps):
                rows = self.chance.choice(self.own, settings.batch)
                loss = self.losses(rows).mean()
                self.require_loss(bool(torch.isfinite(loss)))
                self.optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                norm = nn.utils.clip_grad_norm_(self.network.parameters(), settings.gradient_norm)
                self.optimiser.step()
                history.append((float(loss.detach()), float(norm)))
            self.average(settings.averaging)
        self.require_numbers(self.network.parameters())
        self.steps += settings.gradient_steps * settings.batch
        means = np.mean(history, axis=0).tolist()
        return dict(zip(("loss/policy", "gradient/norm"), means, strict=True)) | self.on_held_out()

    def losses(self, rows: NDArray[np.int64]) -> Tensor:
        """How far the network is from what was done in these rows: float32 [B]."""
        data = self.data
        observations, actions = torch.from_numpy(data.observations[rows]), torch.from_numpy(data.actions[rows])
        if self.game.action_kind == "box":
            means: Tensor = self.network(observations)[0][:, : actions.shape[1]]
            return (means - shares_of_the_box(self.game, actions)).square().mean(dim=1)
        heads = actions.reshape(len(rows), -1)
        said = self.network(observations, heads)[0] if len(self.game.heads) > 1 else self.network(observations)[0]
        return -log_probabilities_of(self.game, said, torch.from_numpy(data.masks[rows]), heads)

    @torch.no_grad()
    def on_held_out(self) -> dict[str, float]:
        """The error on matches that it does not learn from, and how often it would have done the same."""
        rows = self.held_out[:4096]
        if not len(rows):
            return {}
        metrics = {"held_out/loss": float(self.losses(rows).mean())}
        if self.game.action_kind != "box":
            same = self.policy()(self.data.observations[rows], self.data.masks[rows]) == self.data.actions[rows]
            metrics["held_out/same"] = float(same.reshape(len(rows), -1).all(axis=1).mean())
        return metrics

    def final_metrics(self) -> dict[str, float]:
        """Mean and standard deviation of the return over seeded evaluation episodes."""
        returns = evaluation_returns(self.game, self.policy(), self.settings.episodes, 1, self.settings.opponent)
        return {"return/mean": float(returns.mean()), "return/deviation": float(returns.std(ddof=1))}

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "chance": self.chance.bit_generator.state, "data": self.digest}

    def restore(self, state: Any, counters: Mapping[str, Any]) -> None:
        require_same_data(counters["data"], self.digest, self.settings.data)
        super().restore(state, counters)
        self.chance.bit_generator.state = counters["chance"]


def split(data: DataSet, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of a drawn ``share`` of the matches, and the rows of the others: int64 each. Some rows are others."""
    matches = np.unique(data.matches)
    count = min(round(share * len(matches)), len(matches) - 1)
    drawn = np.random.default_rng([seed, 2]).permutation(matches)[:count]
    inside = np.isin(data.matches, drawn)
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def log_probabilities_of(game: Game, said: Tensor, masks: Tensor, actions: Tensor) -> Tensor:
    """Of ``actions: int64 [B, H]``, added up over their heads: float32 [B]. ``said`` are the logits, float32 [B, L].

    In each head those options are legal that the mask allows beside what the earlier heads chose.
    """
    total, starts = torch.zeros(len(said)), game.actions.starts.tolist()
    for head, (first, last) in enumerate(pairwise(starts)):
        legal = masks[:, first:last]
        for earlier in range(head if game.allows is not None else 0):
            together = torch.from_numpy(game.allows)[first:last, starts[earlier] + actions[:, earlier]].T
            legal = legal & together
        log_probabilities = masked_log_softmax(said[:, first:last], legal)
        total = total + log_probabilities.gather(1, actions[:, head : head + 1])[:, 0]
    return total


def shares_of_the_box(game: Game, actions: Tensor) -> Tensor:
    """Actions float32 [B, n] measured from the middle of the box: -1 is its low end, 1 its high end."""
    assert game.low is not None
    assert game.high is not None
    low, high = torch.from_numpy(game.low), torch.from_numpy(game.high)
    return 2.0 * (actions - low) / (high - low) - 1.0


def require_data(game: Game, config: TrainConfig) -> None:
    """Raise BadOption where no data set is named, or SparringError where it can't be read."""
    path = getattr(config.algorithm, "data", "")
    if not path:
        raise BadOption(f"{config.algorithm.name} learns from a data set. Name one: --set data=FILE.")
    read_data_set(path, game)


def require_same_data(before: str, now: str, path: str) -> None:
    """Raise SparringError where a run goes on with other data than it began with."""
    if before != now:
        raise SparringError(f"The data set {path} has changed since the run began. Begin another run with it.")
