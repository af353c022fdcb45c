"""Tables at which everybody meets everybody equally often, within one: a cyclic design.

All entries stand in a circle, and a *base table* is turned through all its positions, which makes as many tables as
there are entries. Each entry then sits at as many of them as a table has seats. How often two of them meet depends only
on how far apart they stand: as often as their distance lies between two seats of a base table (twice that for those who
stand face to face). So the whole is in balance as soon as the few distances are, and those are counted while the base
tables are chosen: that count is the proof (the method of differences; Bose, "On the construction of balanced
incomplete block designs", Annals of Eugenics 9, 1939).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, count

PATIENCE, TRIES = 150, 12
"""So many seats are tried before the search for base tables begins anew, and so often, before there is one more."""
Seats = tuple[int, ...]


@lru_cache(maxsize=256)
def balanced_tables(entries: int, seats: int, meetings: int = 1) -> tuple[Seats, ...]:
    """Tables of ``seats`` of the ``entries`` at which each two meet ``meetings`` times or more, all within one.

    Everybody sits at equally many. Raises ValueError when there are fewer entries than seats.

    >>> sorted(balanced_tables(4, 3))
    [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    """
    if not 2 <= seats <= entries:
        raise ValueError(f"{entries} entries don't fill a table of {seats} seats.")
    if entries == seats:
        return (tuple(range(entries)),) * meetings
    bases = _base_tables(entries, seats, meetings)
    return tuple(tuple(sorted((seat + turn) % entries for seat in base)) for base in bases for turn in range(entries))


def rounds_of(tables: Sequence[Seats]) -> list[list[Seats]]:
    """The tables in rounds in which nobody sits at two: each in the first round that has room for it."""
    rounds: list[list[Seats]] = []
    taken: list[set[int]] = []
    for table in tables:
        free = next((number for number, busy in enumerate(taken) if busy.isdisjoint(table)), len(rounds))
        if free == len(rounds):
            rounds.append([])
            taken.append(set())
        rounds[free].append(table)
        taken[free].update(table)
    return rounds


def _base_tables(entries: int, seats: int, meetings: int) -> list[list[int]]:
    """As few as the search finds. It ends: all tables that there are would be in perfect balance."""
    for tables in count(1):
        for least in range(meetings, meetings + tables * seats * (seats - 1) // 2 + 1):
            search = _Search(entries, seats, tables, least)
            if search.can_be:
                found = next((bases for chance in range(TRIES) if (bases := search.run(chance))), None)
                if found:
                    return found
    raise AssertionError  # pragma: no cover - counting never ends


class _Search:
    """A search for ``tables`` base tables at which each distance comes ``least`` times, or once more."""

    def __init__(self, entries: int, seats: int, tables: int, least: int) -> None:
        self._entries, self._seats, self._tables = entries, seats, tables
        weights = [2 if 2 * distance == entries else 1 for distance in range(1, entries // 2 + 1)]
        self._needed = [0] + [-(-least // weight) for weight in weights]
        self._allowed = [0] + [(least + 1) // weight for weight in weights]
        self._pairs = tables * seats * (seats - 1) // 2

    @property
    def can_be(self) -> bool:
        """Whether there are as many pairs of seats as distances want."""
        return sum(self._needed) <= self._pairs <= sum(self._allowed)

    def run(self, chance: int) -> list[list[int]] | None:
        """The base tables, each beginning with 0; None when there are none, or patience ends."""
        self._left, self._random = PATIENCE + self._tables * self._seats, random.Random(chance)
        bases = [[0] for _ in range(self._tables)]
        return bases if self._fill(bases, 0, [0] * len(self._needed)) else None

    def _fill(self, bases: list[list[int]], at: int, counts: list[int]) -> bool:
        """Seat the rest from table ``at`` on. ``counts``: how often each distance has come."""
        missing = sum(max(0, needed - got) for needed, got in zip(self._needed, counts, strict=True))
        if missing > self._pairs - sum(counts):
            return False
        if at == len(bases):
            return True
        base = bases[at]
        for seat, distances in self._candidates(base, counts):
            self._left -= 1
            if self._left < 0:
                return False
            base.append(seat)
            for distance in distances:
                counts[distance] += 1
            if self._fill(bases, at + (len(base) == self._seats), counts):
                return True
            base.pop()
            for distance in distances:
                counts[distance] -= 1
        return False

    def _candidates(self, base: Sequence[int], counts: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """Seats that may be added, those first that bring most of what is missing."""
        fitting = []
        for seat in set(range(self._entries)).difference(base):
            steps = [abs(seat - other) for other in base]
            distances = [min(step, self._entries - step) for step in steps]
            if all(counts[each] + distances.count(each) <= self._allowed[each] for each in distances):
                missing = sum(max(0, self._needed[each] - counts[each]) for each in distances)
                fitting.append((-missing, self._random.random(), seat, distances))
        for _, _, seat, distances in sorted(fitting):
            yield seat, distances


def meetings_of(tables: Sequence[Seats]) -> dict[Seats, int]:
    """How often each two meet that meet at all."""
    found: dict[Seats, int] = {}
    for table in tables:
        for pair in combinations(sorted(table), 2):
            found[pair] = found.get(pair, 0) + 1
    return found
