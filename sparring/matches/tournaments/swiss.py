"""Swiss: in each round those with equal scores meet, and nobody meets the same opponent twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sparring.matches.tournaments.pairing import (
    Pairing,
    Place,
    Result,
    buchholz,
    places,
    point_shares,
    sonneborn_berger,
    table,
)

PATIENCE = 20_000
"""Tries to pair a round without a rematch, before one is allowed."""


@dataclass(frozen=True)
class Swiss:
    """``rounds`` rounds, by default as many as a knock-out would need. Ties: Buchholz, Sonneborn-Berger, points.

    With an odd number of entries the lowest of those who had no bye yet gets one, which is worth a win.
    """

    entries: int
    rounds: int = 0

    @property
    def last_round(self) -> int:
        return self.rounds or max(1, math.ceil(math.log2(max(2, self.entries))))

    def pairings(self, results: Sequence[Result]) -> list[Pairing]:
        """The pairings of the round that is going on; the next round begins when the last has all its results."""
        number = max((result.round for result in results), default=1)
        missing = self._missing(number, results)
        if missing or number == self.last_round:
            return missing
        return self._missing(number + 1, results)

    def byes(self, results: Sequence[Result]) -> list[int]:
        """Who had a bye, one a round, in the rounds that have begun."""
        begun = max((result.round for result in results), default=0)
        return self._drawn(begun, results)[1]

    def ranking(self, results: Sequence[Result]) -> list[Place]:
        return self._ranking(results, self.byes(results))

    def _ranking(self, results: Sequence[Result], byes: Sequence[int]) -> list[Place]:
        scores = self._scores(results, byes)
        breaks = (
            buchholz(self.entries, results, scores),
            sonneborn_berger(self.entries, results, scores),
            point_shares(self.entries, results),
        )
        return places(list(zip(scores, *breaks, strict=True)))

    def _missing(self, number: int, results: Sequence[Result]) -> list[Pairing]:
        pairs, byes = self._drawn(number, results)
        done = {frozenset((result.first, result.second)) for result in results if result.round == number}
        scores = self._scores([result for result in results if result.round < number], byes[: number - 1])
        return [
            Pairing(number, first, second, f"round {number}: {scores[first]:g} points meet {scores[second]:g}")
            for first, second in pairs
            if frozenset((first, second)) not in done
        ]

    def _drawn(self, upto: int, results: Sequence[Result]) -> tuple[list[tuple[int, int]], list[int]]:
        """The pairs of round ``upto``, and the byes of all rounds to it: each follows from the results before it."""
        pairs: list[tuple[int, int]] = []
        byes: list[int] = []
        for number in range(1, upto + 1):
            before = [result for result in results if result.round < number]
            order = [place.entry for place in self._ranking(before, byes)]
            scores = self._scores(before, byes)
            if len(order) % 2:
                byes.append(next((entry for entry in reversed(order) if entry not in byes), order[-1]))
                order.remove(byes[-1])
            if number == upto:
                pairs = _fold(order, scores, {frozenset((result.first, result.second)) for result in before})
        return pairs, byes

    def _scores(self, results: Sequence[Result], byes: Sequence[int]) -> list[float]:
        scores = table(self.entries, results)
        for entry in byes:
            scores[entry] += 1.0
        return scores


def _fold(order: list[int], scores: Sequence[float], met: set[frozenset[int]]) -> list[tuple[int, int]]:
    """Pair the upper half of each score group with the lower half; who is left over moves down a group.

    A depth-first search: the best that is left takes the most fitting opponent whom it has not met. When that has been
    tried too often, rematches are allowed.
    """
    tries = 0

    def search(left: list[int]) -> list[tuple[int, int]] | None:
        nonlocal tries
        if not left:
            return []
        first, others = left[0], left[1:]
        for second in _by_fit(first, others, scores):
            tries += 1
            if tries > PATIENCE:
                return None
            if frozenset((first, second)) in met:
                continue
            rest = search([entry for entry in others if entry != second])
            if rest is not None:
                return [(first, second), *rest]
        return None

    if len(order) > 600:
        return _greedy(order, scores, met)
    found = search(order)
    return found if found is not None else _greedy(order, scores, met)


def _greedy(order: list[int], scores: Sequence[float], met: set[frozenset[int]]) -> list[tuple[int, int]]:
    """Without looking back; a rematch where nobody else is left. For large fields, and where there is no other way."""
    left, pairs = list(order), []
    while left:
        first = left.pop(0)
        candidates = _by_fit(first, left, scores)
        second = next((entry for entry in candidates if frozenset((first, entry)) not in met), candidates[0])
        left.remove(second)
        pairs.append((first, second))
    return pairs


def _by_fit(first: int, others: Sequence[int], scores: Sequence[float]) -> list[int]:
    """Opponents in the order of how well they fit: from the middle of one's own score group on, then the rest of it."""
    group = [entry for entry in others if scores[entry] == scores[first]]
    beyond = [entry for entry in others if scores[entry] != scores[first]]
    middle = len(group) // 2
    return group[middle:] + group[:middle][::-1] + beyond
