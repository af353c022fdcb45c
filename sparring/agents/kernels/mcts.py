"""Monte Carlo tree search by UCT (Kocsis and Szepesvari, 2006) with uniform random rollouts.

The tree lives in ``nodes``, an array of records that every search uses anew; node 0 is the root. A node knows the seat
that moved into it and sums up what that seat won more than its opponent in all simulations through it. Means are taken
in units of the largest score seen, so that the weight of exploration means the same in every game.
"""

from __future__ import annotations

import numpy as np

from sparring.engine.kernels.bound import evaluate, kernel, legal, play, reward
from sparring.games.chance import draw

NONE = -1


@kernel
def advance(state, action, rewards):
    """Play ``action``; returns what the first seat gains more than the second."""
    play(state, action)
    state.ply += 1
    rewards[0] = 0.0
    rewards[1] = 0.0
    reward(state, rewards)
    return rewards[0] - rewards[1]


@kernel
def list_actions(state, mask):
    """Write the legal actions; returns how many there are, none at the end."""
    mask[:] = False
    if state.over:
        return 0
    legal(state, state.seat, mask)
    count = 0
    for action in range(mask.size):
        count += mask[action]
    return count


@kernel
def pick(mask, count, random):
    """One of the ``count`` actions in the mask, each as likely as the other."""
    skip = draw(random, count)
    for action in range(mask.size):
        if mask[action]:
            if skip == 0:
                return action
            skip -= 1
    return NONE


@kernel
def open_node(nodes, index, parent, action, seat, untried):
    """Fill in ``nodes[index]``, which ``seat`` enters with ``action``, and hang it under its parent."""
    node = nodes[index]
    node.visits = 0
    node.total = 0.0
    node.child = NONE
    node.sibling = NONE
    node.action = action
    node.seat = seat
    node.untried = untried
    if parent != NONE:
        node.sibling = nodes[parent].child
        nodes[parent].child = index
        nodes[parent].untried -= 1


@kernel
def most_promising(nodes, parent, exploration, scale):
    """The child with the highest upper confidence bound."""
    logarithm = np.log(np.float64(nodes[parent].visits))
    best = -np.inf
    chosen = NONE
    child = nodes[parent].child
    while child != NONE:
        visits = nodes[child].visits
        bound = nodes[child].total / (visits * scale) + exploration * np.sqrt(logarithm / visits)
        if bound > best:
            best = bound
            chosen = child
        child = nodes[child].sibling
    return chosen


@kernel
def most_visited(nodes):
    """The action of the root's child with the most visits, among equals that with the highest mean."""
    best = NONE
    child = nodes[0].child
    while child != NONE:
        more = best == NONE or nodes[child].visits > nodes[best].visits
        if more or (nodes[child].visits == nodes[best].visits and nodes[child].total > nodes[best].total):
            best = child
        child = nodes[child].sibling
    return nodes[best].action


@kernel
def expand(nodes, index, parent, state, mask, rewards, random):
    """Try one of the actions that ``parent`` has not tried; the new node is ``index``. Returns the gain."""
    list_actions(state, mask)
    child = nodes[parent].child
    while child != NONE:
        mask[nodes[child].action] = False
        child = nodes[child].sibling
    action = pick(mask, nodes[parent].untried, random)
    seat = state.seat
    gain = advance(state, action, rewards)
    open_node(nodes, index, parent, action, seat, list_actions(state, mask))
    return gain


@kernel
def roll_out(state, depth, limit, mask, rewards, random):
    """Play at random to the end, or for ``depth`` plies and leave the rest to the game's evaluation; the gain."""
    gain = 0.0
    plies = 0
    while not state.over and plies < depth:
        gain += advance(state, pick(mask, list_actions(state, mask), random), rewards)
        plies += 1
    if not state.over:
        gain += 2.0 * min(limit, max(-limit, evaluate(state, 0)))
    return gain


@kernel
def search(root, budget, nodes, mask, random):
    """The action for the position ``root``, one record [1]; ``random: uint32 [2]`` moves on.

    ``budget``: how many simulations, weight of exploration, plies of a roll-out, largest value of an evaluation.
    """
    simulations, exploration, depth, limit = budget
    scratch = root.copy()
    state = scratch[0]
    rewards = np.zeros(2, np.float32)
    path = np.zeros(simulations + 1, np.int64)
    open_node(nodes, 0, NONE, NONE, 0, list_actions(state, mask))
    used = 1
    largest = 0.0
    for _ in range(simulations):
        scratch[0] = root[0]
        length = 1
        score = 0.0
        node = 0
        while not state.over and nodes[node].untried == 0:
            node = most_promising(nodes, node, exploration, largest if largest > 0.0 else 1.0)
            score += advance(state, nodes[node].action, rewards)
            path[length] = node
            length += 1
        if not state.over:
            score += expand(nodes, used, node, state, mask, rewards, random)
            path[length] = used
            length += 1
            used += 1
        score += roll_out(state, depth, limit, mask, rewards, random)
        largest = max(largest, abs(score))
        for step in range(length):
            nodes[path[step]].visits += 1
            nodes[path[step]].total += score if nodes[path[step]].seat == 0 else -score
    return most_visited(nodes)


@kernel
def search_all(states, masks, budget, nodes, random, actions):
    """The choice in each row; ``random: uint32 [B, 2]``, ``nodes``: room for as many simulations and one more."""
    for row in range(states.size):
        actions[row] = search(states[row : row + 1], budget, nodes, masks[row], random[row])
