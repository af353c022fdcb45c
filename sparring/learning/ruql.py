"""Repeated-update Q-learning in a table (Abdallah and Kaisers, "Addressing Environment Non-Stationarity by Repeating
Q-learning Updates", 2016).

Q-learning updates a value as often as its action is chosen, so values of rare actions lag behind when the opponents
change. Here an update counts as if it had been repeated 1 / p times, where p is the probability of the action::

    x       = (1 - learning_rate) ** (1 / p)
    Q(s, a) <- x Q(s, a) + (1 - x) target

The policy is Boltzmann's: p in proportion to exp(Q / temperature). Everything else is as in ``q_learning.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sparring.engine import Game
from sparring.learning.configuration import AlgorithmSettings, Moment, Schedule, Share, TrainConfig, Within
from sparring.learning.learner import State
from sparring.learning.memories.tables import choose_by_worth
from sparring.learning.opponents import LearnedTable
from sparring.learning.q_learning import QLearning, empty_table


class RUQLSettings(AlgorithmSettings):
    """Repeated-update Q-learning in a table."""

    name: Literal["ruql"] = Field(default="ruql", description="Repeated-update Q-learning in a table.")
    learning_rate: Share = Field(
        default=Schedule(0.5), description="How far a value would move for an action that is always taken (alpha)."
    )
    discount: float = Field(default=0.99, ge=0, le=1, description="Worth of a reward one step later (gamma).")
    temperature: Annotated[Schedule, Within(1e-6)] = Field(
        default=Schedule(0.1), description="Of Boltzmann's policy, in units of reward: lower is greedier."
    )
    most_rows: int = Field(
        default=1_000_000, ge=1, description="Observations that the table may hold; what is new then stays unknown."
    )


class RUQL(QLearning):
    """Q-learning that draws by worth, and learns the more from an action the rarer it is."""

    Settings: ClassVar[type[AlgorithmSettings]] = RUQLSettings
    temperature = 0.1
    """That of the last update; the policy that is measured and published has it, too."""

    def choose(
        self, rows: NDArray[np.int64], masks: NDArray[np.bool_], moment: Moment
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        self.temperature = self.settings.temperature.at(moment)
        actions = np.zeros(len(rows), np.int64)
        chance = self.chance.random((len(rows), 2))
        chosen = choose_by_worth(self.table.values, rows, masks, chance, self.temperature, actions)
        return actions, repeated(self.settings.learning_rate.at(moment), chosen)

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "temperature": self.temperature}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.temperature = counters["temperature"]

    def scheduled(self, moment: Moment) -> dict[str, float]:
        names = ("learning_rate", "temperature")
        return {f"schedule/{name}": getattr(self.settings, name).at(moment) for name in names}

    def mixed(self, values: NDArray[np.float32], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return by_worth(values, masks, self.temperature)

    def chances(self, values: NDArray[np.float32], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return self.mixed(values, masks)

    @classmethod
    def as_met(cls, game: Game, config: TrainConfig) -> LearnedTable:
        assert isinstance(config.algorithm, RUQLSettings)
        last = config.algorithm.temperature.at(Moment(done=1.0, seed=config.seed))
        return LearnedTable(empty_table(game, config), lambda values, masks: by_worth(values, masks, last))


def by_worth(values: NDArray[np.float32], masks: NDArray[np.bool_], temperature: float) -> NDArray[np.float64]:
    """Boltzmann's policy over the legal actions, by ``values: [B, A]``: float64 [B, A]."""
    weights = np.where(masks, values, -np.inf).astype(np.float64)
    weights = np.exp((weights - weights.max(axis=1, keepdims=True)) / temperature)
    shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares


def repeated(learning_rate: float, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far 1 / p updates in a row move a value to their target: 1 - x, float64 [R].

    >>> repeated(0.5, np.array([1.0, 0.5])).tolist()
    [0.5, 0.75]
    """
    rates: NDArray[np.float64] = 1.0 - (1.0 - learning_rate) ** (1.0 / np.maximum(probabilities, 1e-12))
    return rates
