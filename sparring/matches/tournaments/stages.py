"""Stages: a final that cuts the field, each stage with those who stood best in the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sparring.matches.tournaments.pairing import Format, Pairing, Place, Result

STAGE = 1000
"""Rounds of the second stage begin after this number, of the third after twice as many."""


@dataclass(frozen=True)
class Stage:
    """The best ``entries`` that are left play a tournament of their own, seeded by where they stood before."""

    entries: int
    make: Callable[[int], Format]


@dataclass(frozen=True)
class Stages:
    """One stage after the other; who is cut keeps the place that it had."""

    stages: tuple[Stage, ...]

    def pairings(self, results: Sequence[Result]) -> list[Pairing]:
        for index, field, held, own in self._played(results):
            missing = held.pairings(own)
            if missing:
                return [_outwards(pairing, field, index) for pairing in missing]
        return []

    def ranking(self, results: Sequence[Result]) -> list[Place]:
        ranked: list[Place] = []
        for _, field, held, own in self._played(results):
            here = [replace(place, entry=field[place.entry]) for place in held.ranking(own)]
            staying = {place.entry for place in here}
            ranked = here + [place for place in ranked if place.entry not in staying]
        return ranked

    def _played(self, results: Sequence[Result]) -> list[tuple[int, list[int], Format, list[Result]]]:
        """The stages that have begun: number, field, format, and the results in its own numbers."""
        field = list(range(self.stages[0].entries))
        found = []
        for index, stage in enumerate(self.stages):
            field = field[: stage.entries]
            held = stage.make(len(field))
            own = [_inwards(result, field, index) for result in results if result.round // STAGE == index]
            found.append((index, field, held, own))
            if held.pairings(own):
                break
            field = [field[place.entry] for place in held.ranking(own)]
        return found


def _inwards(result: Result, field: list[int], index: int) -> Result:
    first, second = field.index(result.first), field.index(result.second)
    return replace(result, round=result.round - index * STAGE, first=first, second=second)


def _outwards(pairing: Pairing, field: list[int], index: int) -> Pairing:
    reason = f"stage {index + 1}, {pairing.reason}"
    first, second = field[pairing.first], field[pairing.second]
    return replace(pairing, round=pairing.round + index * STAGE, first=first, second=second, reason=reason)
