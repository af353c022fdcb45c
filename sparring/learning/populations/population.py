"""Policy-space response oracles (PSRO): a population grows by what beats the mixture of those that are in it.

Lanctot et al., "A unified game-theoretic approach to multiagent reinforcement learning" (arXiv 1711.00832), for games
of two whose seats are swapped in every pair of matches, so that one population stands for both seats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.learning.populations.meta_strategies import Solver, meta_strategy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """What an oracle found: a policy by name, and its share of the points, 0 to 1, against the mixture."""

    name: str
    share: float
    steps: int = 0
    """Of the game, that it took to find it."""


class Oracle(Protocol):
    """Finds policies, by whatever means, and lets them play."""

    def respond(self, members: list[str], weights: Floats, attempt: int) -> Response:
        """A policy that takes as much as it can from the mixture of members; any policy where there are none."""
        ...

    def margins(self, name: str, members: list[str]) -> Floats:
        """What a policy takes from each member, float64 [m], over both seats; a lost match is -1."""
        ...


class Population:
    """Members by name, what they take from each other, float64 [m, m], and how often each is met."""

    def __init__(self, solver: Solver, joins_at: float) -> None:
        self.solver, self.joins_at = solver, joins_at
        self.names: list[str] = []
        self.payoffs: Floats = np.zeros((0, 0))
        self.weights: Floats = np.zeros(0)
        self.attempts = 0

    def grow(self, oracle: Oracle) -> Response:
        """One best response to the meta-strategy; it joins where it takes ``joins_at`` of the points, or is the first.

        Joining, it gets a row and a column, and the meta-strategy is worked out anew.
        """
        self.attempts += 1
        response = oracle.respond(self.names, self.weights, self.attempts)
        if not self.names or response.share >= self.joins_at:
            self.join(response.name, oracle.margins(response.name, self.names))
        return response

    def join(self, name: str, margins: Floats) -> None:
        """A policy joins, with what it takes from each of the others."""
        self.payoffs = np.block([[self.payoffs, -margins[:, None]], [margins[None, :], np.zeros((1, 1))]])
        self.names.append(name)
        self.weights = meta_strategy(self.payoffs, self.solver)

    def counters(self) -> dict[str, Any]:
        """For a checkpoint, as JSON."""
        return {"names": self.names, "payoffs": self.payoffs.tolist(), "attempts": self.attempts}

    def restore(self, counters: Mapping[str, Any]) -> None:
        """Go on from ``counters()``."""
        self.names, self.attempts = list(counters["names"]), counters["attempts"]
        self.payoffs = np.array(counters["payoffs"], np.float64).reshape(len(self.names), len(self.names))
        self.weights = meta_strategy(self.payoffs, self.solver) if self.names else np.zeros(0)
