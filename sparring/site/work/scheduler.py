"""Which duel is worth playing next. Keeps every ladder supplied, and slows down as the ratings become certain.

A version that is new plays first, until it has ``FIRST_MATCHES``; if it is no house agent, somebody waits for that, so
it goes ahead of the duels of all ladders. On a new ladder those who have not played at all meet first, so that
everyone soon has a rating. After that the pair is chosen from which the ratings learn most: the information of a match
is p (1 - p), largest between equals (Fisher information of the Bradley-Terry model), weighed with what is still
unknown of their difference. Why a pair was chosen is stored with the duel.
"""

from __future__ import annotations

import random
import statistics
from typing import NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from numpy.typing import ArrayLike, NDArray

from sparring.ratings import expected_score
from sparring.ratings.bradley_terry import POINTS_A_LOGIT
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Kind, Version
from sparring.site.work.players import missing_sandbox

OPEN_DUELS = 2
FIRST_MATCHES = 60
MATCHES_A_DUEL = 20
FIRST_DUEL = 8
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
    matches: int = MATCHES_A_DUEL
    urgent: bool = False


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
        return Duel.objects.queue(locked, sides[0], sides[1], pairing.matches, pairing.reason, pairing.urgent)


def _due(ladder: Ladder) -> bool:
    """Whether the ladder has room in its queue, and its pause since the last duel is over."""
    if Duel.objects.open().filter(ladder=ladder, rated=True).count() >= OPEN_DUELS:
        return False
    latest = Duel.objects.filter(ladder=ladder, rated=True).order_by("-id").values_list("created", flat=True).first()
    if latest is None:
        return True
    age = (timezone.now() - latest).total_seconds()
    return age >= IDLE_PAUSE or age >= pause(_eligible(ladder))


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
    played = {row.pk: row.matches + coming.get(row.version_id, 0) for row in standings}
    new = [row for row in standings if played[row.pk] < FIRST_MATCHES]
    if new:
        return _first_matches(min(new, key=lambda row: (played[row.pk], row.pk)), standings, played, chance)
    return _most_informative(standings, _met(ladder), chance)


def _eligible(ladder: Ladder) -> list[Standing]:
    """Current versions, and older ones that have not had their first matches. Without a sandbox, no submissions."""
    rows = Standing.objects.filter(ladder=ladder, version__state=Version.State.ON_LADDER, benched="")
    rows = rows.filter(Q(current=True) | Q(matches__lt=FIRST_MATCHES))
    if missing_sandbox() is not None:
        rows = rows.filter(version__artefact="")
    return list(rows.select_related("version__agent").defer("version__log", "version__metrics").order_by("pk"))


def _coming_matches(ladder: Ladder) -> dict[int, int]:
    """Matches already queued, by version."""
    coming: dict[int, int] = {}
    for first, second, matches in (
        Duel.objects.open().filter(ladder=ladder, rated=True).values_list("first", "second", "matches")
    ):
        for version in (first, second):
            coming[version] = coming.get(version, 0) + matches
    return coming


def _met(ladder: Ladder) -> dict[tuple[int, int], PairResult]:
    """What is known of pairs that have met, by the keys of their versions, the lower first."""
    fields = ("first_id", "second_id", "courses", "wins", "draws", "losses")
    return {(pair.first_id, pair.second_id): pair for pair in PairResult.objects.filter(ladder=ladder).only(*fields)}


def _first_matches(
    newcomer: Standing, standings: list[Standing], played: dict[int, int], chance: random.Random
) -> Pairing:
    """A newcomer's opponent: near its rating as far as that is known, and of every kind as long as it is not.

    ``played``: matches played and coming, by the keys of ``standings``.
    """
    others = [row for row in standings if row.pk != newcomer.pk]
    known = [row for row in others if row.matches >= FIRST_MATCHES]
    matches = MATCHES_A_DUEL
    if newcomer.matches >= MATCHES_A_DUEL:
        opponent = min(others, key=lambda row: abs(row.rating - newcomer.rating) + chance.uniform(0.0, 150.0))
    elif known:
        opponent = chance.choice(known)
    else:
        least = min(played[row.pk] for row in others)
        opponent = chance.choice([row for row in others if played[row.pk] == least])
        matches = MATCHES_A_DUEL if least else FIRST_DUEL
    reason = f"First matches of {newcomer.version.label}: it has played {newcomer.matches} of {FIRST_MATCHES}."
    return Pairing(newcomer, opponent, reason, matches, urgent=newcomer.version.agent.kind != Kind.HOUSE)


def _most_informative(
    standings: list[Standing], met: dict[tuple[int, int], PairResult], chance: random.Random
) -> Pairing:
    """The best of what some versions, the least known and some drawn by lot, could play against anyone."""
    ratings = np.array([row.rating for row in standings])
    deviations = np.minimum([row.half_width for row in standings], NOVICE_HALF_WIDTH) / NORMAL_95 / POINTS_A_LOGIT
    wide = np.argsort(-deviations, kind="stable")[:CANDIDATES].tolist()
    best, most = (0, 1), -1.0
    for one in {*wide, *chance.sample(range(len(standings)), min(CANDIDATES, len(standings)))}:
        matches, repeats = _met_by(standings, one, met)
        values = worth(ratings[one] - ratings, deviations[one] ** 2 + deviations**2, matches, repeats)
        values *= [chance.uniform(0.5, 1.0) for _ in standings]
        values[one] = -1.0
        other = int(values.argmax())
        if values[other] > most:
            best, most = (one, other), float(values[other])
    return _explain(standings[best[0]], standings[best[1]])


def _met_by(
    standings: list[Standing], one: int, met: dict[tuple[int, int], PairResult]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """int64 [N], bool [N]: how often ``one`` has met each version, and whether those matches only repeat."""
    own = standings[one].version_id
    pairs = [met.get((min(own, row.version_id), max(own, row.version_id))) for row in standings]
    matches = np.array([pair.matches if pair else 0 for pair in pairs], np.int64)
    return matches, np.array([pair is not None and pair.repeats for pair in pairs], np.bool_)


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


def _explain(one: Standing, other: Standing) -> Pairing:
    apart = abs(one.rating - other.rating)
    known = " and ".join(f"\u00b1{min(row.half_width, NOVICE_HALF_WIDTH):.0f}" for row in (one, other))
    return Pairing(one, other, f"{apart:.0f} points apart, known to {known}: a result that tells much.")
