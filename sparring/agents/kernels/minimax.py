"""Depth-limited minimax with alpha-beta pruning (Knuth and Moore, 1975), without recursion.

A value is what the seat at the root wins more than its opponent, each reward weighted with PATIENCE to the power of its
distance in plies: wins come as soon, losses as late as can be. A position at the horizon counts as if it were won or
lost a ply later, by what the game's evaluation says of it and never by more than ``limit``: so a certain win counts
more. ``stack`` holds one record a level, ``plans`` its actions, the last to be tried first. Actions that have cut off
the search elsewhere are tried first (history heuristic: Schaeffer, 1989).
"""

from __future__ import annotations

import numpy as np

from sparring.engine.kernels.bound import evaluate, kernel, legal, list_legal, play, reward
from sparring.games.chance import draw

PATIENCE = 0.99
TIE = 1e-9


@kernel
def list_actions(state, mask, history, plan):
    """Write the legal actions, those with the best history last; returns how many there are."""
    count = list_legal(state, plan)
    if count < 0:
        mask[:] = False
        legal(state, state.seat, mask)
        count = 0
        for action in range(mask.size):
            if mask[action]:
                plan[count] = action
                count += 1
    for first in range(1, count):
        action = plan[first]
        merit = history[action]
        place = first
        while place > 0 and history[plan[place - 1]] > merit:
            plan[place] = plan[place - 1]
            place -= 1
        plan[place] = action
    return count


@kernel
def advance(state, rewards, action, seat):
    """Play ``action``; returns what ``seat`` gains more than its opponent."""
    play(state, action)
    state.ply += 1
    rewards[0] = 0.0
    rewards[1] = 0.0
    reward(state, rewards)
    return rewards[seat] - rewards[1 - seat]


@kernel
def estimate(state, seat, limit):
    """What ``seat`` may win more than its opponent, if nobody looks any further."""
    return 2.0 * min(limit, max(-limit, evaluate(state, seat)))


@kernel
def value_below(stack, room, depth, seat, limit, window):
    """The value of ``stack[0]`` for ``seat``: exact if it lies in the window, else a bound on that side."""
    plans, mask, history, rewards = room
    best = np.zeros(depth + 1)
    gained = np.zeros(depth + 1)
    alphas = np.full(depth + 1, window[0])
    betas = np.full(depth + 1, window[1])
    waiting = np.zeros(depth + 1, np.int64)
    weights = PATIENCE ** np.arange(1.0, depth + 3.0)
    level = 0
    best[0] = -np.inf if stack[0].seat == seat else np.inf
    waiting[0] = list_actions(stack[0], mask, history[stack[0].seat], plans[0])
    while True:
        if waiting[level] > 0 and alphas[level] < betas[level]:
            waiting[level] -= 1
            action = plans[level, waiting[level]]
            stack[level + 1] = stack[level]
            child = stack[level + 1]
            value = gained[level] + weights[level] * advance(child, rewards, action, seat)
            if not child.over and level + 1 < depth:
                level += 1
                gained[level] = value
                alphas[level] = alphas[level - 1]
                betas[level] = betas[level - 1]
                best[level] = -np.inf if child.seat == seat else np.inf
                waiting[level] = list_actions(child, mask, history[child.seat], plans[level])
                continue
            if not child.over:
                value += weights[level + 1] * estimate(child, seat, limit)
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
        if alphas[level] >= betas[level]:
            history[stack[level].seat, plans[level, waiting[level]]] += (depth - level) * (depth - level)


@kernel
def best_action(root, mask, depth, limit, random):
    """The legal action of the highest value, by lot among equals; ``random: uint32 [2]`` moves on."""
    stack = np.repeat(root, depth + 1)
    rewards = np.zeros(2, np.float32)
    history = np.zeros((2, mask.size), np.int64)
    room = (np.zeros((depth + 1, mask.size), np.int64), np.zeros(mask.size, np.bool_), history, rewards)
    seat = np.int64(root[0].seat)
    best = -np.inf
    chosen = -1
    equals = 0
    for action in range(mask.size):
        if not mask[action]:
            continue
        stack[0] = root[0]
        first = stack[0]
        value = advance(first, rewards, action, seat)
        if not first.over:
            if depth > 1:
                value += value_below(stack, room, depth - 1, seat, limit, (best - value - TIE, np.inf))
            else:
                value += PATIENCE * estimate(first, seat, limit)
        if value > best:
            best = value
            equals = 0
        if value == best:
            equals += 1
            if draw(random, equals) == 0:
                chosen = action
    return chosen


@kernel
def best_actions(states, masks, depth, limit, random, actions):
    """The choice in each row; ``random: uint32 [B, 2]``."""
    for row in range(states.size):
        actions[row] = best_action(states[row : row + 1], masks[row], depth, limit, random[row])
