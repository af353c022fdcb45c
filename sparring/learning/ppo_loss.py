"""The loss of PPO and its gradient, worked out by hand and compiled: one pass over the samples.

For one sample with taken action ``a``, advantage ``A`` and return ``R``::

    ratio     = p[a] / p_before[a]
    policy    = -min(A * ratio, A * clamp(ratio, 1 - clip, 1 + clip))
    value     = (V - R)² / 2, or the larger of that and (V_before + clamp(V - V_before, -range, range) - R)² / 2
    loss      = policy + value_weight * value - entropy_weight * entropy

An action is one choice for each head. ``log p[a]`` and the entropy are sums over heads of what a softmax over the legal
options of that head says; which those are depends on the choices of earlier heads, and those are known. With
``[j = a]`` 1 for the taken option of its head, and ``entropy`` that of the head::

    d policy  / d logit[j] = -A * ratio * ([j = a] - p[j]), or 0 where the clamped term is the smaller one
    d entropy / d logit[j] = -p[j] * (log p[j] + entropy)
    d value   / d V        = V - R

Or an action is a point in a box, with a normal distribution of mean ``m`` and deviation ``s`` for each number::

    d policy  / d m     = -A * ratio * (a - m) / s²
    d policy  / d log s = -A * ratio * ((a - m)² / s² - 1)
    d entropy / d log s = 1

A test holds all of this against PyTorch's own differentiation of the loss as it is usually written.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sparring.engine.kernels.choosing import allowed
from sparring.learning.networks.exponential import exponentials

STATISTICS = ("loss/policy", "loss/value", "policy/entropy", "policy/kl", "policy/clip_share")
KL = STATISTICS.index("policy/kl")

Floats = NDArray[np.float32]
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
FAR_BELOW = np.float32(-1e9)
"""The logarithm of no chance at all."""


class Known(NamedTuple):
    """What is known of N samples."""

    masks: NDArray[np.bool_]
    """bool [N, L]."""
    actions: NDArray[Any]
    """int64 [N, H], or float32 [N, n] in shares of the box."""
    log_probabilities: Floats
    """float32 [N]: of the actions, under the policy that chose them."""
    advantages: Floats
    """float32 [N]."""
    returns: Floats
    """float32 [N]."""
    values: Floats
    """float32 [N]: as they were foretold."""


class Weights(NamedTuple):
    """Of one update."""

    clip: float
    value: float
    entropy: float
    value_range: float
    """How far a value may move in one update; infinite: as far as it likes."""


class Step(NamedTuple):
    """What holds for all gradient steps of one update."""

    learning_rate: float
    gradient_norm: float
    """Longest gradient; longer ones are shortened to it."""
    target_kl: float
    """Divergence from the policy that played at which the update stops; 0: never."""
    weights: Weights


class Heads(NamedTuple):
    """``starts: int64 [H + 1]`` and ``together: bool [L, L]`` of an action space (see ``engine/actions.py``)."""

    starts: NDArray[np.int64]
    together: NDArray[np.bool_]


@njit(cache=True, nogil=True, error_model="numpy")
def loss_gradients(
    logits: Floats, values: Floats, chosen: NDArray[np.int64], known: Known, heads: Heads, weights: Weights
) -> tuple[Any, Any, Any]:
    """Gradients of the mean loss by logits, float32 [n, L], and values, float32 [n]; and statistics, float64 [5 + H].

    ``logits: float32 [n, L]`` and ``values: float32 [n]`` belong to the samples ``chosen: int64 [n]``. After
    ``STATISTICS`` come the entropies of the heads.
    """
    count, number = logits.shape[0], heads.starts.size - 1
    logit_gradients, value_gradients = np.empty_like(logits), np.empty(count, np.float32)
    statistics = np.zeros(len(STATISTICS) + number, np.float64)
    below = below_highest(logits, chosen, known, heads)
    odds = exponentials(below)
    entropies = np.empty(number, np.float32)
    for row in range(count):
        sample = chosen[row]
        action = known.actions[sample]
        log_probability = 0.0
        for head in range(number):
            first, last = heads.starts[head], heads.starts[head + 1]
            entropy = softmax(below, odds, row, first, last)
            log_probability += below[row, first + action[head]]
            entropies[head] = entropy
            statistics[2] += entropy
            statistics[5 + head] += entropy
        pull = np.float32(policy_loss(log_probability, sample, known, weights, statistics) / count)
        inward = np.float32(weights.entropy / count)
        for head in range(number):
            first, last = heads.starts[head], heads.starts[head + 1]
            for j in range(first, last):
                logit_gradients[row, j] = odds[row, j] * (inward * (below[row, j] + entropies[head]) - pull)
            logit_gradients[row, first + action[head]] += pull
        value_gradients[row] = value_loss(values[row], sample, known, weights, statistics) / count
    return logit_gradients, value_gradients, statistics / count


@njit(cache=True, nogil=True, error_model="numpy")
def box_loss_gradients(
    normals: Floats, values: Floats, chosen: NDArray[np.int64], known: Known, weights: Weights
) -> tuple[Any, Any, Any]:
    """``loss_gradients`` for actions in a box; ``normals: float32 [n, 2k]``: means, then logarithms of deviations."""
    count, size = normals.shape[0], normals.shape[1] // 2
    gradients = np.zeros((count, 2 * size), np.float32)
    value_gradients = np.zeros(count, np.float32)
    statistics = np.zeros(len(STATISTICS) + size, np.float64)
    for row in range(count):
        sample = chosen[row]
        log_probability = 0.0
        for place in range(size):
            log_deviation = normals[row, size + place]
            offset = (known.actions[sample, place] - normals[row, place]) / np.exp(log_deviation)
            log_probability -= 0.5 * offset * offset + log_deviation + HALF_LOG_TWO_PI
        pull = policy_loss(log_probability, sample, known, weights, statistics)
        for place in range(size):
            log_deviation = normals[row, size + place]
            deviation = np.exp(log_deviation)
            offset = (known.actions[sample, place] - normals[row, place]) / deviation
            gradients[row, place] = pull * offset / deviation / count
            gradients[row, size + place] = (pull * (offset * offset - 1.0) - weights.entropy) / count
            entropy = log_deviation + HALF_LOG_TWO_PI + 0.5
            statistics[2] += entropy
            statistics[5 + place] += entropy
        value_gradients[row] = value_loss(values[row], sample, known, weights, statistics) / count
    return gradients, value_gradients, statistics / count


@njit(cache=True, nogil=True, error_model="numpy")
def mark_legal(mask: NDArray[np.bool_], heads: Heads, action: NDArray[np.int64], legal: NDArray[np.bool_]) -> None:
    """Set ``legal: bool [L]`` where the mask and the choices of earlier heads allow an option."""
    for place in range(legal.size):
        legal[place] = mask[place]
    if heads.together.size > 0:
        for head in range(heads.starts.size - 1):
            for option in range(heads.starts[head + 1] - heads.starts[head]):
                legal[heads.starts[head] + option] = allowed(mask, heads.starts, heads.together, action, head, option)


@njit(cache=True, nogil=True, error_model="numpy")
def policy_loss(
    log_probability: float, sample: int, known: Known, weights: Weights, statistics: NDArray[np.float64]
) -> float:
    """Count the policy loss of one sample; returns its derivative by the logarithm of the action's probability."""
    advantage, clip = known.advantages[sample], weights.clip
    log_ratio = log_probability - known.log_probabilities[sample]
    ratio = np.exp(log_ratio)
    clamped = min(max(ratio, 1.0 - clip), 1.0 + clip)
    statistics[0] -= min(advantage * ratio, advantage * clamped)
    statistics[3] += ratio - 1.0 - log_ratio
    statistics[4] += abs(ratio - 1.0) > clip
    held_back = (advantage > 0 and ratio > 1.0 + clip) or (advantage < 0 and ratio < 1.0 - clip)
    return 0.0 if held_back else float(-advantage * ratio)


@njit(cache=True, nogil=True, error_model="numpy")
def value_loss(value: float, sample: int, known: Known, weights: Weights, statistics: NDArray[np.float64]) -> float:
    """Count the value loss of one sample; returns its weighted derivative by the value."""
    error = value - known.returns[sample]
    moved = value - known.values[sample]
    reach = min(max(moved, -weights.value_range), weights.value_range)
    held_back = known.values[sample] + reach - known.returns[sample]
    if held_back * held_back > error * error:
        statistics[1] += 0.5 * held_back * held_back
        return float(weights.value * held_back) if reach == moved else 0.0
    statistics[1] += 0.5 * error * error
    return float(weights.value * error)


@njit(cache=True, nogil=True, error_model="numpy")
def below_highest(logits: Floats, chosen: NDArray[np.int64], known: Known, heads: Heads) -> Floats:
    """Logits float32 [n, L], each less the highest legal one of its head; far below where an option is illegal."""
    below = np.empty_like(logits)
    legal = np.zeros(logits.shape[1], np.bool_)
    for row in range(len(logits)):
        sample = chosen[row]
        mark_legal(known.masks[sample], heads, known.actions[sample], legal)
        for head in range(heads.starts.size - 1):
            first, last = heads.starts[head], heads.starts[head + 1]
            highest = FAR_BELOW
            for j in range(first, last):
                below[row, j] = logits[row, j] if legal[j] else FAR_BELOW
                highest = max(highest, below[row, j])
            for j in range(first, last):
                below[row, j] -= highest
    return below


@njit(cache=True, nogil=True, error_model="numpy")
def softmax(below: Floats, odds: Floats, row: int, first: int, last: int) -> Any:
    """Turn ``odds``, e^below, into probabilities and ``below`` into their logarithms; returns the entropy.

    All float32 [n, L]; it is about the options ``first`` to ``last`` of one row.
    """
    total = np.float32(0)
    for j in range(first, last):
        total += odds[row, j]
    share, log_total, entropy = np.float32(1) / total, np.log(total), np.float32(0)
    for j in range(first, last):
        odds[row, j] *= share
        below[row, j] -= log_total
        entropy -= odds[row, j] * below[row, j]
    return entropy
