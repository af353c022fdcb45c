"""Monte Carlo tree search where a position doesn't tell all: chance, hidden information, more seats, all at once.

Each simulation starts from a copy of the position in which all that the searching seat doesn't know is dealt anew, and
chance is seeded anew: nothing of it can be foreseen. The tree is shared by all these worlds (Cowling, Powley and
Whitehouse, 2012: information sets of a single observer). Its nodes are sequences of actions; what is legal there is
looked up in the world of the simulation, and an option is weighed by how often it was there to be chosen.

Each seat maximises its own rewards. Where all act at once, each chooses by statistics of its own, and all their choices
together lead to a child (decoupled UCT: Tak, Lanctot and Winands, 2014). Doubt is then weighed by chance: in a
symmetric game all seats would else try the same in step, and never see what one wins who departs from it. Where an
action is a choice of each of several heads, each head has statistics of its own.

Names: ``P`` players choose in a node, one or all ``S`` seats; ``H`` heads with ``L`` options in all; ``N`` nodes; ``D``
nodes on a path at most. A choice is ``chosen: int64 [P, H]``, the same memory as ``actions`` in the shape that the
game's ``play`` takes, after an axis of length 1.
"""

from __future__ import annotations

import numpy as np

from sparring.engine.kernels.bound import evaluate, kernel, legal, play, redeal, reward
from sparring.engine.kernels.choosing import allowed, choose_heads
from sparring.games.chance import draw, next_word

NONE = -1
FREE = -1
PRIME = 4398046511093  # the largest below 2**42: products with SPREAD stay below 2**63
SPREAD = 1000003
GRAIN = 1024


@kernel
def look(state, masks):
    """Write what each who chooses now may do: ``masks: bool [P, L]``."""
    masks[:] = False
    for player in range(masks.shape[0]):
        legal(state, np.int64(state.seat) if masks.shape[0] == 1 else player, masks[player])


@kernel
def advance(state, actions, rewards, scores):
    """Play what was chosen and add up the rewards."""
    play(state, actions[0])
    state.ply += 1
    rewards[:] = 0.0
    reward(state, rewards)
    for seat in range(rewards.size):
        scores[seat] += rewards[seat]


@kernel
def choose_untried(mask, space, visits, action, head, count, random):
    """One of the ``count`` options of a head that were never tried."""
    starts, allows = space
    skip = draw(random, count)
    for option in range(starts[head + 1] - starts[head]):
        if visits[starts[head] + option] == 0 and allowed(mask, starts, allows, action, head, option):
            if skip == 0:
                return option
            skip -= 1
    return NONE


@kernel
def choose_in_tree(mask, space, statistics, weights, random, action):
    """Write a choice of each head: an option that was never tried, else that of the highest upper confidence bound.

    ``statistics``: visits, totals and availability of each option in this node; ``weights``: what is added to the mean
    for doubt, the unit in which scores are counted, and whether doubt is multiplied by chance, from 1/2 to 3/2.
    """
    starts, allows = space
    visits, totals, available = statistics
    exploration, unit, at_once = weights
    for head in range(starts.size - 1):
        untried = 0
        best = -np.inf
        for option in range(starts[head + 1] - starts[head]):
            place = starts[head] + option
            if not allowed(mask, starts, allows, action, head, option):
                continue
            available[place] += 1
            if visits[place] == 0:
                untried += 1
            elif untried == 0:
                doubt = np.sqrt(np.log(np.float64(available[place])) / visits[place])
                if at_once:
                    doubt *= 0.5 + draw(random, GRAIN) / GRAIN
                bound = totals[place] / (visits[place] * unit) + exploration * doubt
                if bound > best:
                    best = bound
                    action[head] = option
        if untried > 0:
            action[head] = choose_untried(mask, space, visits, action, head, untried, random)


@kernel
def slot_of(keys, node, chosen, seat):
    """Where the child of ``node`` after ``chosen``, with ``seat`` to move, stands or belongs: its slot and its key."""
    key = node + 1
    for player in range(chosen.shape[0]):
        for head in range(chosen.shape[1]):
            key = (key * SPREAD + chosen[player, head] + 1) % PRIME
    key = (key * SPREAD + seat + 1) % PRIME
    slot = key % keys.size
    while keys[slot] != FREE and keys[slot] != key:
        slot = (slot + 1) % keys.size
    return slot, key


@kernel
def roll_out(state, depth, limit, space, world, random):
    """Play at random to the end, or for ``depth`` plies; what follows is worth what the game's evaluation says."""
    starts, allows = space
    masks, actions, chosen, rewards, scores = world
    plies = 0
    while not state.over and plies < depth:
        look(state, masks)
        for player in range(masks.shape[0]):
            choose_heads(masks[player], starts, allows, random, chosen[player])
        advance(state, actions, rewards, scores)
        plies += 1
    if not state.over:
        for seat in range(scores.size):
            scores[seat] += min(limit, max(-limit, evaluate(state, seat)))


@kernel
def back_up(length, space, tree, path, scores):
    """Tell every choice of the simulation what its seat has won from there on."""
    starts = space[0]
    visits, totals = tree[0], tree[1]
    nodes, seats, options, before = path
    for step in range(length):
        node = nodes[step]
        for player in range(options.shape[1]):
            seat = seats[step] if options.shape[1] == 1 else player
            gain = scores[seat] - before[step, seat]
            for head in range(options.shape[2]):
                place = starts[head] + options[step, player, head]
                visits[node, player, place] += 1
                totals[node, player, place] += gain


@kernel
def descend(state, units, exploration, used, space, tree, path, world, random):
    """Choose in the tree until the match ends or a new node begins; returns the length of the path, and nodes used."""
    visits, totals, available, keys, children = tree
    nodes, seats, options, before = path
    masks, actions, chosen, rewards, scores = world
    node = 0
    length = 0
    while node != NONE and not state.over and length < nodes.size:
        look(state, masks)
        mover = np.int64(state.seat)
        for player in range(masks.shape[0]):
            statistics = (visits[node, player], totals[node, player], available[node, player])
            at_once = masks.shape[0] > 1
            weights = (exploration, units[player if at_once else mover], at_once)
            choose_in_tree(masks[player], space, statistics, weights, random, chosen[player])
        nodes[length] = node
        seats[length] = mover
        options[length] = chosen
        before[length] = scores
        length += 1
        advance(state, actions, rewards, scores)
        if not state.over:
            slot, key = slot_of(keys, node, chosen, np.int64(state.seat))
            node = NONE
            if keys[slot] == key:
                node = children[slot]
            elif used < visits.shape[0]:
                keys[slot] = key
                children[slot] = used
                used += 1
    return length, used


@kernel
def search(root, seat, budget, space, tree, path, world, random):
    """Fill ``tree`` with what simulations from ``root``, one record [1], tell ``seat``. ``budget``: how many
    simulations, weight of exploration, plies of a roll-out, largest value of an evaluation.
    """
    simulations, exploration, depth, limit = budget
    scores = world[4]
    scratch = root.copy()
    state = scratch[0]
    tree[0][:] = 0
    tree[1][:] = 0.0
    tree[2][:] = 0
    tree[3][:] = FREE
    highest = np.full(scores.size, -np.inf)
    lowest = np.full(scores.size, np.inf)
    units = np.ones(scores.size)
    used = 1
    for _ in range(simulations):
        scratch[0] = root[0]
        state.random[0] = next_word(random)
        state.random[1] = next_word(random) | 1
        redeal(state, seat)
        scores[:] = 0.0
        length, used = descend(state, units, exploration, used, space, tree, path, world, random)
        roll_out(state, depth, limit, space, world, random)
        for own in range(scores.size):
            highest[own] = max(highest[own], scores[own])
            lowest[own] = min(lowest[own], scores[own])
            units[own] = (highest[own] - lowest[own]) / 2.0 if highest[own] > lowest[own] else 1.0
        back_up(length, space, tree, path, scores)


@kernel
def weight_of(mask, space, visits, floor, action, head, option):
    """How likely an option should be chosen: by its visits, if they are not below ``floor``."""
    starts, allows = space
    count = visits[starts[head] + option]
    if count < floor or not allowed(mask, starts, allows, action, head, option):
        return 0
    return max(count, 1) if floor == 0.0 else count


@kernel
def decide(mask, space, visits, share, random, action):
    """Write a choice of each head: drawn by visits, among options with at least ``share`` of the most visits."""
    starts = space[0]
    for head in range(starts.size - 1):
        options = starts[head + 1] - starts[head]
        most = 0
        for option in range(options):
            most = max(most, weight_of(mask, space, visits, 0.0, action, head, option))
        total = 0
        for option in range(options):
            total += weight_of(mask, space, visits, share * most, action, head, option)
        skip = draw(random, total)
        for option in range(options):
            skip -= weight_of(mask, space, visits, share * most, action, head, option)
            if skip < 0:
                action[head] = option
                break


@kernel
def search_all(states, seats, masks, budget, share, space, tree, path, world, random, choices):
    """Write the choice of ``seats: int8 [B]`` in each row; ``masks: bool [B, L]``, ``choices: int64 [B, H]``."""
    for row in range(states.size):
        seat = np.int64(seats[row])
        search(states[row : row + 1], seat, budget, space, tree, path, world, random[row])
        player = seat if tree[0].shape[1] > 1 else 0
        decide(masks[row], space, tree[0][0, player], share, random[row], choices[row])
