"""Counts every line of play of a game in which one seat moves at a time, without recursion."""

from __future__ import annotations

from sparring.engine.kernels.bound import kernel, legal, list_legal, play


@kernel
def legal_actions(state, mask, actions):
    """Write the legal actions as far as there is room; returns how many there are."""
    count = list_legal(state, actions)
    if count < 0:
        count = 0
        mask[:] = False
        legal(state, state.seat, mask)
        for action in range(mask.size):
            if mask[action]:
                if count < actions.size:
                    actions[count] = action
                count += 1
    return count


@kernel
def count_lines(stack, actions, waiting, mask, bulk, lines, finished):
    """Count from ``stack[0]``; ``stack``, ``actions`` and ``waiting`` have a row for each of 0..depth plies.

    ``lines[n]`` counts the sequences of n actions, ``finished[n]`` those that end the match; with ``bulk`` the last
    ply is counted without being played. ``waiting``: how many of the actions of a ply are still to be tried.
    """
    depth = stack.size - 1
    last = depth - 1 if bulk else depth
    level = 0
    waiting[0] = legal_actions(stack[0], mask, actions[0])
    if last == 0:
        lines[1] = waiting[0]
        return
    while level >= 0:
        if waiting[level] == 0:
            level -= 1
            continue
        waiting[level] -= 1
        stack[level + 1] = stack[level]
        child = stack[level + 1]
        play(child, actions[level, waiting[level]])
        child.ply += 1
        lines[level + 1] += 1
        if child.over:
            finished[level + 1] += 1
        elif level + 1 < depth:
            room = 0 if level + 1 == last else mask.size
            found = legal_actions(child, mask, actions[level + 1, :room])
            if level + 1 == last:
                lines[depth] += found
            else:
                level += 1
                waiting[level] = found
