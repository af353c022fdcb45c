"""The part of the API that tells of tournaments and their editions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from sparring.errors import SparringError
from sparring.site.accounts.requests import TokenRequest
from sparring.site.api.schemas import Problem, VersionDocument
from sparring.site.api.tokens import Token
from sparring.site.tournaments.models import MOST_WORDS, Bout, Edition, Entry, Tournament
from sparring.site.tournaments.running import call_off

router = Router(tags=["tournaments"])


class TournamentDocument(Schema):
    slug: str
    title: str
    ladder: str
    kind: str
    settings: dict[str, Any]
    matches: int = Field(description="Of each duel.")
    editions: int = Field(description="How many have begun; they are numbered from 1.")

    @classmethod
    def of(cls, found: Tournament) -> Self:
        known = {name: getattr(found, name) for name in ("slug", "title", "kind", "settings", "matches")}
        return cls(ladder=found.ladder.slug, editions=found.editions.count(), **known)


class EntryDocument(Schema):
    version: VersionDocument
    seed: int = Field(description="From 1, the strongest of the ladder when the edition began.")
    place: int | None = Field(description="Once the edition is over.")
    mean: float | None = Field(description="At tables the mean place, alone the mean return; none in games for two.")
    low: float | None = Field(description="Of its 95% interval.")
    high: float | None

    @classmethod
    def of(cls, entry: Entry, over: bool) -> Self:
        means = {name: getattr(entry, name) for name in ("mean", "low", "high")}
        place = entry.place if over else None
        return cls(version=VersionDocument.of(entry.version), seed=entry.seed + 1, place=place, **means)


class BoutDocument(Schema):
    round: int
    seeds: list[int]
    duel: int
    reason: str
    counts: bool = Field(description="False where matches of it failed their audit, or it was withdrawn unplayed.")

    @classmethod
    def of(cls, bout: Bout) -> Self:
        seeds = [seed + 1 for seed in bout.players]
        return cls(round=bout.round, seeds=seeds, duel=bout.duel_id, reason=bout.reason, counts=not bout.struck)


class EditionDocument(Schema):
    number: int
    state: str = Field(description="running, done or called off.")
    started: datetime
    finished: datetime | None
    called_off_by: str | None = Field(description="Whoever called it off, when it finished.")
    called_off_because: str
    entries: list[EntryDocument] = Field(description="By their places, or while it goes on by their seeds.")
    bouts: list[BoutDocument] = Field(description="In the order in which they were paired.")

    @classmethod
    def of(cls, edition: Edition) -> Self:
        over = edition.state == Edition.State.DONE
        rows = edition.entries.select_related("version__agent__owner").defer("version__log", "version__metrics")
        entries = [EntryDocument.of(entry, over) for entry in rows.order_by(*(["place"] if over else []), "seed")]
        bouts = [BoutDocument.of(bout) for bout in edition.bouts.order_by("pk")]
        names = ("number", "state", "started", "finished", "called_off_because")
        by = edition.called_off_by.username if edition.called_off_by else None
        known = {name: getattr(edition, name) for name in names}
        return cls(entries=entries, bouts=bouts, called_off_by=by, **known)


class CallingOff(Schema):
    why: str = Field("", max_length=MOST_WORDS, description="For all to read.")


@router.get("/tournaments", response=list[TournamentDocument], summary="All tournaments")
def tournaments(request: HttpRequest) -> Any:
    return [TournamentDocument.of(found) for found in Tournament.objects.select_related("ladder")]


@router.get(
    "/tournaments/{slug}/{number}",
    response={200: EditionDocument, 404: Problem},
    summary="One edition: who has entered, where they came in, and all its duels",
)
def edition(request: HttpRequest, slug: str, number: int) -> Any:
    return EditionDocument.of(_edition(slug, number))


@router.post(
    "/tournaments/{slug}/{number}/call-off",
    auth=Token(),
    response={200: EditionDocument, 400: Problem, 401: Problem, 403: Problem, 404: Problem},
    summary="Call an edition off, as the organiser: what is not played is withdrawn, the rest stays",
)
def call_edition_off(request: TokenRequest, slug: str, number: int, asked: CallingOff) -> Any:
    if not request.auth.is_superuser:
        raise HttpError(403, "An edition is called off by the organiser, with a token of theirs.")
    found = _edition(slug, number)
    if not call_off(found.pk, request.auth, asked.why.strip()):
        raise SparringError(f"{found} can't be called off: it is over.")
    return EditionDocument.of(_edition(slug, number))


def _edition(slug: str, number: int) -> Edition:
    found = Edition.objects.filter(tournament__slug=slug, number=number).select_related("called_off_by").first()
    if found is None:
        known = ", ".join(Tournament.objects.values_list("slug", flat=True)) or "none yet"
        raise Http404(f"There is no edition {number} of a tournament '{slug}'. Tournaments: {known}.")
    return found
