"""Computes what stands beside a ladder, from the same results as its ratings, and stores it ready to be shown.

The document has ``agents``: version, rating, nash and alpha (shares), skill (rating points behind the Nash mix, at most
0), x and y (place on the disc); ``gain`` of the disc and its ``error``; ``authors``: author, version, rating, low,
high, versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from sparring.ratings import Fit
from sparring.ratings.alpha_rank import alpha_rank
from sparring.ratings.authors import author_standings
from sparring.ratings.averaging import advantages, nash_average
from sparring.ratings.cyclic import Gain, fit_disc, gain_of_disc
from sparring.site.analysis.models import Analysis
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.ladders.publishing import MIDDLE, fit_pairs
from sparring.site.matches.seats import latest_rounds

MOST_AGENTS = 40
MOST_ROWS = 4000
FEWEST_ROWS = 60
ALPHA = 10.0
Rows = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def analyse(ladder: Ladder) -> Analysis:
    """Compute and store the analysis of a ladder."""
    matches = Ladder.objects.values_list("fitted_matches", flat=True).get(pk=ladder.pk)
    standings = list(
        Standing.objects.filter(ladder=ladder, matches__gt=0).select_related("version__agent").order_by("pk")
    )
    number = {row.version_id: index for index, row in enumerate(standings)}
    results = [pair for pair in PairResult.objects.filter(ladder=ladder) if pair.matches]
    pairs = [pair for pair in results if pair.first_id in number and pair.second_id in number]
    document: dict[str, Any] = {"agents": [], "authors": [], "gain": None, "error": None}
    if pairs:
        fitted = fit_pairs(pairs, number, latest_rounds(ladder, number))
        document |= _of_the_strongest(standings, fitted, pairs) | {"authors": _authors(standings, fitted)}
    fields = {"matches": matches, "document": document, "computed": timezone.now()}
    return Analysis.objects.update_or_create(ladder=ladder, defaults=fields)[0]


def _of_the_strongest(standings: Sequence[Standing], fitted: Fit, pairs: Sequence[PairResult]) -> dict[str, Any]:
    """Rankings and disc of current versions, the strongest ``MOST_AGENTS`` of them."""
    current = [index for index, row in enumerate(standings) if row.current]
    chosen = sorted(current, key=lambda index: -fitted.ratings[index])[:MOST_AGENTS]
    if len(chosen) < 2:
        return {}
    place = {standings[index].version_id: row for row, index in enumerate(chosen)}
    among = [pair for pair in pairs if pair.first_id in place and pair.second_id in place]
    ratings = fitted.ratings[chosen]
    first = [place[pair.first_id] for pair in among]
    second = [place[pair.second_id] for pair in among]
    points = [(pair.wins + pair.draws / 2) * pair.weight for pair in among]
    leads = advantages(ratings, first, second, points, [pair.matches * pair.weight for pair in among])
    nash, alpha = nash_average(leads), alpha_rank(np.tanh(leads / 2), ALPHA)
    gain, places = _disc(among, place)
    agents = [
        {
            "version": standings[index].version_id,
            "rating": MIDDLE + float(ratings[row]),
            "nash": float(nash.shares[row]),
            "skill": float(nash.skills[row]),
            "alpha": float(alpha[row]),
            "x": float(places[row, 0]),
            "y": float(places[row, 1]),
        }
        for row, index in enumerate(chosen)
    ]
    return {"agents": agents, "gain": gain and gain.mean, "error": gain and gain.error}


def _disc(pairs: Sequence[PairResult], place: dict[int, int]) -> tuple[Gain | None, NDArray[np.float64]]:
    """What a disc gains on held-out results, and the places on it; None where there are too few results to say."""
    rows = _pair_rows(pairs, place)
    if len(place) < 3 or len(rows[0]) < FEWEST_ROWS:
        return None, np.zeros((len(place), 2))
    return gain_of_disc(*rows, agents=len(place)), fit_disc(*rows, agents=len(place)).places


def _pair_rows(pairs: Sequence[PairResult], place: dict[int, int]) -> Rows:
    """A row for each pair of matches, thinned out where there are too many. Matches that repeat are one pair."""
    rows: list[tuple[int, int, float]] = []
    for pair in pairs:
        first, second = place[pair.first_id], place[pair.second_id]
        if pair.repeats:
            rows.append((first, second, 2.0 * (pair.wins + pair.draws / 2) / pair.matches))
        else:
            rows += [(first, second, half / 2) for half, count in enumerate(pair.pairs or []) for _ in range(count)]
    if len(rows) > MOST_ROWS:
        kept = np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False)
        rows = [rows[index] for index in np.sort(kept)]
    columns = np.array(rows, np.float64).reshape(-1, 3)
    return columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2], np.full(len(rows), 2.0)


def _authors(standings: Sequence[Standing], fitted: Fit) -> list[dict[str, Any]]:
    names = [row.version.agent.author for row in standings]
    numbers = {name: index for index, name in enumerate(sorted(set(names)))}
    found = author_standings(fitted.ratings, fitted.covariance, [numbers[name] for name in names])
    by_number = {index: name for name, index in numbers.items()}
    return [
        {
            "author": by_number[each.author],
            "version": standings[each.version].version_id,
            "rating": MIDDLE + each.rating,
            "low": MIDDLE + each.low,
            "high": MIDDLE + each.high,
            "versions": each.versions,
        }
        for each in found
    ]
