"""Counts every line of play of a game in which one seat moves at a time, without recursion."""

from __future__ import annotations

from sparring.engine.kernels.bound import kernel, legal, play


@kernel
def count_lines(stack, masks, depth, lines, finished):
    """Count from ``stack[0]``; ``stack`` has a record and ``masks`` a row for each of 0..depth plies.

    ``lines[n]`` counts the sequences of n actions, ``finished[n]`` those that end the match.
    """
    level = 0
    cursor = 0
    masks[0] = False
    legal(stack[0], stack[0].seat, masks[0])
    while level >= 0:
        while cursor < masks.shape[1] and not masks[level, cursor]:
            cursor += 1
        if cursor == masks.shape[1]:
            level -= 1
            cursor = 0
            continue
        masks[level, cursor] = False
        stack[level + 1] = stack[level]
        child = stack[level + 1]
        play(child, cursor)
        child.ply += 1
        lines[level + 1] += 1
        if child.over:
            finished[level + 1] += 1
        elif level + 1 < depth:
            level += 1
            cursor = 0
            masks[level] = False
            legal(child, child.seat, masks[level])
