"""Keeps every ladder supplied with duels, and slows down as the ratings become certain.

Who meets whom is decided by ``sparring.matches.matchmaking``, a pure function. What it was asked is kept with the duel,
so that every pairing can be replayed; see ``sparring.site.matches.ledger``.
"""

from __future__ import annotations

import secrets
import statistics
from collections import Counter
from typing import NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sparring.matches import matchmaking
from sparring.matches.matchmaking import FIRST_MATCHES, NOVICE_HALF_WIDTH, Choice, Field
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches import ledger
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Kind, Version
from sparring.site.work.players import missing_sandbox, playable_here

OPEN_DUELS = 2
WIDE, NARROW = 120.0, 35.0
SHUNNED_FROM = 2
"""Duels with so many others have gone wrong: a version plays no more until the organiser has looked at them."""
BUSY_PAUSE, IDLE_PAUSE = 1.0, 20.0


class Pairing(NamedTuple):
    """A choice, and what it was made from."""

    standings: tuple[Standing, ...]
    choice: Choice
    field: Field
    meetings: dict[tuple[int, int], tuple[int, bool]]
    seed: int
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
        pairing = choose(locked)
        if pairing is None or frozenset(row.version_id for row in pairing.standings) in _troubled(locked):
            return None
        choice, versions = pairing.choice, [standing.version for standing in pairing.standings]
        duel = Duel.objects.queue_table(locked, versions, choice.matches, pairing.reason)
        if choice.block or choice.urgent:
            duel.urgent, duel.seed = choice.urgent, choice.block or duel.seed
            duel.save(update_fields=["urgent", "seed"])
        ledger.write(duel, pairing.field, pairing.meetings, pairing.seed)
        return duel


def _due(ladder: Ladder) -> bool:
    """Whether the ladder has room in its queue, and its pause since the last duel is over."""
    if Duel.objects.open().filter(ladder=ladder, rated=True, losses=0).count() >= OPEN_DUELS:
        return False
    latest = Duel.objects.filter(ladder=ladder, rated=True).order_by("-id").values_list("created", flat=True).first()
    if latest is None:
        return True
    # A clock that was set back makes ages negative.
    age = (timezone.now() - latest).total_seconds()
    return age < 0 or age >= IDLE_PAUSE or age >= pause(_eligible(ladder))


def pause(standings: list[Standing]) -> float:
    """Seconds between two duels: none while someone is new, few while intervals are wide, then up to 20."""
    if any(standing.matches < FIRST_MATCHES for standing in standings):
        return 0.0
    widths = [min(standing.half_width, NOVICE_HALF_WIDTH) for standing in standings if standing.current]
    middle = statistics.median(widths) if widths else WIDE
    certain = min(1.0, max(0.0, (WIDE - middle) / (WIDE - NARROW)))
    return BUSY_PAUSE + certain * (IDLE_PAUSE - BUSY_PAUSE)


def choose(ladder: Ladder, seed: int | None = None) -> Pairing | None:
    """Who should play next on ``ladder``, by lot where ``seed`` doesn't say; None when there are not enough who can."""
    drawn = secrets.randbits(62) if seed is None else seed
    standings = _eligible(ladder)
    field = _field(standings, _coming_matches(ladder))
    meetings = _meetings(ladder, field.versions[matchmaking.candidates(field, drawn)].tolist())
    choice = matchmaking.choose(field, meetings, drawn, ladder.seats)
    if choice is None:
        return None
    reason = matchmaking.explain(field, choice, [standing.version.label for standing in standings])
    return Pairing(tuple(standings[row] for row in choice.rows), choice, field, meetings, drawn, reason)


def _eligible(ladder: Ladder) -> list[Standing]:
    """Current versions, and older ones that have not had their first matches. Without a sandbox, no submissions."""
    rows = Standing.objects.filter(ladder=ladder, version__state=Version.State.ON_LADDER, benched="")
    rows = rows.filter(Q(current=True) | Q(matches__lt=FIRST_MATCHES))
    if missing_sandbox() is not None:
        rows = rows.filter(Q(version__artefact="") | Q(version__container=True))
    rows = rows.filter(playable_here("version__"))
    troubled = _troubled(ladder)
    tables = Counter(version for table in troubled for version in table)
    shunned = [version for version, count in tables.items() if count >= SHUNNED_FROM or {version} in troubled]
    rows = rows.exclude(version__in=shunned)
    return list(rows.select_related("version__agent").defer("version__log", "version__metrics").order_by("pk"))


def _troubled(ladder: Ladder) -> set[frozenset[int]]:
    """Versions whose duel has gone wrong, and rests or is parked: together they don't get another meanwhile."""
    rested, parked = (
        Duel.objects.open().filter(ladder=ladder, losses__gt=0),
        Duel.objects.parked().filter(ladder=ladder),
    )
    duels = (
        rows.select_related("ladder", "first", "second").prefetch_related("further__version")
        for rows in (rested, parked)
    )
    return {frozenset(version.pk for version in duel.versions) for rows in duels for duel in rows}


def _field(standings: list[Standing], coming: dict[int, int]) -> Field:
    def column(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values, np.int64)

    return Field(
        versions=column([row.version_id for row in standings]),
        ratings=column([round(10 * row.rating) for row in standings]),
        half_widths=column([matchmaking.half_width(row.half_width) for row in standings]),
        matches=column([row.matches for row in standings]),
        coming=column([coming.get(row.version_id, 0) for row in standings]),
        awaited=column([int(row.version.agent.kind != Kind.HOUSE) for row in standings]),
        divisions=column([row.division for row in standings]),
    )


def _coming_matches(ladder: Ladder) -> dict[int, int]:
    """Matches already queued, by version."""
    coming: dict[int, int] = {}
    open_now = Duel.objects.open().filter(ladder=ladder, rated=True)
    for duel in open_now.select_related("ladder", "first", "second").prefetch_related("further__version"):
        for version in duel.versions:
            coming[version.pk] = coming.get(version.pk, 0) + duel.matches
    return coming


def _meetings(ladder: Ladder, versions: list[int]) -> dict[tuple[int, int], tuple[int, bool]]:
    """What is known of the pairs of these versions with anyone, by the keys of both, the lower first."""
    either = Q(first__in=versions) | Q(second__in=versions)
    fields = ("first_id", "second_id", "courses", "wins", "draws", "losses")
    rows = PairResult.objects.filter(either, ladder=ladder).only(*fields)
    return {(pair.first_id, pair.second_id): (pair.matches, pair.repeats) for pair in rows}
