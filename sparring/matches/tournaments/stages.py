"""Stages: a final that cuts the field, each stage with those who stood best in the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from sparring.matches.tournaments.pairing import Coming, Contest, Past, Place

STAGE = 1000
"""Rounds of the second stage begin after this number, of the third after twice as many."""


@dataclass(frozen=True)
class Stage(Generic[Coming, Past]):
    """The best ``entries`` that are left play a tournament of their own, seeded by where they stood before."""

    entries: int
    make: Callable[[int], Contest[Coming, Past]]


@dataclass(frozen=True)
class Stages(Generic[Coming, Past]):
    """One stage after the other; who is cut keeps the place that it had."""

    stages: tuple[Stage[Coming, Past], ...]

    def pairings(self, results: Sequence[Past]) -> list[Coming]:
        for index, field, held, own in self._played(results):
            missing = held.pairings(own)
            if missing:
                names = dict(enumerate(field))
                return [each.moved(names, index * STAGE, f"stage {index + 1}, ") for each in missing]
        return []

    def ranking(self, results: Sequence[Past]) -> list[Place]:
        ranked: list[Place] = []
        for _, field, held, own in self._played(results):
            here = [replace(place, entry=field[place.entry]) for place in held.ranking(own)]
            staying = {place.entry for place in here}
            ranked = here + [place for place in ranked if place.entry not in staying]
        return ranked

    def _played(self, results: Sequence[Past]) -> list[tuple[int, list[int], Contest[Coming, Past], list[Past]]]:
        """The stages that have begun: number, field, format, and the results in its own numbers."""
        field = list(range(self.stages[0].entries))
        found = []
        for index, stage in enumerate(self.stages):
            field = field[: stage.entries]
            held = stage.make(len(field))
            numbers = {entry: number for number, entry in enumerate(field)}
            own = [each.moved(numbers, -index * STAGE) for each in results if each.round // STAGE == index]
            found.append((index, field, held, own))
            if held.pairings(own):
                break
            field = [field[place.entry] for place in held.ranking(own)]
        return found
