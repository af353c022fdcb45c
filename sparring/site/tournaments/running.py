"""Holds tournaments: begins editions that are due, queues what their formats ask for, and writes down who won."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from sparring.matches.tournaments import Pairing
from sparring.site.matches.models import Duel
from sparring.site.tournaments.models import Bout, Edition, Entry, Tournament

MOST_OPEN = 4
"""Duels of one edition that wait or are played at a time: the ladders want to play on, too."""


def hold_tournaments() -> bool:
    """Begin and go on with whatever is due; whether anything changed. Workers call this; any number may."""
    begun = [tournament.begin() for tournament in Tournament.objects.due()]
    running = Edition.objects.filter(state=Edition.State.RUNNING).values_list("pk", flat=True)
    moved = [advance(edition) for edition in running]
    return any(moved) or any(edition is not None for edition in begun)


def advance(edition_id: int) -> bool:
    """Queue the pairings that are due and have no duel, or finish the edition; whether there was anything to do."""
    with transaction.atomic():
        rows = Edition.objects.select_for_update(skip_locked=True, of=("self",)).select_related("tournament__ladder")
        edition = rows.filter(pk=edition_id, state=Edition.State.RUNNING).first()
        if edition is None:
            return False
        waiting = edition.bouts.filter(duel__state__in=Duel.UNDECIDED)
        open_now = {(bout.round, bout.game, bout.first, bout.second) for bout in waiting}
        if len(open_now) >= MOST_OPEN:
            return False
        pairings = edition.format().pairings(edition.results())
        if not pairings:
            _finish(edition)
            return True
        due = [each for each in pairings if (each.round, each.game, each.first, each.second) not in open_now]
        for pairing in due[: MOST_OPEN - len(open_now)]:
            _queue(edition, pairing)
        return bool(due)


def _queue(edition: Edition, pairing: Pairing) -> None:
    tournament = edition.tournament
    entries = edition.entries.filter(seed__in=(pairing.first, pairing.second)).select_related("version__agent")
    by_seed = {entry.seed: entry.version for entry in entries}
    first, second = by_seed[pairing.first], by_seed[pairing.second]
    same = edition.bouts.filter(round=pairing.round, game=pairing.game, first=pairing.first, second=pairing.second)
    nth = same.count() + 1
    duel = _played_before(edition, first.pk, second.pk)
    reason = f"{edition}: {pairing.reason}"[:300]
    Bout.objects.create(
        edition=edition,
        duel=duel or Duel.objects.queue(tournament.ladder, first, second, tournament.matches, reason),
        round=pairing.round,
        game=pairing.game,
        first=pairing.first,
        second=pairing.second,
        nth=nth,
        reason=pairing.reason,
        turned=duel is not None and duel.first_id != first.pk,
        reused=duel is not None,
    )


def _played_before(edition: Edition, first: int, second: int) -> Duel | None:
    """A duel of an earlier edition between the same versions, as long as one of this one, and not counted yet."""
    either = Q(first=first, second=second) | Q(first=second, second=first)
    earlier = Duel.objects.filter(either, state=Duel.State.DONE, bouts__edition__tournament=edition.tournament)
    fresh = earlier.filter(matches=edition.tournament.matches).exclude(bouts__edition=edition)
    return fresh.order_by("pk").first()


def _finish(edition: Edition) -> None:
    entries = {entry.seed: entry for entry in edition.entries.all()}
    for place in edition.format().ranking(edition.results()):
        entry = entries[place.entry]
        entry.place, entry.score = place.place, place.score
    Entry.objects.bulk_update(entries.values(), ["place", "score"])
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.DONE, finished=Now())
