"""Gauntlet: a few challengers meet everybody else, who don't meet each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sparring.matches.tournaments.pairing import Pairing, Place, Result, places, point_shares


@dataclass(frozen=True)
class Gauntlet:
    """The first ``challengers`` of ``entries`` run against all others. Ranked by the mean share of points a duel."""

    entries: int
    challengers: int = 1

    def pairings(self, results: Sequence[Result]) -> list[Pairing]:
        done = {(result.first, result.second) for result in results}
        return [
            Pairing(rank + 1, challenger, other, "a challenger meets everybody")
            for rank, other in enumerate(range(self.challengers, self.entries))
            for challenger in range(self.challengers)
            if (challenger, other) not in done
        ]

    def ranking(self, results: Sequence[Result]) -> list[Place]:
        sums = point_shares(self.entries, results)
        played = [sum(entry in (result.first, result.second) for result in results) for entry in range(self.entries)]
        return places([(round(sums[entry] / max(1, played[entry]), 9),) for entry in range(self.entries)])
