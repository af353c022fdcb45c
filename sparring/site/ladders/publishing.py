"""Published ratings: Bradley-Terry over all matches of a ladder, refitted after duels, stored ready for the pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from numpy.typing import NDArray

from sparring.ratings import Fit, fit
from sparring.ratings.bradley_terry import band_dispersions, bands
from sparring.ratings.returns import UNKNOWN, mean_returns
from sparring.ratings.tables import table_dispersion
from sparring.site.ladders.models import PUBLISHED_LEVEL, Ladder, PairResult, RatingPoint, Standing
from sparring.site.matches.seats import TableRounds, latest_rounds

MIDDLE = 1500.0
"""The rating shown for the average of a ladder's versions; only differences of ratings mean anything."""
Published = tuple[float, float | None, float | None, int | None, int | None, int | None]
"""Rating, ends of its interval, position, best and worst rank."""
POINT_GROWTH = 1.15
NOTICEABLE = 0.05


def behind() -> list[Ladder]:
    """Ladders with matches that are not yet in their published ratings."""
    return list(Ladder.objects.filter(matches__gt=F("fitted_matches")))


def refit(ladder: Ladder) -> bool:
    """Fit the ladder's ratings to all its matches and publish them. False when a later fit was quicker."""
    counted = Ladder.objects.get(pk=ladder.pk).matches
    standings = list(Standing.objects.filter(ladder=ladder).order_by("pk"))
    if not standings:
        return False
    fitted, middle = _fit(ladder, standings)
    with transaction.atomic():
        newer = Ladder.objects.filter(pk=ladder.pk, fitted_matches__lt=counted)
        if not newer.update(fitted_matches=counted, fitted_at=timezone.now(), revision=F("revision") + 1):
            return False
        _publish(fitted, standings, middle, ladder.season)
    return True


def _fit(ladder: Ladder, standings: Sequence[Standing]) -> tuple[Fit, float]:
    """The fit of a ladder, and what is added to its ratings: of those who play alone the mean returns, as they are."""
    if ladder.seats == 1:
        for standing in standings:
            standing.deviation = float(np.std(standing.returns, ddof=1)) if len(standing.returns) > 1 else None
        Standing.objects.bulk_update(standings, ["deviation"], batch_size=100)
        return mean_returns([standing.returns for standing in standings]), 0.0
    number = {standing.version_id: index for index, standing in enumerate(standings)}
    rows = PairResult.objects.filter(ladder=ladder).order_by("first", "second")
    pairs = [pair for pair in rows if pair.matches or pair.past_games]
    return fit_pairs(pairs, number, latest_rounds(ladder, number)), MIDDLE


def fit_pairs(pairs: Sequence[PairResult], number: dict[int, int], rounds: TableRounds | None = None) -> Fit:
    """The ratings of ``len(number)`` versions; ``number`` gives each version's place by its key.

    A match of more than two seats says who came before whom of each two. What one match says is not independent: by
    how much more it varies is measured on ``rounds``.
    """
    first = np.array([number[pair.first_id] for pair in pairs], np.int64)
    second = np.array([number[pair.second_id] for pair in pairs], np.int64)
    weight = np.array([pair.weight for pair in pairs])
    past = np.array([(pair.past_points, pair.past_games) for pair in pairs]).reshape(-1, 2).T
    points = np.array([pair.wins + pair.draws / 2 for pair in pairs]) * weight + past[0]
    games = np.array([pair.matches for pair in pairs]) * weight + past[1]
    plain = fit(first, second, points, games, agents=len(number))
    if rounds is None:
        dispersion: float | NDArray[np.float64] = _dispersion(plain.ratings, pairs, first, second)
    else:
        dispersion = table_dispersion(plain.ratings, rounds.players, rounds.taken, rounds.players.shape[1])
    return fit(first, second, points, games, agents=len(number), dispersion=dispersion)


def _dispersion(
    ratings: NDArray[np.float64], pairs: Sequence[PairResult], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How much more than independent matches those of each pairing vary: float64 [P]. Repeating pairs teach nothing."""
    counts = np.array([[0] * 5 if pair.repeats or not pair.pairs else pair.pairs for pair in pairs], np.int64)
    times = counts.reshape(-1)
    points = np.repeat(np.tile(np.arange(5) / 2, len(pairs)), times)
    left, right = (np.repeat(np.repeat(side, 5), times) for side in (first, second))
    found: NDArray[np.float64] = band_dispersions(ratings, left, right, points)[bands(ratings, first, second)]
    repeats = np.array([pair.repeats for pair in pairs], np.bool_)
    return np.where(repeats, np.maximum(found, 1.0), found)


def _publish(fitted: Fit, standings: Sequence[Standing], middle: float, season: int) -> None:
    """Write what has changed of the standings, and add points to the curves that are due for one."""
    intervals = middle + fitted.intervals(PUBLISHED_LEVEL)
    current = np.array([index for index, standing in enumerate(standings) if standing.current], np.int64)
    ranks = dict(zip(current.tolist(), _rank_ranges(fitted, current).tolist(), strict=True))
    order = {int(current[place]): rank + 1 for rank, place in enumerate(np.argsort(-fitted.ratings[current]))}
    changed, points = [], []
    for index, standing in enumerate(standings):
        rating = middle + float(fitted.ratings[index])
        known = np.ptp(intervals[index]) < UNKNOWN**0.25
        low, high = (float(end) if known else None for end in intervals[index])
        best, worst = ranks.get(index, (None, None))
        new = (rating, low, high, order.get(index), best, worst)
        due = standing.matches >= max(standing.point_matches * POINT_GROWTH, standing.point_matches + 2)
        if due and low is not None and high is not None:
            standing.point_matches = standing.matches
            numbers = {"matches": standing.matches, "rating": rating, "low": low, "high": high}
            points.append(RatingPoint(standing=standing, season=season, **numbers))
        if due or _differs(standing, new):
            standing.rating, standing.low, standing.high = rating, low, high
            standing.position, standing.best_rank, standing.worst_rank = order.get(index), best, worst
            changed.append(standing)
    fields = ["rating", "low", "high", "position", "best_rank", "worst_rank", "point_matches"]
    Standing.objects.bulk_update(changed, fields, batch_size=100)
    RatingPoint.objects.bulk_create(points, ignore_conflicts=True)


def _rank_ranges(fitted: Fit, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank ranges int64 [N, 2] among ``chosen`` only."""
    part = Fit(fitted.ratings[chosen], fitted.covariance[np.ix_(chosen, chosen)])
    return part.rank_ranges(PUBLISHED_LEVEL)


def _differs(standing: Standing, new: Published) -> bool:
    if standing.low is None or standing.high is None or new[1] is None or new[2] is None:
        return True
    shifts = (standing.rating - new[0], standing.low - new[1], standing.high - new[2])
    ranks = (standing.position, standing.best_rank, standing.worst_rank)
    return max(map(abs, shifts)) > NOTICEABLE or ranks != new[3:]
