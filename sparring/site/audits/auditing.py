"""Look at stored matches, and take out of the ratings what does not come out as it was recorded.

What a bad match has brought is taken back from everything that is counted in whole numbers: the duel, both standings,
the results of the pair, the ladder, whose ratings are then fitted anew. The online ratings are computed anew from the
matches that are left, and the tournaments that count the duel are told.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import transaction
from django.db.models import F

from sparring.errors import SparringError
from sparring.matches import MatchRecord
from sparring.matches.auditing import complaints
from sparring.site.audits.models import Audit
from sparring.site.audits.skills import skills_without
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches import seats
from sparring.site.matches.models import Duel, Match
from sparring.site.tournaments.models import Bout
from sparring.site.work.keep_alive import held

log = logging.getLogger(__name__)
SHARE = 0.05


class Auditor:
    """Audits for at most a twentieth of a worker's time."""

    def __init__(self) -> None:
        self._next = 0.0

    def audit(self, owner: str, stop: threading.Event) -> bool:
        """Whether there was anything to look at."""
        if time.monotonic() < self._next:
            return False
        began = time.monotonic()
        Audit.objects.queue_due()
        leased = Audit.objects.lease(owner)
        if leased is not None:
            run_leased_audit(leased, stop)
        took = time.monotonic() - began
        self._next = began + took / SHARE
        return leased is not None


def run_leased_audit(audit: Audit, stop: threading.Event) -> None:
    """Look at the matches of ``audit``, which this worker has leased."""
    attempt = audit.attempt
    with held(audit, stop) as lease:
        matches = audit.chosen()
        found = zip(matches, examine(matches), strict=True)
        bad = [(match, complaint) for match, complaint in found if complaint]
        skills = skills_without([match for match, _ in bad], lease.check)
        lease.check()
        with transaction.atomic():
            audit.finish(attempt)
            condemned = sum(condemn(match, complaint) for match, complaint in bad)
            for each in skills:
                each.write()
            audit.note(matches)
            Audit.objects.filter(pk=audit.pk).update(matches=len(matches), bad=condemned)


def examine(matches: list[Match]) -> list[str]:
    """What is wrong with each match; empty for those that are as they should be."""
    found = [""] * len(matches)
    records: dict[int, MatchRecord] = {}
    for index, match in enumerate(matches):
        try:
            records[index] = match.decoded()
        except SparringError as error:
            found[index] = str(error)
            continue
        found[index] = _difference(match, records[index])
    for index, complaint in zip(records, complaints(list(records.values())), strict=True):
        found[index] = found[index] or complaint
    return found


def _difference(match: Match, record: MatchRecord) -> str:
    """Where the columns of a match, from which pages and counts are made, tell something else than its record."""
    fault_seat = record.fault.seat if record.fault else None
    told = {
        "game": (match.ladder.game, record.game),
        "result": (match.result, record.result),
        "winner": (match.winner_seat, record.winner),
        "guilty seat": (match.fault_seat, fault_seat),
        "first player": (match.first_player, record.first_player),
        "plies": (match.plies, record.plies),
    }
    for what, (shown, recorded) in told.items():
        if shown != recorded:
            return f"Shown as {what} is {shown}, recorded is {recorded}."
    return ""


def condemn(match: Match, complaint: str) -> bool:
    """Mark a match as bad and take it out of the ratings. False when it has been so before."""
    with transaction.atomic():
        if not Match.objects.filter(pk=match.pk, complaint="").update(complaint=complaint[:400]):
            return False
        log.error("match %s failed its audit and counts no more: %s", match.pk, complaint)
        if match.result != Match.Result.VOID:
            _take_from_duel(match)
            Bout.objects.filter(duel_id=match.duel_id).update(bad=F("bad") + 1)
            if match.duel.rated and match.created < match.ladder.season_began:
                log.warning("match %s is of a past season, whose table stays as it was", match.pk)
            elif match.duel.rated and match.ladder.seats != 2:
                Ladder.objects.filter(pk=match.ladder_id).update(matches=F("matches") - 1, fitted_matches=0)
                seats.take_back(match)
            elif match.duel.rated:
                _take_from_ladder(match)
        match.ladder.touch()
    return True


def _take_from_duel(match: Match) -> None:
    guilty, points = _guilty(match), match.points_of_first
    fields = [f"faults_{name}" for player, name in enumerate(("first", "second")) if player in guilty]
    if not guilty and points is not None:
        fields = [{1.0: "wins_first", 0.0: "wins_second", 0.5: "draws"}[points]]
    _take(Duel.objects.filter(pk=match.duel_id), fields)


def _take_from_ladder(match: Match) -> None:
    """The ladder's row is locked before its standings, as everywhere."""
    Ladder.objects.filter(pk=match.ladder_id).update(matches=F("matches") - 1, fitted_matches=0)
    points, guilty = match.points_of_first, _guilty(match)
    for player, version in enumerate(match.duel.pair):
        fields = ["matches"]
        if player in guilty:
            fields.append("faults")
        elif guilty or points == 1.0 - player:
            fields.append("wins")
        else:
            fields.append("draws" if points == 0.5 else "losses")
        _take(Standing.objects.filter(ladder_id=match.ladder_id, version_id=version), fields)
    if points is not None:
        _take_from_pair(match, points)


def _take_from_pair(match: Match, points: float) -> None:
    low, high = sorted(match.duel.pair)
    rows = PairResult.objects.select_for_update().filter(ladder_id=match.ladder_id, first_id=low, second_id=high)
    pair = rows.get()
    twin = Match.objects.filter(duel_id=match.duel_id, index=match.index ^ 1, complaint="").first()
    both = None if twin is None else twin.points_of_first
    mine = points if low == match.duel.first_id else 1.0 - points
    name = {1.0: "wins", 0.5: "draws", 0.0: "losses"}[mine]
    setattr(pair, name, max(0, getattr(pair, name) - 1))
    if both is not None:
        taken = mine + (both if low == match.duel.first_id else 1.0 - both)
        pair.pairs[round(2 * taken)] = max(0, pair.pairs[round(2 * taken)] - 1)
    pair.save()


def _take(rows: object, fields: list[str]) -> None:
    for name in fields:
        rows.filter(**{f"{name}__gt": 0}).update(**{name: F(name) - 1})  # type: ignore[attr-defined]


def _guilty(match: Match) -> list[int]:
    """Which of the duel's players ended the match by a fault, as its columns say, from which everything was counted."""
    if match.result != Match.Result.FAULT:
        return []
    return [0, 1] if match.fault_seat is None else [match.player_at(match.fault_seat)]
