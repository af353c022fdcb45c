"""The loss of PPO and its gradient, worked out by hand and compiled: one pass over the samples.

For one sample with legal probabilities ``p``, taken action ``a``, advantage ``A`` and return ``R``::

    ratio     = p[a] / p_before[a]
    policy    = -min(A * ratio, A * clamp(ratio, 1 - clip, 1 + clip))
    value     = (V - R)² / 2
    entropy   = -sum(p * log p)
    loss      = policy + value_weight * value - entropy_weight * entropy

and its derivatives, where ``[j = a]`` is 1 for the taken action::

    d policy  / d logit[j] = -A * ratio * ([j = a] - p[j]), or 0 where the clamped term is the smaller one
    d entropy / d logit[j] = -p[j] * (log p[j] + entropy)
    d value   / d V        = V - R

A test holds this against PyTorch's own differentiation of the loss as it is usually written.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

STATISTICS = ("loss/policy", "loss/value", "policy/entropy", "policy/kl", "policy/clip_share")

Floats = NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy")
def loss_gradients(
    logits: Floats,
    values: Floats,
    chosen: NDArray[np.int64],
    masks: NDArray[np.bool_],
    actions: NDArray[np.int64],
    log_probabilities: Floats,
    advantages: Floats,
    returns: Floats,
    weights: tuple[float, float, float],
) -> tuple[Any, Any, Any]:
    """Gradients of the mean loss by logits, float32 [n, A], and values, float32 [n]; and ``STATISTICS``, float64 [5].

    ``logits: float32 [n, A]`` and ``values: float32 [n]`` belong to the samples ``chosen: int64 [n]`` of the other
    arrays, which have length N. ``weights`` are clip, value weight and entropy weight.
    """
    clip, value_weight, entropy_weight = weights
    count, width = logits.shape
    logit_gradients = np.zeros((count, width), np.float32)
    value_gradients = np.zeros(count, np.float32)
    statistics = np.zeros(5, np.float64)
    log_p = np.zeros(width, np.float32)
    for row in range(count):
        sample = chosen[row]
        mask, action, advantage = masks[sample], actions[sample], advantages[sample]
        entropy = log_softmax(logits[row], mask, log_p)
        log_ratio = log_p[action] - log_probabilities[sample]
        ratio = np.exp(log_ratio)
        clamped = min(max(ratio, 1.0 - clip), 1.0 + clip)
        held_back = (advantage > 0 and ratio > 1.0 + clip) or (advantage < 0 and ratio < 1.0 - clip)
        pull = 0.0 if held_back else -advantage * ratio
        for j in range(width):
            if mask[j]:
                p = np.exp(log_p[j])
                toward = (1.0 if j == action else 0.0) - p
                logit_gradients[row, j] = (pull * toward + entropy_weight * p * (log_p[j] + entropy)) / count
        error = values[row] - returns[sample]
        value_gradients[row] = value_weight * error / count
        statistics[0] -= min(advantage * ratio, advantage * clamped)
        statistics[1] += 0.5 * error * error
        statistics[2] += entropy
        statistics[3] += ratio - 1.0 - log_ratio
        statistics[4] += abs(ratio - 1.0) > clip
    return logit_gradients, value_gradients, statistics / count


@njit(cache=True, nogil=True, error_model="numpy")
def log_softmax(logits: Floats, mask: NDArray[np.bool_], log_p: Floats) -> float:
    """Write the log-probabilities of the legal actions to ``log_p: float32 [A]``; returns the entropy."""
    highest = -np.inf
    for j in range(logits.size):
        if mask[j]:
            highest = max(highest, logits[j])
    total = 0.0
    for j in range(logits.size):
        if mask[j]:
            total += np.exp(logits[j] - highest)
    shift = highest + np.log(total)
    entropy = 0.0
    for j in range(logits.size):
        if mask[j]:
            log_p[j] = logits[j] - shift
            entropy -= np.exp(log_p[j]) * log_p[j]
    return entropy
