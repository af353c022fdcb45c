"""The equilibria of Kuhn poker with two seats, in closed form (Kuhn, A Simplified Two-Person Poker, 1950)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.policies import Policy

VALUE = -1 / 18
"""What the first seat wins on average when both play an equilibrium."""
BLUFF = 1 / 6
"""How often the first seat bets its jack, unless told otherwise; any share from 0 to 1/3 will do."""

SEATS, CARDS, PLIES = 2, 3, 3


def equilibrium(bluff: float = BLUFF) -> Policy:
    """The equilibrium in which the first seat bets its jack with probability ``bluff``, 0 to 1/3.

    The king is then bet three times as often, and the queen calls 1/3 more often; the second seat has one way only.

    >>> observations = np.array([[1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]])
    >>> equilibrium(bluff=0.25)(observations, np.ones((1, 2), bool)).tolist()
    [[0.75, 0.25]]
    """
    bets = np.array(
        [
            [bluff, 0, 3 * bluff],  # the first seat opens
            [1 / 3, 0, 1],  # the second, after a pass
            [0, 1 / 3, 1],  # the second, after a bet
            [0, bluff + 1 / 3, 1],  # the first, having passed, after a bet
        ]
    )

    def policy(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:  # noqa: ARG001
        card = observations[:, SEATS : SEATS + CARDS].argmax(axis=1)
        history = observations[:, SEATS + CARDS :].reshape(-1, PLIES, 2).astype(np.int64)
        played = history.sum(axis=(1, 2))
        bet = bets[np.where(played == 1, 1 + history[:, 0, 1], np.where(played == 2, 3, 0)), card]
        return np.column_stack([1 - bet, bet])

    return policy
