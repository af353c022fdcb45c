"""What the matches of a table, or of one who plays alone, brought: seed by seed, for results and intervals.

A tally is a list of seeds. At a table each has the points of everybody, in the bout's order, over the matches in which
all had each seat once; alone it has the return, or None where the host spoiled it.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from sparring.matches.tournaments.tables import TableResult, place_points
from sparring.site.matches.models import Duel, Match
from sparring.site.submissions.models import Version

if TYPE_CHECKING:
    from sparring.site.tournaments.models import Bout, Entry

Tally: TypeAlias = list[list[float | None]]
LEVEL = 0.95
GIVEN_UP = Duel.State.FAILED


def tally_of(duel: Duel, versions: Sequence[int]) -> Tally:
    """Of a decided duel; ``versions`` are the keys of who played, in the bout's order.

    A duel that could not be played puts those last who were withdrawn for it; where nobody was, all are equal.
    """
    rows = duel.match_rows.filter(index__lt=duel.matches, complaint="").exclude(result=Match.Result.VOID)
    rows = rows.defer("record").prefetch_related("further").order_by("index")
    scores = {match.index: _by_version(match) for match in rows}
    if len(versions) == 1:
        found = [scores[index].get(versions[0]) if index in scores else None for index in range(duel.matches)]
        return [[value] for value in found] if scores else []
    rounds = defaultdict(list)
    for index, score in scores.items():
        rounds[index // len(versions)].append(place_points([score[version] for version in versions]))
    whole = [matches for matches in rounds.values() if len(matches) == len(versions)]
    tally: Tally = [list(means(matches)) for matches in whole]
    if tally:
        return tally
    gone = {version.pk for version in duel.versions if version.state == Version.State.FAILED}
    return [list(place_points([float(version not in gone) for version in versions]))]


def table_results(bouts: Iterable[Bout], seats: int) -> list[TableResult]:
    """The results of bouts that have a tally, in their order."""
    rows = list(bouts)
    if seats > 1:
        return [
            TableResult(bout.round, bout.players, means(bout.tally or []), bout.game, bout.duel.state == GIVEN_UP)
            for bout in rows
        ]
    common = _common_seeds(rows)
    return [
        TableResult(bout.round, bout.players, means([bout.tally[seed] for seed in common[bout.round]]), bout.game)
        if bout.tally
        else TableResult(bout.round, bout.players, (), bout.game)
        for bout in rows
    ]


def write_means(entries: Mapping[int, Entry], bouts: Iterable[Bout], seats: int) -> None:
    """Set everybody's mean place, or mean return with its deviation, and the 95% interval; nothing is saved.

    There is an interval as soon as two seeds have brought different things.
    """
    from sparring.ratings.returns import mean_returns  # only here: it brings SciPy along, which the pages don't need

    samples = _samples(list(bouts), seats)
    for seed, entry in entries.items():
        values = samples.get(seed, [])
        entry.mean = entry.low = entry.high = entry.deviation = None
        if not values:
            continue
        fitted = mean_returns([values])
        entry.mean = float(fitted.ratings[0])
        if max(values) - min(values) > 1e-9:  # what never varied doesn't say how far off it is
            low, high = (float(end) for end in fitted.intervals(LEVEL)[0])
            entry.low, entry.high = (low, high) if seats == 1 else (max(1.0, low), min(float(seats), high))
        if seats == 1 and len(values) > 1:
            entry.deviation = statistics.stdev(values)


def _samples(bouts: list[Bout], seats: int) -> dict[int, list[float]]:
    """For each entry what its seeds brought: its mean place on each, or its returns on those that all have played."""
    found: dict[int, list[float]] = defaultdict(list)
    common = _common_seeds(bouts) if seats == 1 else {}
    for bout in bouts:
        tally = bout.tally or []
        chosen = [tally[seed] for seed in common[bout.round]] if seats == 1 and tally else tally
        for values in chosen:
            for seed, value in zip(bout.players, values, strict=True):
                found[seed].append(value if seats == 1 else seats - value * (seats - 1))
    return found


def _common_seeds(bouts: Iterable[Bout]) -> dict[int, list[int]]:
    """By round: the seeds that nobody who has played there lacks, so that all are compared by the same."""
    common: dict[int, set[int]] = {}
    for bout in bouts:
        if bout.tally:
            own = {seed for seed, (value,) in enumerate(bout.tally) if value is not None}
            common[bout.round] = common.get(bout.round, own) & own
    return {number: sorted(seeds) for number, seeds in common.items()}


def means(tally: Iterable[Sequence[float]]) -> tuple[float, ...]:
    """Of each player over all seeds, or matches; empty where there are none."""
    return tuple(statistics.fmean(values) for values in zip(*tally, strict=True))


def _by_version(match: Match) -> dict[int, float]:
    seats = [match.by_first_seat_id, match.by_second_seat_id, *(seat.version_id for seat in match.further.all())]
    return {version: score for version, score in zip(seats, match.scores, strict=False) if version is not None}
