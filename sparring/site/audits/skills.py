"""Online ratings computed anew, from all matches of a ladder but those that turned out to be bad.

Each match moves the ratings from which later ones go on, so nothing can be taken back from them: they are computed from
the first match on, in the order in which the matches were stored, with the soft resets of the seasons between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sparring.ratings import Skill, new_skill, update
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Match, MatchSeat
from sparring.site.seasons.models import Season
from sparring.site.seasons.turning import softened

AT_ONCE = 2000
"""Matches that are read in one go."""


class Played(NamedTuple):
    """What a match says of its players' strength."""

    created: datetime
    versions: list[int]
    """By seat."""
    scores: Sequence[float]


class Skills:
    """The online ratings of a ladder without some of its matches."""

    def __init__(self, ladder: Ladder, without: Collection[int], check: Callable[[], None]) -> None:
        """``without``: keys of matches. ``check`` is called now and then, and may raise."""
        self._ladder, self._without = ladder, frozenset(without)
        self._skills: dict[int, Skill] = defaultdict(new_skill)
        self._last = 0
        """Key of the last match that was read."""
        self._seasons = 0
        """How many have ended by then."""
        self._go_on(check)

    def write(self) -> None:
        """Within a transaction: store them, after what has been played meanwhile."""
        Ladder.objects.select_for_update().get(pk=self._ladder.pk)
        self._end_seasons(self._go_on(lambda: None))
        rows = list(Standing.objects.select_for_update().filter(ladder=self._ladder).order_by("pk"))
        for row in rows:
            row.mu, row.sigma = self._skills[row.version_id]
        Standing.objects.bulk_update(rows, ["mu", "sigma"], batch_size=100)

    def _go_on(self, check: Callable[[], None]) -> list[Season]:
        """Count all matches since the last one. Returns the seasons that have ended after them."""
        ended = list(self._ladder.seasons.order_by("number"))[self._seasons :]
        ends = [*(season.began for season in ended[1:]), Ladder.objects.get(pk=self._ladder.pk).season_began]
        for match in self._matches(check):
            over = sum(end <= match.created for end in ends[: len(ended)])
            self._end_seasons(ended[:over])
            ended, ends = ended[over:], ends[over:]
            rated = update([self._skills[version] for version in match.versions], match.scores, drift=0.0)
            self._skills.update(zip(match.versions, rated, strict=True))
        return ended

    def _end_seasons(self, seasons: Sequence[Season]) -> None:
        for season in seasons:
            for version in season.rows.values_list("version", flat=True):
                self._skills[version] = Skill(*softened(*self._skills[version]))
            self._seasons += 1

    def _matches(self, check: Callable[[], None]) -> Iterator[Played]:
        counted = Match.objects.filter(ladder=self._ladder, duel__rated=True, complaint="")
        counted = counted.exclude(result=Match.Result.VOID).order_by("pk").defer("record")
        while rows := list(counted.filter(pk__gt=self._last)[:AT_ONCE]):
            check()
            further: dict[int, list[int]] = defaultdict(list)
            if self._ladder.seats > 2:
                seated = MatchSeat.objects.filter(match__in=[row.pk for row in rows]).order_by("match", "seat")
                for match, version in seated.values_list("match", "version"):
                    further[match].append(version)
            for row in rows:
                self._last = row.pk
                scores = row.scores if self._ladder.seats > 2 else row.points
                if scores and row.pk not in self._without and row.by_second_seat_id is not None:
                    yield Played(row.created, [row.by_first_seat_id, row.by_second_seat_id, *further[row.pk]], scores)


def skills_without(bad: Sequence[Match], check: Callable[[], None]) -> list[Skills]:
    """The online ratings of every ladder on which one of these matches has counted, without them."""
    found: dict[Ladder, list[int]] = defaultdict(list)
    for match in bad:
        if match.duel.rated and match.ladder.seats > 1 and match.result != Match.Result.VOID:
            found[match.ladder].append(match.pk)
    return [Skills(ladder, keys, check) for ladder, keys in found.items()]
