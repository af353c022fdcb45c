"""The ledger of matchmaking: what was known when two were paired, from which the choice can be made again."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

import msgpack

from sparring.errors import SparringError
from sparring.matches import matchmaking
from sparring.matches.matchmaking import METHOD, Field, Meetings
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel, LedgerEntry
from sparring.site.submissions.models import Version


class Replayed(NamedTuple):
    """An entry, and what the same question is answered today."""

    entry: LedgerEntry
    versions: tuple[int, ...]
    matches: int
    reason: str

    @property
    def same(self) -> bool:
        """Whether the same versions are paired, for as many matches, for the same reason."""
        duel = self.entry.duel
        kept = tuple(version.pk for version in duel.versions)
        return (kept, duel.matches, duel.reason) == (self.versions, self.matches, self.reason)


def write(duel: Duel, field: Field, meetings: Meetings, seed: int) -> LedgerEntry:
    """Keep what ``duel`` was chosen from. Within the transaction that queues it."""
    packed = zlib.compress(msgpack.packb(matchmaking.to_document(field, meetings)), 6)
    return LedgerEntry.objects.create(duel=duel, ladder_id=duel.ladder_id, method=METHOD, seed=seed, inputs=packed)


def replay(entry: LedgerEntry) -> Replayed:
    """Ask matchmaking again. Raises SparringError for a damaged entry, or one of another method."""
    if entry.method != METHOD:
        raise SparringError(
            f"Pairing {entry.pk} was made by method {entry.method} of matchmaking; this Sparring has {METHOD}."
        )
    try:
        field, meetings = matchmaking.from_document(msgpack.unpackb(zlib.decompress(entry.inputs)))
    except (zlib.error, ValueError, KeyError, TypeError, msgpack.UnpackException) as error:
        raise SparringError(f"The ledger's entry {entry.pk} is damaged ({error}).") from error
    choice = matchmaking.choose(field, meetings, entry.seed, entry.duel.ladder.seats)
    if choice is None:
        return Replayed(entry, (), 0, "")
    names = {version.pk: version.label for version in Version.objects.filter(pk__in=_few(field, choice.rows))}
    labels = [names.get(key, "") for key in field.versions.tolist()]
    versions = tuple(int(field.versions[row]) for row in choice.rows)
    return Replayed(entry, versions, choice.matches, matchmaking.explain(field, choice, labels))


def replay_all(ladder: Ladder) -> Iterator[Replayed]:
    """Every pairing of a ladder, in the order in which they were made."""
    entries = LedgerEntry.objects.filter(ladder=ladder).select_related("duel__ladder", "duel__first", "duel__second")
    for entry in entries.order_by("pk").iterator(200):
        yield replay(entry)


def _few(field: Field, rows: tuple[int, ...]) -> list[int]:
    return [int(field.versions[row]) for row in rows]
