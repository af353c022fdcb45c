"""Formats in which who meets whom is known from the beginning: everybody, a gauntlet, and each one alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from sparring.matches.tournaments.pairing import Place, places
from sparring.matches.tournaments.tables.balanced import Seats, balanced_tables, rounds_of
from sparring.matches.tournaments.tables.table import Table, TableResult, count_tables, missing, total_points


@dataclass(frozen=True)
class TableRoundRobin:
    """Everybody meets everybody ``cycles`` times or more, all equally often within one. Ranked by points."""

    entries: int
    seats: int
    cycles: int = 1

    def pairings(self, results: Sequence[TableResult]) -> list[Table]:
        """All that is missing; rounds order the tables, but nobody has to wait for a round to end."""
        rounds = rounds_of(balanced_tables(self.entries, self.seats, self.cycles))
        reason = "round {} of everybody against everybody"
        wanted = [Table(n, table, reason.format(n)) for n, tables in enumerate(rounds, start=1) for table in tables]
        return missing(wanted, results)

    def ranking(self, results: Sequence[TableResult]) -> list[Place]:
        return places([(points,) for points in total_points(self.entries, results)])


@dataclass(frozen=True)
class TableGauntlet:
    """The first ``challengers`` sit at every table, with the others in turn, who all play equally often.

    Ranked by the mean of the points, since challengers play more.
    """

    entries: int
    seats: int
    challengers: int = 1

    def pairings(self, results: Sequence[TableResult]) -> list[Table]:
        first = tuple(range(self.challengers))
        wanted = [
            Table(number, (*first, *others), "the challengers meet everybody")
            for number, others in enumerate(self._others(), start=1)
        ]
        return missing(wanted, results)

    def ranking(self, results: Sequence[TableResult]) -> list[Place]:
        sums, played = total_points(self.entries, results), count_tables(self.entries, results)
        return places([(round(total / max(1, count), 9),) for total, count in zip(sums, played, strict=True)])

    def _others(self) -> list[Seats]:
        """Who fills the seats that the challengers leave: each once where that comes out even, else by turns."""
        free, count = self.seats - self.challengers, self.entries - self.challengers
        groups = count // free
        if count % free == 0:
            return [tuple(range(self.challengers + group, self.entries, groups)) for group in range(groups)]
        return [tuple(sorted(self.challengers + (turn + n) % count for n in range(free))) for turn in range(count)]


@dataclass(frozen=True)
class Alone:
    """Everybody plays the same seeds, new ones each cycle. Ranked by the mean return; who has none stands last."""

    entries: int
    cycles: int = 1

    def pairings(self, results: Sequence[TableResult]) -> list[Table]:
        cycles = (
            [Table(cycle, (entry,), "everybody plays the same seeds") for entry in range(self.entries)]
            for cycle in range(1, self.cycles + 1)
        )
        return missing(chain.from_iterable(cycles), results)

    def ranking(self, results: Sequence[TableResult]) -> list[Place]:
        played = [result for result in results if result.points]
        counts, sums = count_tables(self.entries, played), total_points(self.entries, played)
        means = [total / max(1, count) for total, count in zip(sums, counts, strict=True)]
        ranked = places([(float(count > 0), mean) for count, mean in zip(counts, means, strict=True)])
        return [replace(place, score=means[place.entry], tie_breaks=()) for place in ranked]
