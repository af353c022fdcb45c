"""Meta-strategies: how often each member of a population is met, by what they take from each other."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.ratings.alpha_rank import alpha_rank
from sparring.ratings.nash import maximum_entropy
from sparring.ratings.regret_matching import regret_matching

Floats = NDArray[np.float64]
Solver: TypeAlias = Literal["uniform", "nash", "alpha_rank", "regret_matching"]

ROUNDS = 5_000
"""Of regret matching: within about .02 of an equilibrium for payoffs of -1 to 1."""


def meta_strategy(payoffs: Floats, solver: Solver) -> Floats:
    """A distribution over the members, float64 [m].

    ``payoffs: [m, m]``, -1 to 1, are what the row takes from the column over both seats; ``payoffs == -payoffs.T``.

    >>> meta_strategy(np.array([[0.0, 1.0], [-1.0, 0.0]]), "nash").tolist()
    [1.0, 0.0]
    """
    if solver == "uniform":
        return np.full(len(payoffs), 1.0 / len(payoffs))
    if solver == "nash":
        return maximum_entropy(payoffs).first
    if solver == "alpha_rank":
        return alpha_rank(payoffs)
    return regret_matching(payoffs, -payoffs, ROUNDS)[0]
