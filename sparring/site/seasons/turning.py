"""Ends seasons, and keeps divisions filled. Workers call ``hold_seasons``; any number may.

The reset is soft: what was played counts on, for ``KEPT`` of its weight, so that ratings begin where they ended and may
move quickly; the counters of a season begin at nothing, and everybody plays first matches again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sparring.matches.divisions import first_divisions, next_divisions
from sparring.matches.matchmaking import FIRST_MATCHES
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.seasons.models import Season, SeasonRow

KEPT = 0.25
"""Share of a season's matches that count in the next one's ratings."""
SKILL_KEPT = 0.5
BATCH = 500


def hold_seasons() -> bool:
    """End the seasons that are over, and give divisions to those who have none; whether anything changed."""
    changed = False
    for ladder in Ladder.objects.filter(season_days__isnull=False):
        if timezone.now() - ladder.season_began >= timedelta(days=ladder.season_days or 0):
            changed = end_season(ladder) is not None or changed
    for ladder in Ladder.objects.filter(divisions__gt=1):
        changed = _place_newcomers(ladder) or changed
    return changed


def end_season(ladder: Ladder) -> Season | None:
    """Keep the final table, move between divisions, and begin the next season. None where nothing has been played."""
    with transaction.atomic():
        locked = Ladder.objects.select_for_update().get(pk=ladder.pk)
        rows = _table(locked)
        if locked.season_began != ladder.season_began or locked.seats == 1:
            return None
        if not rows:
            Ladder.objects.filter(pk=locked.pk).update(season_began=timezone.now())
            return None
        season = Season.objects.create(
            ladder=locked,
            number=locked.season,
            began=locked.season_began,
            matches=sum(row.matches for row in rows) // locked.seats,
        )
        moved = _moved(locked, rows)
        SeasonRow.objects.bulk_create(_row(season, n, row, moved[n]) for n, row in enumerate(rows))
        for row, division in zip(rows, moved, strict=True):
            _reset(row, division)
        _reset_results(locked)
        Ladder.objects.filter(pk=locked.pk).update(
            season=F("season") + 1, season_began=timezone.now(), fitted_matches=0, revision=F("revision") + 1
        )
    return season


def _table(ladder: Ladder) -> list[Standing]:
    rows = Standing.objects.filter(ladder=ladder, current=True, matches__gt=0)
    return list(rows.select_for_update().order_by("-rating", "pk"))


def _moved(ladder: Ladder, rows: Sequence[Standing]) -> list[int]:
    if ladder.divisions < 2:
        return [0] * len(rows)
    held = [row.division for row in rows]
    if not any(held):
        return first_divisions(len(rows), ladder.divisions)
    return next_divisions(held, ladder.divisions, ladder.division_moves)


def _row(season: Season, index: int, row: Standing, division: int) -> SeasonRow:
    names = ["division", "rating", "low", "high", "best_rank", "worst_rank"]
    names += ["wins", "draws", "losses", "faults", "matches"]
    kept = {name: getattr(row, name) for name in names}
    return SeasonRow(season=season, version_id=row.version_id, position=index + 1, next_division=division, **kept)


def _reset(row: Standing, division: int) -> None:
    row.division = division
    row.mu, row.sigma = softened(row.mu, row.sigma)
    row.wins = row.draws = row.losses = row.faults = row.matches = row.point_matches = 0
    row.place_sum = 0.0
    counts = ["wins", "draws", "losses", "faults", "matches", "point_matches", "place_sum"]
    row.save(update_fields=["division", "mu", "sigma", *counts])


def softened(mu: float, sigma: float) -> tuple[float, float]:
    """The online rating with which somebody begins a season: halfway to the mean, and less certain."""
    from sparring.ratings.online import MU, SIGMA

    return MU + SKILL_KEPT * (mu - MU), min(SIGMA, sigma / SKILL_KEPT)


def _reset_results(ladder: Ladder) -> None:
    """What was played becomes past, for a part of its weight."""
    changed = []
    for pair in PairResult.objects.filter(ladder=ladder).select_for_update():
        pair.past_games = KEPT * (pair.past_games + pair.matches * pair.weight)
        pair.past_points = KEPT * (pair.past_points + (pair.wins + pair.draws / 2) * pair.weight)
        pair.wins = pair.draws = pair.losses = 0
        pair.pairs, pair.courses = [0] * 5, []
        changed.append(pair)
    fields = ["past_games", "past_points", "wins", "draws", "losses", "pairs", "courses"]
    PairResult.objects.bulk_update(changed, fields, batch_size=BATCH)


def _place_newcomers(ladder: Ladder) -> bool:
    """Give the first divisions by rating; later, who has had its first matches enters the lowest."""
    rows = Standing.objects.filter(ladder=ladder, current=True)
    known = rows.filter(division=0, matches__gte=FIRST_MATCHES)
    if not known.exists():
        return False
    with transaction.atomic():
        locked = Ladder.objects.select_for_update().get(pk=ladder.pk)
        if rows.filter(division__gt=0).exists():
            known.update(division=locked.divisions)
        elif known.count() >= 2 * locked.divisions:
            ordered = list(known.order_by("-rating", "pk"))
            for row, division in zip(ordered, first_divisions(len(ordered), locked.divisions), strict=True):
                Standing.objects.filter(pk=row.pk).update(division=division)
        else:
            return False
        locked.touch()
    return True
