"""Divisions: the best of each rise, the last of each fall, and newcomers begin at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def first_divisions(count: int, divisions: int) -> list[int]:
    """The divisions, from 1 the highest, of ``count`` entries in the order of their ratings.

    >>> first_divisions(7, 3)
    [1, 1, 1, 2, 2, 3, 3]
    """
    return [number for number, size in enumerate(_sizes(count, divisions), start=1) for _ in range(size)]


def next_divisions(held: Sequence[int], divisions: int, moves: int) -> list[int]:
    """Everybody's division after a season; ``held``: what they had, 0 for newcomers, in the order of their ratings.

    The best ``moves`` of each division change places with the last of the one above, at most half of either. Where some
    have left, the best of the division below fill the gap; newcomers enter the lowest, after all others.

    >>> next_divisions([2, 1, 2, 1, 0], divisions=2, moves=1)
    [1, 1, 1, 2, 2]
    """
    members: list[list[int]] = [[] for _ in range(divisions)]
    for entry, division in enumerate(held):
        members[min(division or divisions, divisions) - 1].append(entry)
    changes = [min(moves, len(above) // 2, len(below) // 2) for above, below in pairwise(members)]
    for upper, count in enumerate(changes):
        if count:
            above, below = members[upper], members[upper + 1]
            rising, falling = below[:count], above[-count:]
            members[upper], members[upper + 1] = above[:-count] + rising, falling + below[count:]
    rank = [(division == 0, entry) for entry, division in enumerate(held)]
    _even_out(members, _sizes(len(held), divisions), rank)
    found = [0] * len(held)
    for number, entries in enumerate(members, start=1):
        for entry in entries:
            found[entry] = number
    return found


def _even_out(members: list[list[int]], sizes: Sequence[int], rank: Sequence[tuple[bool, int]]) -> None:
    """Fill gaps from below, and send down who is too many, the last by ``rank``; newcomers come last."""
    for upper, size in enumerate(sizes[:-1]):
        below = [entry for entries in members[upper + 1 :] for entry in sorted(entries, key=rank.__getitem__)]
        missing = size - len(members[upper])
        for entry in below[: max(0, missing)]:
            next(entries for entries in members[upper + 1 :] if entry in entries).remove(entry)
            members[upper].append(entry)
        if missing < 0:
            members[upper].sort(key=rank.__getitem__)
            members[upper + 1] = members[upper][missing:] + members[upper + 1]
            members[upper] = members[upper][:missing]


def _sizes(count: int, divisions: int) -> list[int]:
    """As equal as can be, the higher ones larger."""
    return [count // divisions + (number < count % divisions) for number in range(divisions)]
