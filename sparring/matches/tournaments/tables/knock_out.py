"""Knock-out at tables: the best of each table go on, until one table is left, which is the final."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sparring.matches.tournaments.pairing import Place, places
from sparring.matches.tournaments.tables.table import Table, TableResult

ByTable: TypeAlias = Mapping[tuple[int, int], Sequence[TableResult]]
"""By round and number of the table: how it ended each time that it was played."""


class Drawn(NamedTuple):
    """A table of a round, and how many of it go on."""

    players: tuple[int, ...]
    staying: int

    @property
    def cut(self) -> int:
        """How many are to be told from the others: who goes on, in the final the winner."""
        return self.staying or 1


@dataclass(frozen=True)
class TableKnockOut:
    """Of each table ``advance`` go on, by default half of it.

    Where those who go on can't be told from those who don't, the table is played again with new seeds, ``replays``
    times; that decides between those who were level, and no other. Then the better seed goes on. Where the field does
    not fill its tables, the best seeds rest; where too few would be left for the final, more of the first table go on.
    """

    entries: int
    seats: int
    advance: int = 0
    replays: int = 2

    def pairings(self, results: Sequence[TableResult]) -> list[Table]:
        """The tables of the round that is going on."""
        by_table = _by_table(results)
        rounds = self._rounds(by_table)
        number = len(rounds)
        return [
            Table(number, drawn.players, self._reason(number, drawn, len(by_table[number, game])), game)
            for game, drawn in enumerate(rounds[-1], start=1)
            if not self._decided(drawn, by_table[number, game])
        ]

    def ranking(self, results: Sequence[TableResult]) -> list[Place]:
        """By the round in which an entry was put out, then by its points there; those still in stand before."""
        by_table = _by_table(results)
        rounds = self._rounds(by_table)
        keys = [(float(len(rounds) + 1), *[0.0] * (self.replays + 2))] * self.entries
        for number, tables in enumerate(rounds, start=1):
            for game, drawn in enumerate(tables, start=1):
                played = by_table[number, game]
                if not self._decided(drawn, played):
                    continue
                for position, entry in enumerate(_order(drawn, played)):
                    if position >= drawn.staying:
                        points = (*_points(entry, played), *[0.0] * (self.replays + 1))
                        won = float(drawn.staying == position == 0)  # only one may win, whoever is level
                        keys[entry] = (float(number), won, *points[: self.replays + 1])
        return places(keys)

    def _reason(self, number: int, drawn: Drawn, ties: int) -> str:
        reason = f"round {number}: {drawn.staying} go on" if drawn.staying else "final"
        if ties == 0:
            return reason
        seed = "the better seed goes on" if drawn.staying else "the better seed wins"
        last = f"; after one more {seed}" if ties == self.replays else ""
        return f"{reason}, again after {'a tie' if ties == 1 else f'{ties} ties'}{last}"

    def _rounds(self, by_table: ByTable) -> list[list[Drawn]]:
        """The tables of all rounds that have begun."""
        left = list(range(self.entries))
        rounds = [self._draw(left)]
        while len(left) > self.seats:
            tables = [(drawn, by_table[len(rounds), game]) for game, drawn in enumerate(rounds[-1], start=1)]
            if not all(self._decided(drawn, played) for drawn, played in tables):
                break
            out = {entry for drawn, played in tables for entry in _order(drawn, played)[drawn.staying :]}
            left = [entry for entry in left if entry not in out]
            rounds.append(self._draw(left))
        return rounds

    def _decided(self, drawn: Drawn, played: Sequence[TableResult]) -> bool:
        """Whether those who go on can be told from the others, or nothing more is played to tell them."""
        if not played:
            return False
        last_above, first_below = (_points(entry, played) for entry in _order(drawn, played)[drawn.cut - 1 :][:2])
        return last_above != first_below or played[-1].void or len(played) > self.replays

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


def _by_table(results: Sequence[TableResult]) -> ByTable:
    found: dict[tuple[int, int], list[TableResult]] = defaultdict(list)
    for result in results:
        found[result.round, result.game].append(result)
    return found


def _points(entry: int, played: Sequence[TableResult]) -> tuple[float, ...]:
    """Of an entry at its table, each time that it was played."""
    return tuple(round(result.of(entry), 9) for result in played)


def _order(drawn: Drawn, played: Sequence[TableResult]) -> list[int]:
    """The players of a table, the best first; equals by when it was played again, and at last by their seeds."""
    return sorted(drawn.players, key=lambda entry: (*(-points for points in _points(entry, played)), entry))
