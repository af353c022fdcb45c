"""Which duel is worth playing next. Keeps every ladder supplied, and slows down as the ratings become certain.

A version that is new plays first, until it has ``FIRST_MATCHES``. After that the pair is chosen from which the ratings
learn most: the information of a match is p (1 - p), largest between equals (Fisher information of the Bradley-Terry
model), weighed with what is still unknown of their difference. Why a pair was chosen is stored with the duel.
"""

from __future__ import annotations

import random
import statistics
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from sparring.ratings import expected_score
from sparring.ratings.bradley_terry import POINTS_A_LOGIT
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Version
from sparring.site.work.players import missing_sandbox

OPEN_DUELS = 2
FIRST_MATCHES = 60
MATCHES_A_DUEL = 20
WIDE, NARROW = 120.0, 35.0
BUSY_PAUSE, IDLE_PAUSE = 1.0, 20.0
NOVICE_HALF_WIDTH = 350.0
NORMAL_95 = 1.96
REPEAT_VALUE = 0.01
CANDIDATES = 24


class Pairing(NamedTuple):
    first: Standing
    second: Standing
    reason: str


def schedule_duels() -> list[Duel]:
    """Queue a duel on each ladder that is due for one; those that were queued."""
    queued = []
    for ladder in Ladder.objects.all():
        if _due(ladder):
            duel = _queue(ladder)
            queued += [duel] if duel else []
    return queued


def _queue(ladder: Ladder) -> Duel | None:
    with transaction.atomic():
        locked = Ladder.objects.select_for_update(skip_locked=True).filter(pk=ladder.pk).first()
        if locked is None or not _due(locked):
            return None
        pairing = choose(locked, random.Random())
        if pairing is None:
            return None
        sides = [pairing.first.version, pairing.second.version]
        return Duel.objects.queue(locked, sides[0], sides[1], MATCHES_A_DUEL, pairing.reason)


def _due(ladder: Ladder) -> bool:
    """Whether the ladder has room in its queue, and its pause since the last duel is over."""
    duels = Duel.objects.filter(ladder=ladder)
    if Duel.objects.open().filter(ladder=ladder).count() >= OPEN_DUELS:
        return False
    latest = duels.aggregate(latest=Max("id"))["latest"]
    if latest is None:
        return True
    age = timezone.now() - duels.values_list("created", flat=True).get(pk=latest)
    return age >= timedelta(seconds=pause(_eligible(ladder)))


def pause(standings: list[Standing]) -> float:
    """Seconds between two duels: none while someone is new, few while intervals are wide, then up to 20."""
    if any(standing.matches < FIRST_MATCHES for standing in standings):
        return 0.0
    widths = [min(standing.half_width, NOVICE_HALF_WIDTH) for standing in standings if standing.current]
    middle = statistics.median(widths) if widths else WIDE
    certain = min(1.0, max(0.0, (WIDE - middle) / (WIDE - NARROW)))
    return BUSY_PAUSE + certain * (IDLE_PAUSE - BUSY_PAUSE)


def choose(ladder: Ladder, chance: random.Random) -> Pairing | None:
    """The pair that should play next on ``ladder``; None when there are not two who can."""
    standings = _eligible(ladder)
    if len(standings) < 2:
        return None
    coming = _coming_matches(ladder)
    new = [row for row in standings if row.matches + coming.get(row.version_id, 0) < FIRST_MATCHES]
    if new:
        return _first_matches(
            min(new, key=lambda row: (row.matches + coming.get(row.version_id, 0), row.pk)), standings, chance
        )
    return _most_informative(standings, _met(ladder), chance)


def _eligible(ladder: Ladder) -> list[Standing]:
    """Current versions, and older ones that have not had their first matches. Without a sandbox, no submissions."""
    rows = Standing.objects.filter(ladder=ladder, version__state=Version.State.ON_LADDER)
    rows = rows.filter(Q(current=True) | Q(matches__lt=FIRST_MATCHES))
    if missing_sandbox() is not None:
        rows = rows.filter(version__artefact="")
    return list(rows.select_related("version__agent").defer("version__log", "version__metrics").order_by("pk"))


def _coming_matches(ladder: Ladder) -> dict[int, int]:
    """Matches already queued, by version."""
    coming: dict[int, int] = {}
    for first, second, matches in Duel.objects.open().filter(ladder=ladder).values_list("first", "second", "matches"):
        for version in (first, second):
            coming[version] = coming.get(version, 0) + matches
    return coming


def _met(ladder: Ladder) -> dict[tuple[int, int], PairResult]:
    """What is known of pairs that have met, by the keys of their versions, the lower first."""
    fields = ("first_id", "second_id", "courses", "wins", "draws", "losses")
    return {(pair.first_id, pair.second_id): pair for pair in PairResult.objects.filter(ladder=ladder).only(*fields)}


def _first_matches(newcomer: Standing, standings: list[Standing], chance: random.Random) -> Pairing:
    """A newcomer's opponent: near its rating as far as that is known, and of every kind as long as it is not."""
    others = [row for row in standings if row.pk != newcomer.pk]
    if newcomer.matches < MATCHES_A_DUEL:
        opponent = chance.choice([row for row in others if row.matches >= FIRST_MATCHES] or others)
    else:
        opponent = min(others, key=lambda row: abs(row.rating - newcomer.rating) + chance.uniform(0.0, 150.0))
    played = f"{newcomer.matches} of {FIRST_MATCHES}"
    return Pairing(newcomer, opponent, f"First matches of {newcomer.version.label}: it has played {played}.")


def _most_informative(
    standings: list[Standing], met: dict[tuple[int, int], PairResult], chance: random.Random
) -> Pairing | None:
    wide = sorted(standings, key=lambda row: -row.half_width)[:CANDIDATES]
    drawn = chance.sample(standings, min(CANDIDATES, len(standings)))
    best, most = None, -1.0
    for one in {row.pk: row for row in (*wide, *drawn)}.values():
        for other in standings:
            if other.pk == one.pk:
                continue
            low, high = sorted((one.version_id, other.version_id))
            value = worth(one, other, met.get((low, high))) * chance.uniform(0.5, 1.0)
            if value > most:
                best, most = (one, other), value
    return _explain(*best) if best else None


def worth(one: Standing, other: Standing, met: PairResult | None) -> float:
    """What the ratings learn from a match between the two: its information times the variance of their difference.

    That variance is at most what both intervals allow, and at most what their own n matches have left open, which is
    1 / (n p (1 - p)); so two who have met often are worth at most 1 / n, however little is known of them as a pair.
    """
    chance_to_win = float(expected_score(one.rating - other.rating))
    information = chance_to_win * (1.0 - chance_to_win)
    deviations = [min(row.half_width, NOVICE_HALF_WIDTH) / NORMAL_95 / POINTS_A_LOGIT for row in (one, other)]
    value = information * (deviations[0] ** 2 + deviations[1] ** 2)
    if met is None or not met.matches:
        return value
    return min(value, 1.0 / met.matches) * (REPEAT_VALUE if met.repeats else 1.0)


def _explain(one: Standing, other: Standing) -> Pairing:
    apart = abs(one.rating - other.rating)
    known = " and ".join(f"\u00b1{min(row.half_width, NOVICE_HALF_WIDTH):.0f}" for row in (one, other))
    return Pairing(one, other, f"{apart:.0f} points apart, known to {known}: a result that tells much.")
