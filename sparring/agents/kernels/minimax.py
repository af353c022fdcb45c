"""Depth-limited minimax with alpha-beta pruning (Knuth and Moore, 1975), without recursion.

A value is what the seat at the root wins more than its opponent, each reward weighted with PATIENCE to the power of its
distance in plies: wins come as soon, losses as late as can be. At the horizon nothing more is counted. ``stack`` holds
one record a level, ``masks`` its actions still to be tried.
"""

from __future__ import annotations

import numpy as np

from sparring.engine.kernels.bound import kernel, legal, play, reward
from sparring.games.chance import draw

PATIENCE = 0.99
TIE = 1e-9


@kernel
def descend(stack, masks, rewards, level, action, seat):
    """Play ``action`` on a copy one level down and list the actions there; returns the gain of ``seat``, unweighted."""
    stack[level + 1] = stack[level]
    child = stack[level + 1]
    play(child, action)
    child.ply += 1
    rewards[0] = 0.0
    rewards[1] = 0.0
    reward(child, rewards)
    masks[level + 1] = False
    if not child.over:
        legal(child, child.seat, masks[level + 1])
    return rewards[seat] - rewards[1 - seat]


@kernel
def value_below(stack, masks, depth, seat, alpha, beta):
    """The value of ``stack[0]`` for ``seat``: exact if between ``alpha`` and ``beta``, else a bound on that side."""
    actions = masks.shape[1]
    best = np.zeros(depth + 1)
    gained = np.zeros(depth + 1)
    alphas = np.full(depth + 1, alpha)
    betas = np.full(depth + 1, beta)
    cursors = np.zeros(depth + 1, np.int64)
    rewards = np.zeros(2, np.float32)
    weights = PATIENCE ** np.arange(1.0, depth + 2.0)
    level = 0
    best[0] = -np.inf if stack[0].seat == seat else np.inf
    while True:
        cursor = cursors[level]
        while cursor < actions and not masks[level, cursor]:
            cursor += 1
        cursors[level] = cursor + 1
        if cursor < actions and alphas[level] < betas[level]:
            gain = gained[level] + weights[level] * descend(stack, masks, rewards, level, cursor, seat)
            child = stack[level + 1]
            if not child.over and level + 1 < depth:
                level += 1
                gained[level] = gain
                alphas[level] = alphas[level - 1]
                betas[level] = betas[level - 1]
                cursors[level] = 0
                best[level] = -np.inf if child.seat == seat else np.inf
                continue
            value = gain
        elif level == 0:
            return best[0]
        else:
            value = best[level]
            level -= 1
        if stack[level].seat == seat:
            best[level] = max(best[level], value)
            alphas[level] = max(alphas[level], value)
        else:
            best[level] = min(best[level], value)
            betas[level] = min(betas[level], value)


@kernel
def best_action(root, mask, depth, random):
    """The legal action of the highest value, by lot among equals; ``random: uint32 [2]`` moves on."""
    stack = np.repeat(root, depth + 1)
    masks = np.zeros((depth + 1, mask.size), np.bool_)
    rewards = np.zeros(2, np.float32)
    seat = np.int64(root[0].seat)
    best = -np.inf
    chosen = -1
    equals = 0
    for action in range(mask.size):
        if not mask[action]:
            continue
        masks[0] = False
        stack[0] = root[0]
        value = descend(stack, masks, rewards, 0, action, seat)
        over = stack[1].over
        if depth > 1 and not over:
            stack[0] = stack[1]
            masks[0] = masks[1]
            value += value_below(stack, masks, depth - 1, seat, best - value - TIE, np.inf)
        if value > best:
            best = value
            equals = 0
        if value == best:
            equals += 1
            if draw(random, equals) == 0:
                chosen = action
    return chosen


@kernel
def best_actions(states, masks, depth, random, actions):
    """The choice in each row; ``random: uint32 [B, 2]``."""
    for row in range(states.size):
        actions[row] = best_action(states[row : row + 1], masks[row], depth, random[row])
