"""Store what a duel brought: its matches, and all that follows from them, in one transaction."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sparring.matches import MatchRecord
from sparring.ratings import Skill, update
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches import seats
from sparring.site.matches.models import Duel, Match

MOST_COURSES = 3
COUNTED = ["wins_first", "wins_second", "draws", "faults_first", "faults_second"]


def record_duel(duel: Duel, attempt: int, records: Sequence[MatchRecord]) -> None:
    """Finish a duel with the records of its matches. Raises LateAnswer, and stores nothing, for an old attempt."""
    with transaction.atomic():
        duel.finish(attempt)
        duel.refresh_from_db(fields=COUNTED)  # an earlier try may have counted, and then not been stored
        store_results(duel, records)


def store_results(duel: Duel, records: Sequence[MatchRecord]) -> None:
    """Within a transaction: add the matches, the duel's counts, both standings and the pair's results.

    Pages show them with the next published ratings, a second or so later. A duel that is not rated leaves the ladder as
    it was. Void matches are kept for everybody to see, and count for nobody.
    """
    Match.objects.add_all(duel, list(records))
    if not duel.rated:
        _count_duel(duel, records)
        duel.save(update_fields=COUNTED)
        return
    # The ladder's row is locked before its standings, as everywhere.
    Ladder.objects.filter(pk=duel.ladder_id).update(matches=F("matches") + len(_counted(records)))
    _count_duel(duel, records)
    duel.save(update_fields=COUNTED)
    if duel.ladder.seats == 2:
        _update_standings(duel, records)
        _update_pair(duel, records)
        return
    standings = seats.standings_of(duel)
    if duel.ladder.seats == 1:
        seats.count_returns(standings[0], records[: duel.matches])
    else:
        seats.count_table(standings, records)
        seats.count_pairs(duel, records)
    for player, standing in enumerate(standings):
        if standing.faults_too_often:
            standing.bench(next((_said(each) for each in reversed(records) if player in _guilty(each)), ""))


def points_of_first(record: MatchRecord) -> float | None:
    """What the duel's first player took of a match: 1, 1/2 or 0; None when the match does not count."""
    if record.result == "void" or (record.fault is not None and record.fault.seat is None):
        return None
    if record.winner is None:
        return 0.5
    return 1.0 if record.player_at(record.winner) == 0 else 0.0


def course(record: MatchRecord) -> str:
    """A digest of who began and every action."""
    return f"{record.first_player}{zlib.crc32(record.actions.tobytes()):08x}"


def _counted(records: Iterable[MatchRecord]) -> list[MatchRecord]:
    """Those that are not void."""
    return [record for record in records if record.result != "void"]


def _guilty(record: MatchRecord) -> list[int]:
    """Which of the duel's players ended the match by a fault."""
    return [] if record.result == "void" else seats.guilty_players(record)


def _said(record: MatchRecord) -> str:
    return record.fault.message if record.fault else ""


def _count_duel(duel: Duel, records: Iterable[MatchRecord]) -> None:
    for record in records:
        guilty, points = _guilty(record), points_of_first(record)
        duel.faults_first += 0 in guilty
        duel.faults_second += 1 in guilty
        if not guilty and points is not None:
            duel.wins_first += points == 1.0
            duel.wins_second += points == 0.0
            duel.draws += points == 0.5


def _update_standings(duel: Duel, records: Sequence[MatchRecord]) -> None:
    rows = Standing.objects.select_for_update().filter(ladder_id=duel.ladder_id, version_id__in=duel.pair)
    standings = {row.version_id: row for row in rows.order_by("pk")}
    first, second = (standings[key] for key in duel.pair)
    for record in records:
        points = points_of_first(record)
        if points is not None:
            skills = update([Skill(row.mu, row.sigma) for row in (first, second)], [points, 1.0 - points], drift=0.0)
            (first.mu, first.sigma), (second.mu, second.sigma) = skills
    counts = (duel.wins_first, duel.faults_first), (duel.wins_second, duel.faults_second)
    for player, (mine, own, other) in enumerate(((first, *counts), (second, *counts[::-1]))):
        mine.wins += own[0] + other[1]
        mine.losses += other[0]
        mine.faults += own[1]
        mine.draws += duel.draws
        mine.matches += len(_counted(records))
        mine.last_match = timezone.now()
        mine.save(update_fields=["mu", "sigma", "wins", "losses", "faults", "draws", "matches", "last_match"])
        if mine.faults_too_often:
            mine.bench(next((_said(record) for record in reversed(records) if player in _guilty(record)), ""))


def _update_pair(duel: Duel, records: Sequence[MatchRecord]) -> None:
    low, high = sorted(duel.pair)
    pair, _ = PairResult.objects.select_for_update().get_or_create(
        ladder_id=duel.ladder_id, first_id=low, second_id=high
    )
    points = [points_of_first(record) for record in records]
    if low != duel.first_id:
        points = [None if taken is None else 1.0 - taken for taken in points]
    pair.wins += points.count(1.0)
    pair.draws += points.count(0.5)
    pair.losses += points.count(0.0)
    pair.pairs = _count_pairs(pair.pairs or [0] * 5, points)
    pair.courses = sorted({*pair.courses, *(course(record) for record in _counted(records))})[:MOST_COURSES]
    pair.updated = timezone.now()
    pair.save()


def _count_pairs(counts: list[int], points: Sequence[float | None]) -> list[int]:
    """Add the match pairs (matches 2k and 2k + 1) to the counts of 0, 1/2, 1, 1 1/2 and 2 points."""
    added = list(counts)
    for one, other in zip(points[::2], points[1::2], strict=False):
        if one is not None and other is not None:
            added[round(2 * (one + other))] += 1
    return added
