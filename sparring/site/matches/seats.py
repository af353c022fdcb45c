"""What follows from matches of other numbers of seats than two: returns of who plays alone, places at a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from django.db.models import F
from django.utils import timezone
from numpy.typing import NDArray

from sparring.matches import MatchRecord
from sparring.matches.table import places
from sparring.ratings import Skill, update
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel, Match, MatchSeat

COUNTED = ["mu", "sigma", "wins", "draws", "losses", "faults", "matches", "place_sum", "returns", "last_match"]


MOST_ROUNDS = 400
"""So many of the latest rounds tell how much results vary."""


class TableRounds(NamedTuple):
    """Rounds of one seed at tables, in which everybody had each seat once."""

    players: NDArray[np.int64]
    """int64 [R, S]."""
    taken: NDArray[np.float64]
    """float64 [R, S]: whom they came before, over the matches of a round; equals count a half."""


def latest_rounds(ladder: Ladder, number: Mapping[int, int]) -> TableRounds | None:
    """The latest whole rounds of a ladder, the players by their ``number``; None where two play, or one alone."""
    if ladder.seats <= 2:
        return None
    counted = Match.objects.filter(ladder=ladder, duel__rated=True, complaint="").exclude(result=Match.Result.VOID)
    columns = ("pk", "duel_id", "index", "scores", "by_first_seat_id", "by_second_seat_id")
    rows = list(counted.order_by("-pk").values_list(*columns)[: MOST_ROUNDS * ladder.seats])
    further: dict[int, list[int]] = defaultdict(list)
    for match, version in MatchSeat.objects.filter(match__in=[row[0] for row in rows]).values_list("match", "version"):
        further[match].append(version)
    rounds: dict[tuple[int, int], list[dict[int, float]]] = defaultdict(list)
    for key, duel, index, scores, first, second in rows:
        by_version = zip([first, second, *further[key]], scores, strict=True)
        rounds[duel, index // ladder.seats].append({number[version]: score for version, score in by_version})
    whole = [(sorted(each[0]), each) for each in rounds.values() if len(each) == ladder.seats]
    players = np.array([who for who, _ in whole], np.int64).reshape(-1, ladder.seats)
    scores_by_player = [[[match[player] for player in who] for match in each] for who, each in whole]
    scores = np.array(scores_by_player, np.float64).reshape(-1, ladder.seats, ladder.seats)
    ahead = np.sign(scores[:, :, :, None] - scores[:, :, None, :])
    return TableRounds(players, (ahead.sum(axis=3) / 2 + (ladder.seats - 1) / 2).sum(axis=1))


def standings_of(duel: Duel) -> list[Standing]:
    """Those of the duel's players, in its order, locked."""
    rows = Standing.objects.select_for_update().filter(ladder_id=duel.ladder_id, version__in=duel.versions)
    found = {row.version_id: row for row in rows.order_by("pk")}
    return [found[version.pk] for version in duel.versions]


def count_returns(standing: Standing, records: Sequence[MatchRecord]) -> None:
    """Within a transaction: add what one player got from its seeds, in their order.

    Where the host has spoiled one for good nothing counts, and the block is played another time.
    """
    if any(record.result == "void" for record in records):
        return
    standing.returns = [*standing.returns, *(record.scores[0] for record in records)]
    standing.faults += sum(record.fault is not None for record in records)
    standing.matches += len(records)
    standing.last_match = timezone.now()
    standing.save(update_fields=COUNTED)


def count_table(standings: Sequence[Standing], records: Sequence[MatchRecord]) -> None:
    """Within a transaction: add everybody's places, and update the online ratings after each match."""
    counted = [record for record in records if record.result != "void"]
    for record in counted:
        scores = by_player(record)
        guilty = guilty_players(record)
        skills = update([Skill(row.mu, row.sigma) for row in standings], scores, drift=0.0)
        for player, (row, skill, place) in enumerate(zip(standings, skills, places(scores), strict=True)):
            row.mu, row.sigma = skill
            row.place_sum += place
            row.faults += player in guilty
            row.wins += player not in guilty and place == 1.0
            row.draws += player not in guilty and place > 1.0 and scores[player] == max(scores)
            row.losses += player not in guilty and scores[player] < max(scores)
    for row in standings:
        row.matches += len(counted)
        row.last_match = timezone.now()
        row.save(update_fields=COUNTED)


def count_pairs(duel: Duel, records: Sequence[MatchRecord]) -> None:
    """Within a transaction: each two at the table have met; who has more has won (full rank-breaking)."""
    keys = [version.pk for version in duel.versions]
    for one, other in combinations(sorted(range(len(keys)), key=lambda player: keys[player]), 2):
        pair, _ = PairResult.objects.select_for_update().get_or_create(
            ladder_id=duel.ladder_id, first_id=keys[one], second_id=keys[other]
        )
        scores = [by_player(record) for record in records if record.result != "void"]
        pair.wins += sum(score[one] > score[other] for score in scores)
        pair.draws += sum(score[one] == score[other] for score in scores)
        pair.losses += sum(score[one] < score[other] for score in scores)
        pair.courses = ["", "a", "b"]  # who sat where takes more courses than two: nothing is taken for a repeat
        pair.updated = timezone.now()
        pair.save()


def take_back(match: Match) -> None:
    """Within a transaction: take a match that proved bad out of standings and results."""
    if len(match.players) == 1:
        row = Standing.objects.select_for_update().get(ladder=match.ladder_id, version=match.by_first_seat_id)
        kept = (match.duel.seed - 1) * match.duel.matches
        Standing.objects.filter(pk=row.pk).update(returns=row.returns[:kept], matches=len(row.returns[:kept]))
        return
    best, taken = max(match.scores), places(match.scores)
    for version, score, place in zip(match.players, match.scores, taken, strict=True):
        row = Standing.objects.select_for_update().get(ladder=match.ladder_id, version=version)
        guilty = match.result == Match.Result.FAULT and match.fault_seat in (None, match.players.index(version))
        name = "faults" if guilty else "losses" if score < best else "wins" if place == 1.0 else "draws"
        setattr(row, name, max(0, getattr(row, name) - 1))
        row.matches, row.place_sum = max(0, row.matches - 1), max(0.0, row.place_sum - place)
        row.save(update_fields=[name, "matches", "place_sum"])
    for one, other in combinations(sorted(range(len(taken)), key=lambda seat: match.players[seat].pk), 2):
        ahead = match.scores[one] - match.scores[other]
        name = "wins" if ahead > 0 else "losses" if ahead < 0 else "draws"
        rows = PairResult.objects.filter(first=match.players[one], second=match.players[other], ladder=match.ladder_id)
        rows.filter(**{f"{name}__gt": 0}).update(**{name: F(name) - 1})


def by_player(record: MatchRecord) -> list[float]:
    """Scores in the order of the duel's players."""
    scores = [0.0] * len(record.scores)
    for seat, score in enumerate(record.scores):
        scores[record.player_at(seat)] = score
    return scores


def guilty_players(record: MatchRecord) -> list[int]:
    """Which of the duel's players ended the match by a fault."""
    if record.fault is None:
        return []
    if record.fault.seat is None:
        return list(range(len(record.players)))
    return [record.player_at(record.fault.seat)]
