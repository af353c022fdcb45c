"""Who sits together at a table, and how it ended: games of more seats than two, and of one seat, played alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from sparring.matches.table import places
from sparring.matches.tournaments.pairing import Contest


@dataclass(frozen=True)
class Table:
    """Entries that are to play together; alone, where the game has one seat."""

    round: int
    """Round of the tournament, from 1."""
    players: tuple[int, ...]
    reason: str
    """Why they meet, for people and for the ledger."""
    game: int = 0
    """Which table of a knock-out's round it is, from 1; 0 elsewhere."""

    def moved(self, entries: Mapping[int, int], rounds: int, stage: str) -> Self:
        """The same in the numbers of the whole tournament; see ``Stages``."""
        players = tuple(entries[player] for player in self.players)
        return replace(self, round=self.round + rounds, players=players, reason=stage + self.reason)


@dataclass(frozen=True)
class TableResult:
    """How a table ended: ``points`` of each of the ``players``, the mean over its matches.

    A place among S seats is worth (S - place) / (S - 1): 1 for the first, 0 for the last, 1/2 in the middle; who is
    equal shares the mean of their places. Alone, points are the return.
    """

    round: int
    players: tuple[int, ...]
    points: tuple[float, ...]
    game: int = 0
    void: bool = False
    """It was not played: in a knock-out it is not played again either, and the better seeds go on."""

    def of(self, entry: int) -> float:
        """The points of ``entry``, which is one of the players."""
        return self.points[self.players.index(entry)]

    def moved(self, entries: Mapping[int, int], rounds: int) -> Self:
        """The same in the numbers of one stage; see ``Stages``."""
        return replace(self, round=self.round + rounds, players=tuple(entries[player] for player in self.players))


TableFormat: TypeAlias = Contest[Table, TableResult]
"""A way to hold a tournament at tables."""


def place_points(scores: Sequence[float]) -> list[float]:
    """What a match is worth to each at its table, by their places.

    >>> place_points([3.0, 1.0, 1.0, -2.0])
    [1.0, 0.5, 0.5, 0.0]
    """
    return [(len(scores) - place) / (len(scores) - 1) for place in places(scores)]


def total_points(entries: int, results: Iterable[TableResult]) -> list[float]:
    """Sum of the points of each entry over its tables."""
    sums = [0.0] * entries
    for result in results:
        for player, points in zip(result.players, result.points, strict=True):
            sums[player] += points
    return [round(total, 9) for total in sums]


def count_tables(entries: int, results: Iterable[TableResult]) -> list[int]:
    """At how many tables each entry has played."""
    counts = [0] * entries
    for result in results:
        for player in result.players:
            counts[player] += 1
    return counts


def missing(tables: Iterable[Table], results: Iterable[TableResult]) -> list[Table]:
    """The tables that have no result yet."""
    done = {(result.round, frozenset(result.players)) for result in results}
    return [table for table in tables if (table.round, frozenset(table.players)) not in done]
