"""Holds tournaments: begins editions that are due, queues what their formats ask for, and writes down who won."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from sparring.matches.tournaments import Pairing, same_pairing
from sparring.matches.tournaments.tables import Table
from sparring.site.accounts.models import User
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Version
from sparring.site.tournaments.models import Bout, Edition, Entry, Tournament
from sparring.site.tournaments.tallies import tally_of, write_means
from sparring.site.work.keep_alive import spared

MOST_OPEN = 4
"""Duels of one edition that wait or are played at a time: the ladders want to play on, too."""


def hold_tournaments() -> bool:
    """Begin and go on with whatever is due; whether anything changed. Workers call this; any number may."""
    begun = [tournament.begin() for tournament in Tournament.objects.due()]
    running = Edition.objects.filter(state=Edition.State.RUNNING).values_list("pk", flat=True)
    moved = [spared(f"edition {edition}", partial(advance, edition)) for edition in running]
    return any(moved) or any(edition is not None for edition in begun)


def advance(edition_id: int) -> bool:
    """Queue the pairings that are due and have no duel, or finish the edition; whether there was anything to do."""
    with transaction.atomic():
        rows = Edition.objects.select_for_update(skip_locked=True, of=("self",)).select_related("tournament__ladder")
        edition = rows.filter(pk=edition_id, state=Edition.State.RUNNING).first()
        if edition is None:
            return False
        waiting = list(edition.bouts.filter(duel__state__in=Duel.UNDECIDED).select_related("duel"))
        room = MOST_OPEN - sum(bout.duel.state != Duel.State.PARKED for bout in waiting)
        struck = edition.strike()
        settled = (edition.seats != 2 and _settle(edition, struck)) or struck
        if room <= 0:
            return settled
        pairings = edition.format().pairings(edition.results())
        if not pairings:
            _finish(edition)
            return True
        open_now = {same_pairing(bout) for bout in waiting}
        due = [each for each in pairings if same_pairing(each) not in open_now]
        for pairing in due[:room]:
            _queue(edition, pairing)
        return bool(due) or settled


def call_off(edition_id: int, by: User, why: str = "") -> bool:
    """End an edition before its time. What was played counts and stays to be seen; what was not is withdrawn.

    False where it does not go on.
    """
    with transaction.atomic():
        rows = Edition.objects.select_for_update(of=("self",)).select_related("tournament__ladder")
        edition = rows.filter(pk=edition_id, state=Edition.State.RUNNING).first()
        if edition is None:
            return False
        struck = edition.strike()
        if edition.seats != 2:
            _settle(edition, struck)
        edition.call_off(by, why)
        return True


def _settle(edition: Edition, struck: bool) -> bool:
    """Count what was decided at tables or alone, and write everybody's means; whether there was anything new."""
    decided = edition.bouts.filter(tally__isnull=True, struck=False).exclude(duel__state__in=Duel.UNDECIDED)
    fresh = list(decided.select_related("duel__ladder", "duel__first", "duel__second"))
    entries = {entry.seed: entry for entry in edition.entries.all()}
    for bout in fresh:
        bout.tally = tally_of(bout.duel, [entries[seed].version_id for seed in bout.players])
    Bout.objects.bulk_update(fresh, ["tally"])
    if fresh or struck:
        write_means(entries, edition.counted(), edition.seats)
        Entry.objects.bulk_update(entries.values(), ["mean", "low", "high", "deviation"])
    return bool(fresh)


def _queue(edition: Edition, pairing: Pairing | Table) -> None:
    entries = edition.entries.filter(seed__in=pairing.players).select_related("version__agent")
    by_seed = {entry.seed: entry.version for entry in entries}
    versions = [by_seed[seed] for seed in pairing.players]
    first, second = pairing.players[0], pairing.players[1] if len(versions) > 1 else None
    further = list(pairing.players[2:])
    same = edition.bouts.filter(round=pairing.round, game=pairing.game, first=first, second=second, further=further)
    nth = same.count() + 1
    seed = _common_seed(edition, pairing.round) if len(versions) == 1 else None
    duel = _played_before(edition, versions, seed)
    Bout.objects.create(
        edition=edition,
        duel=duel or _new_duel(edition, versions, seed, f"{edition}: {pairing.reason}"[:300]),
        round=pairing.round,
        game=pairing.game,
        first=first,
        second=second,
        further=further,
        nth=nth,
        reason=pairing.reason,
        turned=duel is not None and duel.first_id != versions[0].pk,
        reused=duel is not None,
    )


def _new_duel(edition: Edition, versions: list[Version], seed: int | None, reason: str) -> Duel:
    """A duel or a table counts on the ladder, too; who plays alone has other seeds than there, and it does not."""
    duel = Duel.objects.queue_table(edition.tournament.ladder, versions, edition.tournament.matches, reason)
    if seed is not None:
        duel.seed, duel.rated = seed, False
        duel.save(update_fields=["seed", "rated"])
    return duel


def _common_seed(edition: Edition, number: int) -> int:
    """What everybody plays alone in a round: the same in all editions, so that nobody has to play it again."""
    bouts = Bout.objects.filter(edition__tournament=edition.tournament, round=number).select_related("duel")
    earlier = bouts.order_by("pk").first()
    return secrets.randbits(62) if earlier is None else earlier.duel.seed


def _played_before(edition: Edition, versions: Sequence[Version], seed: int | None) -> Duel | None:
    """A duel of an earlier edition between the same versions, as long as one of this one, and not counted yet."""
    keys = [version.pk for version in versions]
    who = Q(first=keys[0], second=None, seed=seed) if len(keys) == 1 else Q(first__in=keys, second__in=keys)
    earlier = Duel.objects.filter(who, state=Duel.State.DONE, bouts__edition__tournament=edition.tournament)
    good = earlier.filter(matches=edition.tournament.matches).exclude(bouts__bad__gt=0)
    fresh = good.exclude(bouts__edition=edition).order_by("pk")
    if len(keys) <= 2:
        return fresh.first()
    rows = fresh.select_related("ladder", "first", "second").prefetch_related("further__version").distinct()
    return next((duel for duel in rows if {version.pk for version in duel.versions} == set(keys)), None)


def _finish(edition: Edition) -> None:
    entries = {entry.seed: entry for entry in edition.entries.all()}
    for place in edition.format().ranking(edition.results()):
        entry = entries[place.entry]
        entry.place, entry.score = place.place, place.score
    Entry.objects.bulk_update(entries.values(), ["place", "score"])
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.DONE, finished=Now())
