"""What positions are worth before their end, by the game's own ``evaluate``."""

from __future__ import annotations

from sparring.engine.kernels.bound import evaluate, kernel


@kernel
def evaluate_all(states, worth):
    """Write what each record is worth to each seat to ``worth: float64 [B, S]``."""
    for i in range(states.size):
        for seat in range(worth.shape[1]):
            worth[i, seat] = evaluate(states[i], seat)
