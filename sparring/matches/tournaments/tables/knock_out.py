"""Knock-out at tables: the best of each table go on, until one table is left, which is the final."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sparring.matches.tournaments.pairing import Place, places
from sparring.matches.tournaments.tables.table import Table, TableResult


class Drawn(NamedTuple):
    """A table of a round, and how many of it go on."""

    players: tuple[int, ...]
    staying: int


@dataclass(frozen=True)
class TableKnockOut:
    """Of each table ``advance`` go on, by default half of it; between equals the better seed.

    Where the field does not fill its tables, the best seeds rest; where too few would be left for the final, more
    of the first table go on.
    """

    entries: int
    seats: int
    advance: int = 0

    def pairings(self, results: Sequence[TableResult]) -> list[Table]:
        """The tables of the round that is going on."""
        number, tables = len(rounds := self._rounds(results)), rounds[-1]
        final = len(tables) == 1 and not tables[0].staying
        done = {(result.round, result.game) for result in results}
        return [
            Table(number, table.players, "final" if final else f"round {number}: {table.staying} go on", game)
            for game, table in enumerate(tables, start=1)
            if (number, game) not in done
        ]

    def ranking(self, results: Sequence[TableResult]) -> list[Place]:
        """By the round in which an entry was put out, then by its points there; those still in stand before."""
        rounds, by_table = self._rounds(results), _by_table(results)
        keys = [(float(len(rounds) + 1), 0.0, 0.0)] * self.entries
        for number, tables in enumerate(rounds, start=1):
            for game, table in enumerate(tables, start=1):
                result = by_table.get((number, game))
                if result is None:
                    continue
                for entry in _order(result)[table.staying :]:
                    last = float(-entry) if table.staying == 0 else 0.0  # only one may win
                    keys[entry] = (float(number), result.of(entry), last)
        return places(keys)

    def _rounds(self, results: Sequence[TableResult]) -> list[list[Drawn]]:
        """The tables of all rounds that have begun."""
        by_table, left, rounds = _by_table(results), list(range(self.entries)), [self._draw(list(range(self.entries)))]
        while len(left) > self.seats:
            ended = [by_table.get((len(rounds), game)) for game in range(1, len(rounds[-1]) + 1)]
            out = {
                entry
                for table, result in zip(rounds[-1], ended, strict=True)
                for entry in (_order(result)[table.staying :] if result else ())
            }
            if None in ended:
                break
            left = [entry for entry in left if entry not in out]
            rounds.append(self._draw(left))
        return rounds

    def _draw(self, left: list[int]) -> list[Drawn]:
        """Tables of those who are left, the best seeds spread over them; who gets no seat rests."""
        surplus = len(left) - self.seats
        if surplus == 0:
            return [Drawn(tuple(left), 0)]
        leaving = self.seats - (self.advance or self.seats // 2)
        count = min(len(left) // self.seats, math.ceil(surplus / leaving))
        playing = left[len(left) - count * self.seats :]
        rows = [playing[at : at + count] for at in range(0, len(playing), count)]
        turned = [row if number % 2 == 0 else row[::-1] for number, row in enumerate(rows)]
        tables = [tuple(row[table] for row in turned) for table in range(count)]
        spared = max(0, count * leaving - surplus)
        return [
            Drawn(table, self.seats - leaving + (spared if number == 0 else 0)) for number, table in enumerate(tables)
        ]


def _by_table(results: Sequence[TableResult]) -> dict[tuple[int, int], TableResult]:
    return {(result.round, result.game): result for result in results}


def _order(result: TableResult) -> list[int]:
    """The players of a table, the best first, the better seed before its equals."""
    return sorted(result.players, key=lambda entry: (-result.of(entry), entry))
