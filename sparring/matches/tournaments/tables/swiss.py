"""Swiss at tables: in each round those with like points sit together, as far as they have not met before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, count, islice
from typing import NamedTuple

from sparring.matches.tournaments.pairing import Place, places
from sparring.matches.tournaments.tables.balanced import Seats
from sparring.matches.tournaments.tables.table import Table, TableResult, missing, total_points

BYE = 0.5
"""What a round without a seat is worth: a place in the middle."""
REMATCH = 0.5
"""Meeting somebody again is as bad as being so many points apart."""


class Sitting(NamedTuple):
    """A round as it begins."""

    number: int
    before: list[TableResult]
    """Of all rounds before it."""
    order: list[int]
    """Those who play in it, the best first."""
    scores: list[float]
    """Everybody's points before it."""
    rested: Counter[int]
    """How often each has rested, this round included."""


@dataclass(frozen=True)
class TableSwiss:
    """``rounds`` rounds, by default as many as halving the field would take. Ties: the points of whom they met.

    Where the field does not fill its tables, the lowest of those who rested least rest, for half a point.
    """

    entries: int
    seats: int
    rounds: int = 0

    @property
    def last_round(self) -> int:
        return self.rounds or max(1, math.ceil(math.log2(self.entries)))

    def pairings(self, results: Sequence[TableResult]) -> list[Table]:
        """The tables of the round that is going on; the next one begins when the last has all its results."""
        begun = _last_round_of(results) or 1
        for sitting in islice(self._rounds(results), begun - 1, min(begun + 1, self.last_round)):
            due = missing(self._tables(sitting), results)
            if due:
                return due
        return []

    def ranking(self, results: Sequence[TableResult]) -> list[Place]:
        return _ranking(results, self._scores(results, self.rests(results)))

    def rests(self, results: Sequence[TableResult]) -> Counter[int]:
        """How often each has rested in the rounds that have begun; each rest is worth half a point."""
        rested: Counter[int] = Counter()
        for sitting in islice(self._rounds(results), _last_round_of(results)):
            rested = sitting.rested
        return rested

    def _rounds(self, results: Sequence[TableResult]) -> Iterator[Sitting]:
        """One round after the other as it begins: each follows from the results of those before it."""
        rested: Counter[int] = Counter()
        for number in count(1):
            before = [result for result in results if result.round < number]
            scores = self._scores(before, rested)
            order = [place.entry for place in _ranking(before, scores)]
            rested = rested.copy()
            for _ in range(self.entries % self.seats):
                resting = min(reversed(order), key=lambda entry: rested[entry])
                rested[resting] += 1
                order.remove(resting)
            yield Sitting(number, before, order, scores, rested)

    def _tables(self, sitting: Sitting) -> list[Table]:
        number, before, order, scores, _ = sitting
        met: Counter[Seats] = Counter(pair for result in before for pair in combinations(sorted(result.players), 2))
        drawn = _seated(order, scores, met, self.seats) if before else _spread(order, self.seats)
        told = [" and ".join(f"{score:.3g}" for score in _ends(table, scores)) for table in drawn]
        return [
            Table(number, table, f"round {number}: between {points} points")
            for table, points in zip(drawn, told, strict=True)
        ]

    def _scores(self, results: Sequence[TableResult], rested: Counter[int]) -> list[float]:
        sums = total_points(self.entries, results)
        return [round(total + BYE * rested[entry], 9) for entry, total in enumerate(sums)]


def _last_round_of(results: Sequence[TableResult]) -> int:
    return max((result.round for result in results), default=0)


def _ranking(results: Sequence[TableResult], scores: Sequence[float]) -> list[Place]:
    opposed = [0.0] * len(scores)
    for result in results:
        at_table = sum(scores[player] for player in result.players)
        for player in result.players:
            opposed[player] += at_table - scores[player]
    return places([(score, round(others, 9)) for score, others in zip(scores, opposed, strict=True)])


def _spread(order: Sequence[int], seats: int) -> list[Seats]:
    """Of an order by strength, one from each part of it to each table."""
    tables = len(order) // seats
    return [tuple(sorted(order[table::tables])) for table in range(tables)]


def _seated(order: Sequence[int], scores: Sequence[float], met: Counter[Seats], seats: int) -> list[Seats]:
    """The best that is left sits down with those whose points and past fit it best, and then the next."""
    left, tables = list(order), []
    while left:
        table = [left.pop(0)]
        while len(table) < seats:
            seated = tuple(table)

            def strain(entry: int, seated: Seats = seated) -> float:
                apart = sum(abs(scores[entry] - scores[other]) for other in seated)
                return apart + REMATCH * sum(met[min(entry, other), max(entry, other)] for other in seated)

            table.append(min(left, key=strain))
            left.remove(table[-1])
        tables.append(tuple(sorted(table)))
    return tables


def _ends(table: Seats, scores: Sequence[float]) -> tuple[float, float]:
    return max(scores[entry] for entry in table), min(scores[entry] for entry in table)
