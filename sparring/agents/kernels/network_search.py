"""Tree search by a network's priors and values, many trees at once: the search of Gumbel AlphaZero.

Danihelka, Guez, Schrittwieser and Silver, "Policy improvement by planning with Gumbel", 2022. At the root actions are
drawn without replacement, by the priors and Gumbel noise, and compete by sequential halving; inside the tree the action
is taken whose share of the visits lies furthest below its probability under the improved policy. What is proved is
known exactly: an edge is *settled* when the match ends with it or its child is settled, a node when one edge wins for
sure or all are settled (Winands, Bjornsson and Saito, "Monte-Carlo Tree Search Solver", 2008). Inside the tree no
simulation goes to what is settled; a node is worth at least its ``floor``, the best of its settled edges.

Row b of a ``forest`` is a tree. All seats' scores are measured as what the seat to move gains more than its opponent,
halved and in units of ``forfeit``: a win is 1. Whose sign a value has is said by the seat in the record, so a seat may
move twice. A tree waits when the node ``tree.leaf`` needs the network; matches that end need none, and their trees go
on at once. The edges of a node lie side by side, those that have been tried first; which of the others is tried next is
known without looking at all of them more than once, because among them only the prior counts.
"""

from __future__ import annotations

import numpy as np

from sparring.engine.kernels.bound import kernel, legal, list_legal, observe, play, reward
from sparring.games.chance import next_word

NONE = -1
END = -2
SAFE = 300.0
"""Twice as much can be an exponent without fear."""


@kernel
def begin(forest, leaves, scratch, roots, budgets, considered):
    """Plant a tree for each of the records ``roots``, with ``budgets: int64 [B]`` simulations; all wait.

    ``leaves``: observations [B, *shape] for the network, and the trees int64 [B] that they are of. ``scratch``: bool
    [A], int64 [A] and float32 [2] to use up.
    """
    trees, nodes, edges, states = forest
    for row in range(roots.size):
        tree = trees[row]
        tree.nodes = 0
        tree.edges = 0
        states[row, 0] = roots[row]
        add_node(tree, nodes[row], edges[row], states[row, 0], scratch)
        count = nodes[row, 0].count
        tree.left = budgets[row] if count > 1 else 0
        tree.total = budgets[row]
        tree.considered = min(considered, count)
        tree.level = 0
        tree.picked = 0
        tree.kept = tree.considered
        tree.settled = 0
        tree.passes = passes(tree)
        show(row, states[row, 0], leaves, row)


@kernel
def go_on(forest, leaves, scratch, answers, rates, chance):
    """Take the network's answers to the K trees that wait, and search on until all wait again or are done.

    ``answers``: logits float32 [K, A] and values float32 [K], a win being 1. ``rates``: visits added to the most,
    weight of a value, forfeit, and 1 to settle what is proved or 0. ``chance``: scale of the Gumbel noise float64 [B],
    and random words uint32 [B, 2].
    Returns how many wait now, and the most edges that a tree has.
    """
    trees, nodes, edges, states = forest
    owners = leaves[1]
    noise, random = chance
    waiting = 0
    most = 0
    for place in range(answers[1].size):
        row = owners[place]
        tree = trees[row]
        believe(nodes[row, tree.leaf], edges[row], answers[0][place], answers[1][place])
        if tree.leaf == 0:
            draw_candidates(tree, nodes[row, 0], edges[row], noise[row], random[row])
        else:
            back_up(nodes[row], edges[row], tree.leaf, nodes[row, tree.leaf].value, False)
        tree.leaf = NONE
        while tree.left > 0 and tree.leaf == NONE:
            tree.left -= 1
            simulate(tree, (nodes[row], edges[row], states[row]), rates, scratch)
        if tree.leaf != NONE:
            show(row, states[row, tree.leaf], leaves, waiting)
            waiting += 1
        most = max(most, tree.edges)
    return waiting, most


@kernel
def show(row, state, leaves, place):
    """Write what the seat to move sees at the leaf of the tree in ``row`` to ``place`` of the network's batch."""
    observations, owners = leaves
    owners[place] = row
    observations[place] = 0
    observe(state, state.seat, observations[place])


@kernel
def add_node(tree, nodes, edges, state, scratch):
    """A node for the position ``state``, with an edge for each legal action; it waits for the network."""
    mask, actions, _ = scratch
    index = tree.nodes
    node = nodes[index]
    node.first = tree.edges
    node.seat = state.seat
    node.tried = 0
    node.ready = 0
    node.visits = 0
    node.most = 0
    node.mass = 0.0
    node.weighted = 0.0
    node.gain = 0.0
    node.floor = -np.inf
    node.parent = NONE
    node.edge = NONE
    count = list_legal(state, actions)
    if count < 0:
        mask[:] = False
        legal(state, state.seat, mask)
        count = 0
        for action in range(mask.size):
            if mask[action]:
                actions[count] = action
                count += 1
    for place in range(count):
        edge = edges[node.first + place]
        edge.action = actions[place]
        edge.child = NONE
        edge.visits = 0
        edge.average = 0.0
        edge.settled = 0
    node.count = count
    node.open = count
    tree.edges += count
    tree.nodes += 1
    tree.leaf = index


@kernel
def believe(node, edges, logits, value):
    """Give a node what the network says of it; an edge that has not been tried is wanted for its prior.

    What is better than a win or worse than a loss is taken for one; what is no number stays none.
    """
    node.value = value
    if abs(value) > 1.0:
        node.value = 1.0 if value > 0.0 else -1.0
    highest = -np.inf
    for index in range(node.first, node.first + node.count):
        highest = max(highest, logits[edges[index].action])
    total = 0.0
    for index in range(node.first, node.first + node.count):
        weight = np.exp(logits[edges[index].action] - highest)
        edges[index].prior = weight
        total += weight
    for index in range(node.first, node.first + node.count):
        edges[index].prior /= total
        edges[index].wanted = edges[index].prior


@kernel
def draw_candidates(tree, root, edges, noise, random):
    """Put those edges of the root first that are to compete: the highest of logarithm of prior and Gumbel noise."""
    for index in range(root.first, root.first + root.count):
        uniform = (next_word(random) + 0.5) / 4294967296.0
        edges[index].wanted = logarithm(edges[index].prior) - noise * np.log(-np.log(uniform))
    for place in range(tree.considered):
        bring_forward(root, edges, place)


@kernel
def logarithm(prior):
    """Of a prior that may have been too small for its type."""
    return np.log(max(np.float64(prior), 1e-38))


@kernel
def bring_forward(node, edges, place):
    """Move the most wanted of the edges from ``place`` on to ``place``; none of them has been tried."""
    best = node.first + place
    for index in range(node.first + place + 1, node.first + node.count):
        if edges[index].wanted > edges[best].wanted:
            best = index
    there = edges[node.first + place]
    if best != node.first + place:
        found = edges[best]
        action, prior, wanted = found.action, found.prior, found.wanted
        found.action, found.prior, found.wanted = there.action, there.prior, there.wanted
        there.action, there.prior, there.wanted = action, prior, wanted


@kernel
def simulate(tree, grown, rates, scratch):
    """Walk from the root to an action that has not been tried; the tree waits unless its worth is known."""
    nodes, edges, states = grown
    index = 0
    chosen = choose_candidate(tree, nodes[0], edges, rates)
    while edges[chosen].child >= 0 and not edges[chosen].settled:
        index = edges[chosen].child
        chosen = choose_inside(nodes[index], edges, rates)
    edge = edges[chosen]
    value = np.float64(edge.average)
    if edge.child == NONE:
        states[tree.nodes] = states[index]
        state = states[tree.nodes]
        value = advance(state, edge.action, scratch[2]) / (2.0 * rates[2])
        if nodes[index].seat != 0:
            value = -value
        if not state.over:
            edge.child = tree.nodes
            add_node(tree, nodes, edges, state, scratch)
            nodes[tree.leaf].parent = index
            nodes[tree.leaf].edge = chosen
            nodes[tree.leaf].gain = value
            return
        edge.child = END
    count_visit(nodes[index], edge, value)
    settled = rates[3] > 0.0 and not edge.settled and settle(nodes[index], edge, value)
    if back_up(nodes, edges, index, value, settled):
        tree.settled = 1
        tree.left = 0


@kernel
def advance(state, action, rewards):
    """Play ``action``; returns what the first seat gains more than the second."""
    play(state, action)
    state.ply += 1
    rewards[0] = 0.0
    rewards[1] = 0.0
    reward(state, rewards)
    return np.float64(rewards[0] - rewards[1])


@kernel
def back_up(nodes, edges, index, value, settled):
    """Tell all nodes above ``index`` what it was worth, ``value`` for the seat to move there; is the root settled?"""
    while nodes[index].parent != NONE:
        child = nodes[index]
        node = nodes[child.parent]
        value = max(value, child.floor)
        value = child.gain + (value if child.seat == node.seat else -value)
        count_visit(node, edges[child.edge], value)
        settled = settled and settle(node, edges[child.edge], value)
        index = child.parent
    return settled


@kernel
def settle(node, edge, value):
    """The edge has been visited and is worth exactly ``value``; is the node settled by that?"""
    node.weighted += edge.prior * (value - edge.average)
    edge.average = value
    edge.settled = 1
    node.floor = max(node.floor, value)
    node.open -= 1
    return node.open == 0 or value >= 1.0


@kernel
def count_visit(node, edge, value):
    """One more visit of an edge from ``node``, worth ``value`` for the seat that took it."""
    before = edge.average
    edge.visits += 1
    edge.average += (value - before) / edge.visits
    if edge.visits == 1:
        node.mass += edge.prior
        node.tried += 1
    node.weighted += edge.prior * (edge.average - before)
    node.most = max(node.most, edge.visits)
    node.visits += 1


@kernel
def passes(tree):
    """How often each of the ``tree.kept`` candidates is tried before half of them drop out."""
    halvings = 0
    while (1 << halvings) < tree.considered:
        halvings += 1
    return max(1, tree.total // (max(1, halvings) * tree.kept))


@kernel
def choose_candidate(tree, root, edges, rates):
    """Sequential halving: an edge among those with most visits, each once; after some passes only the better half."""
    if tree.picked == tree.kept:
        tree.picked = 0
        tree.level += 1
        tree.passes -= 1
        if tree.passes == 0:
            tree.kept = max(min(2, tree.considered), tree.kept // 2)
            tree.passes = passes(tree)
    tree.picked += 1
    return best_candidate(tree, root, edges, tree.level, rates)


@kernel
def best_candidate(tree, root, edges, visits, rates):
    """Of the candidates with so many visits that with the highest sum of noise, prior and value."""
    scale = (rates[0] + visits) * rates[1]
    best = NONE
    highest = -np.inf
    for index in range(root.first, root.first + tree.considered):
        edge = edges[index]
        if edge.visits == visits:
            score = edge.wanted + (scale * edge.average if visits > 0 else 0.0)
            if score > highest or best == NONE:
                highest = score
                best = index
    return best


@kernel
def expected(node):
    """What the position is worth by the network and the visits: the mixed value of the paper's appendix D."""
    if node.visits == 0:
        return np.float64(node.value)
    weighted = node.weighted / max(np.float64(node.mass), 1e-38)
    return (node.value + node.visits * weighted) / (1.0 + node.visits)


@kernel
def highest_exponent(node, edges, base, scale):
    """What to subtract from exponents ``scale * (mean - base)`` so that none is too large: 0 unless one might be."""
    highest = 0.0
    if scale > SAFE:
        for index in range(node.first, node.first + node.tried):
            highest = max(highest, scale * (edges[index].average - base))
    return highest


@kernel
def choose_inside(node, edges, rates):
    """The edge whose share of the visits is furthest below the improved policy (equation 14 of the paper).

    Edges that have not been tried are worth what the node is: the most wanted of them stands for all.
    """
    if node.ready == node.tried < node.count:
        bring_forward(node, edges, node.tried)
        node.ready += 1
    if node.tried == 0:
        return node.first
    base = expected(node)
    scale = (rates[0] + node.most) * rates[1]
    highest = highest_exponent(node, edges, base, scale)
    total = max(0.0, 1.0 - node.mass) * np.exp(-highest)
    for index in range(node.first, node.first + node.tried):
        edge = edges[index]
        edge.wanted = edge.prior * np.exp(scale * (edge.average - base) - highest)
        total += edge.wanted
    inverse = 1.0 / total
    share = 1.0 / (1.0 + node.visits)
    best = NONE
    furthest = -np.inf
    for index in range(node.first, node.first + node.tried):
        below = edges[index].wanted * inverse - edges[index].visits * share
        if not edges[index].settled and (below > furthest or best == NONE):
            furthest = below
            best = index
    if node.tried < node.count:
        untried = node.first + node.tried
        if edges[untried].prior * np.exp(-highest) * inverse > furthest or best == NONE:
            best = untried
    return best


@kernel
def conclude(forest, rates, actions, policies, values, sure):
    """The choice, the improved policy (float32 [B, A], zeroed), its worth, and whether that is proved, of each tree."""
    trees, nodes, edges, _ = forest
    for row in range(actions.size):
        root = nodes[row, 0]
        own = edges[row]
        values[row] = improve(root, own, rates, policies[row])
        sure[row] = trees[row].settled
        if sure[row]:
            best = best_settled(root, own)
            values[row] = root.floor
        else:
            best = best_candidate(trees[row], root, own, root.most, rates)
        actions[row] = own[best].action


@kernel
def best_settled(root, edges):
    """Of the settled edges that are worth most the one that is wanted most."""
    best = NONE
    for index in range(root.first, root.first + root.count):
        edge = edges[index]
        if edge.settled and edge.average == root.floor and (best == NONE or edge.wanted > edges[best].wanted):
            best = index
    return best


@kernel
def improve(root, edges, rates, policy):
    """Write the softmax of logarithms of priors and completed values; returns the root's value under it."""
    base = expected(root)
    scale = (rates[0] + root.most) * rates[1]
    highest = highest_exponent(root, edges, base, scale)
    total = 0.0
    value = 0.0
    for index in range(root.first, root.first + root.count):
        edge = edges[index]
        worth = edge.average if edge.visits > 0 else base
        weight = edge.prior * np.exp(scale * (worth - base) - highest)
        policy[edge.action] = weight
        total += weight
        value += weight * worth
    for index in range(root.first, root.first + root.count):
        policy[edges[index].action] /= total
    return max(value / total, np.float64(root.floor))
