"""Who meets whom, how it ended, and who stands where: the words that all formats share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeAlias, TypeVar


@dataclass(frozen=True)
class Pairing:
    """Two entries that are to meet in a duel."""

    round: int
    """Round of the tournament, from 1."""
    first: int
    second: int
    reason: str
    """Why they meet, for people and for the ledger."""
    game: int = 0
    """Which game of a bracket it is; 0 where there is no bracket."""

    @property
    def players(self) -> tuple[int, ...]:
        """Both."""
        return self.first, self.second

    def moved(self, entries: Mapping[int, int], rounds: int, stage: str) -> Self:
        """The same in the numbers of the whole tournament; see ``Stages``."""
        first, second = entries[self.first], entries[self.second]
        return replace(self, round=self.round + rounds, first=first, second=second, reason=stage + self.reason)


@dataclass(frozen=True)
class Result:
    """How a pairing ended: ``points`` is the share of the duel's points, 0 to 1, that ``first`` took."""

    round: int
    first: int
    second: int
    points: float
    game: int = 0
    void: bool = False
    """It was given up: half a point for each, and in a bracket the better seed goes on."""

    @property
    def players(self) -> tuple[int, ...]:
        """Both."""
        return self.first, self.second

    def of(self, entry: int) -> float:
        """The share of ``entry``, which is one of the two."""
        return self.points if entry == self.first else 1.0 - self.points

    def opponent_of(self, entry: int) -> int:
        return self.second if entry == self.first else self.first

    def moved(self, entries: Mapping[int, int], rounds: int) -> Self:
        """The same in the numbers of one stage; see ``Stages``."""
        first, second = entries[self.first], entries[self.second]
        return replace(self, round=self.round + rounds, first=first, second=second)


@dataclass(frozen=True)
class Place:
    """Where an entry stands. Equal ones share the better place: 1, 2, 2, 4."""

    place: int
    entry: int
    score: float
    tie_breaks: tuple[float, ...] = ()
    """What decided between equal scores, in the order in which it counts; the format names them."""


class Paired(Protocol):
    """Some who meet: in which round, in which game of it, and who."""

    @property
    def round(self) -> int: ...

    @property
    def game(self) -> int: ...

    @property
    def players(self) -> tuple[int, ...]: ...


class Due(Paired, Protocol):
    """Something that is to be played: a pairing, or a table."""

    def moved(self, entries: Mapping[int, int], rounds: int, stage: str) -> Self: ...


class Ended(Paired, Protocol):
    """How such a thing ended."""

    def moved(self, entries: Mapping[int, int], rounds: int) -> Self: ...


Coming = TypeVar("Coming", bound=Due)
Past = TypeVar("Past", bound=Ended)
Past_contra = TypeVar("Past_contra", bound=Ended, contravariant=True)


class Contest(Protocol[Coming, Past_contra]):
    """A way to hold a tournament. All methods are pure."""

    def pairings(self, results: Sequence[Past_contra]) -> list[Coming]:
        """What can be played now and has no result yet; none when the tournament is over."""
        ...

    def ranking(self, results: Sequence[Past_contra]) -> list[Place]:
        """Everybody's place by the results so far, the best first."""
        ...


Format: TypeAlias = Contest[Pairing, Result]
"""A way to hold a tournament of a game for two."""


def same_pairing(each: Paired) -> tuple[int, int, frozenset[int]]:
    """What two have in common that are the same pairing: round, game and who plays, in whatever order."""
    return each.round, each.game, frozenset(each.players)


def following(held: Contest[Coming, Past], results: Sequence[Past]) -> list[int]:
    """Which of ``results`` follow from those before them, where one of these has been taken away or has changed.

    Those count that ``held`` asks for once it knows the others. What was paired because of a result that does not
    stand is not asked for, and left out; it counts again if the pairing comes out as before.
    """
    counted: list[int] = []
    left = list(range(len(results)))
    while True:
        asked = {same_pairing(each) for each in held.pairings([results[index] for index in counted])}
        now = {same_pairing(results[index]): index for index in reversed(left) if same_pairing(results[index]) in asked}
        if not now:
            return sorted(counted)
        counted = sorted([*counted, *now.values()])
        left = [index for index in left if index not in set(counted)]


def match_points(points: float) -> float:
    """A duel's worth in a table: 1 for a win, a half for a draw, 0 for a loss.

    >>> [match_points(points) for points in (0.8, 0.5, 0.1)]
    [1.0, 0.5, 0.0]
    """
    return 0.5 if abs(points - 0.5) < 1e-9 else float(points > 0.5)


def table(entries: int, results: Iterable[Result]) -> list[float]:
    """Match points of each entry."""
    scores = [0.0] * entries
    for result in results:
        won = match_points(result.points)
        scores[result.first] += won
        scores[result.second] += 1.0 - won
    return scores


def places(keys: Sequence[tuple[float, ...]]) -> list[Place]:
    """Rank entries by their keys, larger first; the first number of a key is the score, the others are tie-breaks."""
    order = sorted(range(len(keys)), key=lambda entry: (*(-number for number in keys[entry]), entry))
    ranked: list[Place] = []
    for position, entry in enumerate(order, start=1):
        equal = bool(ranked) and keys[ranked[-1].entry] == keys[entry]
        place = ranked[-1].place if equal else position
        ranked.append(Place(place, entry, keys[entry][0], tuple(keys[entry][1:])))
    return ranked


def buchholz(entries: int, results: Sequence[Result], scores: Sequence[float]) -> list[float]:
    """Sum of the scores of each entry's opponents."""
    sums = [0.0] * entries
    for result in results:
        sums[result.first] += scores[result.second]
        sums[result.second] += scores[result.first]
    return sums


def sonneborn_berger(entries: int, results: Sequence[Result], scores: Sequence[float]) -> list[float]:
    """Sum of the scores of those whom each entry beat, and half of those with whom it drew."""
    sums = [0.0] * entries
    for result in results:
        won = match_points(result.points)
        sums[result.first] += won * scores[result.second]
        sums[result.second] += (1.0 - won) * scores[result.first]
    return sums


def point_shares(entries: int, results: Iterable[Result]) -> list[float]:
    """Sum of the shares of the duels' points of each entry: by how much it won, and not only that it did."""
    sums = [0.0] * entries
    for result in results:
        sums[result.first] += result.points
        sums[result.second] += 1.0 - result.points
    return [round(total, 9) for total in sums]
