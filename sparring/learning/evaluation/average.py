"""The average of many policies: what plays as one does who draws one of them before each match.

Averaging probabilities decision by decision would be wrong: a policy counts in a decision by how likely it gets there
itself (Heinrich, Lanctot and Silver, "Fictitious Self-Play in Extensive-Form Games", 2015, section 3). For games whose
whole tree fits into memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.exploitability import exploitability, tree_of
from sparring.agents.exact.policies import Policy
from sparring.engine import Game


class AveragePolicy:
    """Takes in policies one by one. Raises SparringError for a game without a tree."""

    def __init__(self, game: Game) -> None:
        self.tree = tree_of(game)
        self.policies = 0
        self._sums = [np.zeros(allowed.shape) for allowed in self.tree.allowed]

    def add(self, policy: Policy, weight: float = 1.0) -> None:
        """Count one more policy in."""
        self.policies += 1
        chances = self.tree.chances(policy)
        for seat in (0, 1):
            for sums, chance, reach in zip(self._sums, chances, self.tree.own_reach(chances, seat), strict=True):
                sums += weight * reach[:, None] * chance

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that it has taken in, for a checkpoint."""
        return {f"sums_{depth}": sums.copy() for depth, sums in enumerate(self._sums)} | {
            "policies": np.array([self.policies])
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from ``arrays()``."""
        self.policies = int(arrays["policies"][0])
        for depth, sums in enumerate(self._sums):
            sums[:] = arrays[f"sums_{depth}"]

    def policy(self) -> Policy:
        """The average so far; where none of them ever gets to, every legal action is as likely as the others."""
        weights = [
            np.where(sums.sum(axis=1, keepdims=True) > 0.0, sums, allowed)
            for sums, allowed in zip(self._sums, self.tree.allowed, strict=True)
        ]
        return self.tree.policy([each / each.sum(axis=1, keepdims=True) for each in weights])


def last_and_average(game: Game, policies: Sequence[Policy], weights: Sequence[float] = ()) -> tuple[float, float]:
    """Exploitability of the last of ``policies``, snapshots of a run in their order, and of their average.

    ``weights`` say how much each counts; without them all count the same. Raises SparringError for a game without a
    tree.
    """
    average = AveragePolicy(game)
    for policy, weight in zip(policies, weights or [1.0] * len(policies), strict=True):
        average.add(policy, weight)
    return exploitability(game, policies[-1]), exploitability(game, average.policy())
