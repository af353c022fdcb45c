"""The part of the API that tells how agents meet: duels and challenges."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status

from sparring.errors import SparringError
from sparring.site.accounts.requests import TokenRequest
from sparring.site.analysis.models import Analysis
from sparring.site.analysis.views import with_versions
from sparring.site.api.asking import Paging, known_ladder
from sparring.site.api.competition_schemas import (
    AnalysisDocument,
    AuthorDocument,
    SeasonDocument,
    SeasonRowDocument,
)
from sparring.site.api.problems import sentences
from sparring.site.api.schemas import DuelDocument, Problem
from sparring.site.api.tokens import Token
from sparring.site.matches.challenges import MATCHES, ChallengeForm, challenge
from sparring.site.matches.models import Duel, LedgerEntry
from sparring.site.seasons.models import Season
from sparring.site.seasons.views import rows_of, season_of

router = Router()


class Challenge(Schema):
    ladder: str
    first: str
    second: str
    matches: int = MATCHES[1]


@router.get("/duels/{pk}", response={200: DuelDocument, 404: Problem}, tags=["matches"], summary="One duel")
def duel(request: HttpRequest, pk: int) -> Any:
    found = Duel.objects.shown().filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no duel {pk}.")
    return DuelDocument.of(found)


@router.get(
    "/ladders/{slug}/pairings",
    response={200: list[DuelDocument], 404: Problem},
    tags=["ladders"],
    summary="The pairings that matchmaking made, the latest first, each with its reason",
)
def pairings(request: HttpRequest, slug: str, paging: Query[Paging]) -> Any:
    rows = LedgerEntry.objects.of_ladder(known_ladder(slug)).select_related("duel__ladder")
    return [DuelDocument.of(entry.duel) for entry in rows[paging.offset : paging.offset + paging.limit]]


@router.get(
    "/ladders/{slug}/analysis",
    response={200: AnalysisDocument, 404: Problem},
    tags=["ladders"],
    summary="Nash averaging, alpha-rank, and the cyclic part of the strongest agents",
)
def analysis(request: HttpRequest, slug: str) -> Any:
    found = Analysis.objects.filter(ladder=known_ladder(slug)).first()
    if found is None:
        raise Http404(f"The ladder '{slug}' has too few matches to be analysed yet.")
    return AnalysisDocument.of(found)


@router.get(
    "/ladders/{slug}/authors",
    response={200: list[AuthorDocument], 404: Problem},
    tags=["ladders"],
    summary="Authors by the best of their work, without the luck of having tried often",
)
def authors(request: HttpRequest, slug: str) -> Any:
    found = Analysis.objects.filter(ladder=known_ladder(slug)).first()
    return [AuthorDocument.of(row) for row in with_versions(found.authors if found else [])]


@router.get(
    "/ladders/{slug}/seasons",
    response={200: list[SeasonDocument], 404: Problem},
    tags=["ladders"],
    summary="Seasons of a ladder that are over, the latest first",
)
def seasons(request: HttpRequest, slug: str) -> Any:
    return list(Season.objects.filter(ladder=known_ladder(slug)))


@router.get(
    "/ladders/{slug}/seasons/{number}",
    response={200: list[SeasonRowDocument], 404: Problem},
    tags=["ladders"],
    summary="The final table of a season",
)
def season(request: HttpRequest, slug: str, number: int, paging: Query[Paging]) -> Any:
    rows = rows_of(season_of(known_ladder(slug).slug, number))
    return [SeasonRowDocument.of(row) for row in rows[paging.offset : paging.offset + paging.limit]]


@router.post(
    "/challenges",
    auth=Token(),
    response={201: DuelDocument, 400: Problem, 401: Problem},
    tags=["matches"],
    summary="Let two agents of a ladder meet, unrated",
)
def challenge_two(request: TokenRequest, asked: Challenge) -> Any:
    form = ChallengeForm({**asked.dict(exclude={"matches"}), "count": asked.matches})
    if not form.is_valid():
        raise SparringError(sentences(form))
    fields = form.cleaned_data
    queued = challenge(request.auth, fields["ladder"], (fields["first"], fields["second"]), fields["count"])
    return Status(201, DuelDocument.of(queued))
