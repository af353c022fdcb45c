"""Generalised advantages (Schulman et al., "High-dimensional continuous control", 2016), seat by seat."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sparring.learning.rollouts.rollout import Rollout

Floats = NDArray[np.float32]


def estimate_advantages(rollout: Rollout, discount: float, trace: float) -> Floats:
    """Advantages float32 [T, R] of whoever moved.

    In a row, ``delta = reward + discount * sign * V(next) - V(now)``, where ``sign`` is -1 when the opponent is next,
    and the advantage is ``delta + discount * trace * sign * advantage(next)``. Both end with the match. One whose time
    was up might have gone on: there the network says what the position after the last step is worth.

    Among more than two who take turns nobody's gain is another's loss: there each seat's next value is that of its own
    next decision, and its reward is all that it gets until then. The discount counts once for each step of the match,
    the trace once for each decision of the seat.
    """
    advantages = np.zeros_like(rollout.rewards)
    rates = float(discount), float(trace)
    if rollout.turns is None:
        last = np.where(rollout.cut, rollout.cut_values, np.float32(0.0))
        by_rows(rollout.rewards, rollout.values, (rollout.over, last), rollout.signs, rates, advantages)
    else:
        turns = rollout.turns
        ends = rollout.over, turns.cut_values
        by_seats(rollout.seats, turns.rewards, (rollout.values, turns.last_values), ends, rates, advantages)
    return advantages


@njit(cache=True, nogil=True, error_model="numpy")
def by_rows(
    rewards: Floats,
    values: Floats,
    ends: tuple[NDArray[np.bool_], Floats],
    signs: Floats,
    rates: tuple[float, float],
    advantages: Floats,
) -> None:
    over, last = ends
    discount, trace = rates
    following = np.zeros(rewards.shape[1], np.float64)
    for step in range(rewards.shape[0] - 1, -1, -1):
        for row in range(rewards.shape[1]):
            delta = rewards[step, row] - values[step, row]
            if not over[step, row]:
                onward = discount * signs[step, row]
                following[row] = delta + onward * (values[step + 1, row] + trace * following[row])
            else:
                following[row] = delta + discount * last[step, row]
            advantages[step, row] = following[row]


@njit(cache=True, nogil=True, error_model="numpy")
def by_seats(
    seats: NDArray[np.int8],
    rewards: Floats,
    expected: tuple[Floats, Floats],
    ends: tuple[NDArray[np.bool_], Floats],
    rates: tuple[float, float],
    advantages: Floats,
) -> None:
    discount, trace = rates
    values, last_values = expected
    over, cut_values = ends
    steps, matches, players = rewards.shape
    for match in range(matches):
        gained = np.zeros(players, np.float64)
        onward = np.ones(players, np.float64)
        next_value = last_values[match].astype(np.float64)
        following = np.zeros(players, np.float64)
        for step in range(steps - 1, -1, -1):
            if over[step, match]:
                gained[:] = 0.0
                next_value[:] = cut_values[step, match]
                onward[:] = 1.0
                following[:] = 0.0
            for seat in range(players):
                gained[seat] = rewards[step, match, seat] + discount * gained[seat]
                onward[seat] *= discount
            mover = seats[step, match]
            delta = gained[mover] + onward[mover] * next_value[mover] - values[step, match]
            following[mover] = delta + onward[mover] * trace * following[mover]
            advantages[step, match] = following[mover]
            gained[mover], onward[mover] = 0.0, 1.0
            next_value[mover] = values[step, match]
