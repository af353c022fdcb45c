"""Counterfactual regret minimisation, CFR+ (Tammelin, Solving Large Imperfect Information Games Using CFR+, 2014).

For the games whose whole tree fits into memory (see ``exploitability.py``). Each decision keeps, for every action,
how much more would have been won by always taking it: its regret, never below 0. It chooses in proportion to its
regrets. The seats learn in turn. What approaches an equilibrium is the average of all choices, in which later ones
count more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.exploitability import Chances, GameTree, tree_of
from sparring.agents.exact.policies import Policy
from sparring.engine import Game


class CfrPlus:
    """Regrets and average of every decision of a game. Raises SparringError for a game without a tree.

    >>> from sparring.agents.exact.exploitability import exploitability
    >>> from sparring.engine import load_game
    >>> kuhn = load_game("kuhn_poker")
    >>> learner = CfrPlus(kuhn)
    >>> learner.iterate(500)
    >>> exploitability(kuhn, learner.average()) < 0.001
    True
    """

    def __init__(self, game: Game) -> None:
        self.tree: GameTree = tree_of(game)
        self.iterations = 0
        self.regrets = [np.zeros(allowed.shape) for allowed in self.tree.allowed]
        self.sums = [np.zeros(allowed.shape) for allowed in self.tree.allowed]

    @property
    def decisions(self) -> int:
        """How many decisions there are."""
        return self.tree.decisions

    def iterate(self, iterations: int) -> None:
        """Go through the whole tree so many times, for each seat."""
        for _ in range(iterations):
            self.iterations += 1
            for seat in (0, 1):
                self._improve(seat)

    def _improve(self, seat: int) -> None:
        chances = self.current_chances()
        gains, reached = self.tree.counterfactual(chances, seat)
        for regrets, sums, chance, gain, reach in zip(self.regrets, self.sums, chances, gains, reached, strict=True):
            expected = (chance * gain).sum(axis=1, keepdims=True)
            np.maximum(regrets + gain - expected, 0.0, out=regrets)
            sums += self.iterations * reach[:, None] * chance

    def current_chances(self) -> Chances:
        """What the last iteration does in each decision."""
        return [
            _in_proportion(regrets, allowed) for regrets, allowed in zip(self.regrets, self.tree.allowed, strict=True)
        ]

    def policy(self, chances: Chances) -> Policy:
        """The policy that does this."""
        return self.tree.policy(chances)

    def current(self) -> Policy:
        """The policy of the last iteration."""
        return self.policy(self.current_chances())

    def average(self) -> Policy:
        """The policy that approaches an equilibrium."""
        return self.policy(self.average_chances())

    def table(self, chances: Chances) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Observations [N, *shape] of all decisions, and what is done there: float64 [N, A]."""
        return np.concatenate(self.tree.observations), np.concatenate(chances)

    def average_chances(self) -> Chances:
        """What the average does in each decision."""
        return [_in_proportion(*pair) for pair in zip(self.sums, self.tree.allowed, strict=True)]


def _in_proportion(weights: NDArray[np.float64], allowed: NDArray[Any]) -> NDArray[np.float64]:
    """Shares of each row's sum, [n, A]; equal shares of what is allowed where there is nothing to go by."""
    weights = weights * allowed
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0.0, weights, allowed)
    shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares
