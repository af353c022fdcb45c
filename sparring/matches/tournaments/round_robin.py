"""Round robin: everybody meets everybody, in rounds in which each entry plays at most once (Berger's tables)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sparring.matches.tournaments.pairing import (
    Pairing,
    Place,
    Result,
    places,
    point_shares,
    sonneborn_berger,
    table,
)


@dataclass(frozen=True)
class RoundRobin:
    """``entries`` meet each other ``cycles`` times. Ties: Sonneborn-Berger, then shares of the duels' points."""

    entries: int
    cycles: int = 1

    def rounds(self) -> list[list[tuple[int, int]]]:
        """The pairs of each round, by the circle method: one entry stays, the others turn."""
        circle: list[int | None] = [*range(self.entries), *([None] if self.entries % 2 else [])]
        found = []
        for _ in range(self.cycles * (len(circle) - 1)):
            half = len(circle) // 2
            pairs = zip(circle[:half], reversed(circle[half:]), strict=True)
            found.append([(min(a, b), max(a, b)) for a, b in pairs if a is not None and b is not None])
            circle = [circle[0], circle[-1], *circle[1:-1]]
        return found

    def pairings(self, results: Sequence[Result]) -> list[Pairing]:
        """All that is missing; rounds order them, but nobody has to wait for a round to end."""
        done = {(result.round, *sorted((result.first, result.second))) for result in results}
        return [
            Pairing(number, first, second, f"round {number} of everybody against everybody")
            for number, pairs in enumerate(self.rounds(), start=1)
            for first, second in pairs
            if (number, first, second) not in done
        ]

    def ranking(self, results: Sequence[Result]) -> list[Place]:
        scores = table(self.entries, results)
        breaks = sonneborn_berger(self.entries, results, scores), point_shares(self.entries, results)
        return places(list(zip(scores, *breaks, strict=True)))
