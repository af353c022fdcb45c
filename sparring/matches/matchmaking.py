"""Matchmaking: who of a ladder should play next, as a pure function of what is known and a seed.

A version that is new plays first, until it has ``FIRST_MATCHES``; if somebody waits for it, it goes ahead of all. On a
new ladder those who have not played at all meet first, so that everyone soon has a rating. After that the pair is
chosen from which the ratings learn most: the information of a match is p (1 - p), largest between equals (Fisher
information of the Bradley-Terry model), weighed with what is still unknown of their difference. In games of more seats
those who are nearest in rating join the two; alone, everybody plays the same seeds, a block at a time.

The same field, meetings and seed give the same choice, on any machine: whoever keeps them can replay every pairing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparring.ratings.bradley_terry import POINTS_A_LOGIT, expected_score

Integers = NDArray[np.int64]

METHOD = 1
"""Raised whenever the same inputs would give another choice."""
FIRST_MATCHES = 60
MATCHES_A_DUEL = 20
FIRST_DUEL = 8
BLOCKS = 5
"""Alone, a version plays so many blocks of ``MATCHES_A_DUEL`` seeds, the same as everybody else's."""
NOVICE_HALF_WIDTH = 350.0
NORMAL_95 = 1.96
REPEAT_VALUE = 0.01
CANDIDATES = 24
NEARBY = 150.0
"""Rating points of luck in who is taken for near."""


@dataclass(frozen=True)
class Field:
    """Who may be paired: a row for each version, all int64 [N]."""

    versions: Integers
    ratings: Integers
    """In tenths of a point, so that what is kept is what was decided on."""
    half_widths: Integers
    """Of the 95% intervals, in tenths of a point, at most those of a novice."""
    matches: Integers
    coming: Integers
    """Matches that are queued already."""
    awaited: Integers
    """1 where somebody waits for its first matches: whoever is not of the house."""
    divisions: Integers
    """Only versions of one division meet once they are known; 0 where there are none."""

    def __len__(self) -> int:
        return len(self.versions)

    @property
    def played(self) -> Integers:
        """int64 [N]: matches played and coming."""
        return self.matches + self.coming


Meetings = Mapping[tuple[int, int], tuple[int, bool]]
"""By the keys of two versions, the lower first: matches between them, and whether those only repeat each other."""


@dataclass(frozen=True)
class Choice:
    """Who plays, as rows of the field, and why."""

    rows: tuple[int, ...]
    matches: int = MATCHES_A_DUEL
    first_matches: bool = False
    urgent: bool = False
    block: int = 0
    """Which block of seeds is played, from 1; 0 where nobody plays alone."""


def half_width(width: float) -> int:
    """Half of an interval as a field has it: in tenths of a point, at most that of a novice."""
    return round(10 * min(width, NOVICE_HALF_WIDTH))


def choose(field: Field, meetings: Meetings, seed: int, seats: int = 2) -> Choice | None:
    """Who should play next; None when there are too few, or nothing is left to be played.

    ``meetings`` need to hold those of ``candidates(field, seed)`` only.
    """
    if seats == 1:
        return _next_block(field)
    if len(field) < seats:
        return None
    chance = random.Random(seed)
    new = np.flatnonzero(field.played < FIRST_MATCHES)
    if len(new):
        newcomer = int(min(new, key=lambda row: (field.played[row], field.versions[row])))
        return _first_matches(field, newcomer, seats, chance)
    pair = _most_informative(field, candidates(field, seed), meetings, chance)
    if pair is None:
        return None
    return Choice(_fill(field, pair, seats, chance), _whole_rounds(MATCHES_A_DUEL, seats))


def candidates(field: Field, seed: int) -> list[int]:
    """The rows for which the best opponent is looked for: the least known, and some drawn by lot."""
    chance = random.Random(seed ^ 0x5EED)
    wide = np.argsort(-field.half_widths, kind="stable")[:CANDIDATES].tolist()
    drawn = sorted(range(len(field)), key=lambda _: chance.random())[:CANDIDATES]
    return sorted({*wide, *drawn})


def explain(field: Field, choice: Choice, names: Sequence[str]) -> str:
    """Why, for people; ``names`` of the field's rows."""
    if choice.block:
        last = choice.block * MATCHES_A_DUEL
        return (
            f"Seeds {last - MATCHES_A_DUEL + 1} to {last} of the {BLOCKS * MATCHES_A_DUEL} that everybody here plays."
        )
    first, second = choice.rows[:2]
    if choice.first_matches:
        return f"First matches of {names[first]}: it has played {field.matches[first]} of {FIRST_MATCHES}."
    apart = abs(int(field.ratings[first] - field.ratings[second])) / 10
    known = " and ".join(f"\u00b1{field.half_widths[row] / 10:.0f}" for row in (first, second))
    told = f"{apart:.0f} points apart, known to {known}: a result that tells much."
    return told if len(choice.rows) == 2 else f"{told} The others are near in rating."


def worth(difference: ArrayLike, variance: ArrayLike, met: ArrayLike, repeats: ArrayLike) -> NDArray[np.float64]:
    """What the ratings learn from a match: its information times the variance of the difference between the two.

    ``difference``: of the ratings, in points; ``variance``: the sum of both ratings' variances, in squared logits;
    ``met``: matches that the two have played; all [N] or numbers. The variance of the difference is at most what both
    intervals allow, and at most what the n matches of the two have left open, which is 1 / (n p (1 - p)); so two who
    have met often are worth at most 1 / n, however little is known of them as a pair.
    """
    chance_to_win = expected_score(difference)
    value = chance_to_win * (1.0 - chance_to_win) * np.asarray(variance)
    value = np.where(np.asarray(met) > 0, np.minimum(value, 1.0 / np.maximum(met, 1)), value)
    return np.asarray(np.where(repeats, REPEAT_VALUE * value, value), np.float64)


def to_document(field: Field, meetings: Meetings) -> dict[str, Any]:
    """What ``choose`` needs, as bytes and numbers."""
    arrays = {each.name: getattr(field, each.name).astype("<i4").tobytes() for each in fields(field)}
    met = [(low, high, matches, int(repeats)) for (low, high), (matches, repeats) in sorted(meetings.items())]
    return {**arrays, "met": np.array(met, "<i4").tobytes()}


def from_document(document: Mapping[str, Any]) -> tuple[Field, dict[tuple[int, int], tuple[int, bool]]]:
    """What ``to_document`` wrote."""
    arrays = {each.name: np.frombuffer(document[each.name], "<i4").astype(np.int64) for each in fields(Field)}
    met = np.frombuffer(document["met"], "<i4").reshape(-1, 4).tolist()
    return Field(**arrays), {(low, high): (matches, bool(repeats)) for low, high, matches, repeats in met}


def _next_block(field: Field) -> Choice | None:
    """Alone: who has played the least of the common seeds, and is not playing now."""
    free = np.flatnonzero((field.coming == 0) & (field.matches < BLOCKS * MATCHES_A_DUEL))
    if not len(free):
        return None
    row = int(min(free, key=lambda one: (field.matches[one], field.versions[one])))
    block = int(field.matches[row]) // MATCHES_A_DUEL + 1
    return Choice((row,), first_matches=block == 1, urgent=bool(field.awaited[row]) and block == 1, block=block)


def _first_matches(field: Field, newcomer: int, seats: int, chance: random.Random) -> Choice:
    """Opponents of a newcomer: near its rating as far as that is known, and of every kind as long as it is not."""
    luck = [chance.random() for _ in range(len(field))]
    others = [row for row in range(len(field)) if row != newcomer]
    matches = MATCHES_A_DUEL
    known = [row for row in others if field.matches[row] >= FIRST_MATCHES]
    if field.matches[newcomer] >= MATCHES_A_DUEL:
        apart = np.abs(field.ratings - field.ratings[newcomer]) / 10 + NEARBY * np.array(luck)
        others.sort(key=lambda row: apart[row])
    elif len(known) >= seats - 1:
        others = sorted(known, key=lambda row: luck[row])
    else:
        others.sort(key=lambda row: (field.played[row], luck[row]))
        matches = MATCHES_A_DUEL if field.played[others[0]] else FIRST_DUEL
    rows = (newcomer, *others[: seats - 1])
    return Choice(rows, _whole_rounds(matches, seats), first_matches=True, urgent=bool(field.awaited[newcomer]))


def _most_informative(
    field: Field, ones: Sequence[int], meetings: Meetings, chance: random.Random
) -> tuple[int, int] | None:
    """The best of what each of ``ones`` could play against anyone of its division."""
    deviations = field.half_widths / 10 / NORMAL_95 / POINTS_A_LOGIT
    luck = np.array([0.5 + 0.5 * chance.random() for _ in range(len(field))])
    met, repeating = _met(field, ones, meetings)
    best, most = None, 0.0
    for one, matches, repeats in zip(ones, met, repeating, strict=True):
        apart = (field.ratings[one] - field.ratings) / 10
        values = worth(apart, deviations[one] ** 2 + deviations**2, matches, repeats)
        values *= np.roll(luck, int(chance.random() * len(luck)))
        values[(field.divisions != field.divisions[one]) & (field.divisions * field.divisions[one] > 0)] = 0.0
        values[one] = 0.0
        other = int(values.argmax())
        if values[other] > most:
            best, most = (one, other), float(values[other])
    return best


def _met(field: Field, ones: Sequence[int], meetings: Meetings) -> tuple[Integers, NDArray[np.bool_]]:
    """int64 and bool [len(ones), N]: how often each of ``ones`` has met each version, and whether it only repeats."""
    matches, repeats = np.zeros((len(ones), len(field)), np.int64), np.zeros((len(ones), len(field)), np.bool_)
    row = {version: number for number, version in enumerate(field.versions.tolist())}
    place = {one: number for number, one in enumerate(ones)}
    for (low, high), (count, repeating) in meetings.items():
        for own, other in ((row.get(low), row.get(high)), (row.get(high), row.get(low))):
            if own in place and other is not None:
                matches[place[own], other], repeats[place[own], other] = count, repeating
    return matches, repeats


def _fill(field: Field, pair: tuple[int, int], seats: int, chance: random.Random) -> tuple[int, ...]:
    """The pair, and for the other seats those who are near to it."""
    middle = (field.ratings[pair[0]] + field.ratings[pair[1]]) / 20
    apart = [abs(rating / 10 - middle) + NEARBY * chance.random() for rating in field.ratings.tolist()]
    others = sorted((row for row in range(len(field)) if row not in pair), key=lambda row: apart[row])
    return (*pair, *others[: seats - 2])


def _whole_rounds(matches: int, seats: int) -> int:
    """As many matches as can be, so that everybody has each seat equally often."""
    return max(seats, matches - matches % seats)
