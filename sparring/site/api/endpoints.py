"""The JSON API: what the pages show, for programs; and submitting with a token."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Form, NinjaAPI, Path, Query, Schema, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.files import UploadedFile
from pydantic import Field

from sparring.engine import game_names, load_game
from sparring.errors import SparringError, UnknownName
from sparring.site.accounts.requests import TokenRequest
from sparring.site.api.asking import Paging, known_ladder
from sparring.site.api.competition import router as competition
from sparring.site.api.problems import problem, sentences
from sparring.site.api.schemas import (
    AgentDocument,
    FrameDocument,
    GameDocument,
    LadderDocument,
    MatchDocument,
    OwnVersionDocument,
    Problem,
    ReplayDocument,
    StandingDocument,
)
from sparring.site.api.tokens import Token
from sparring.site.api.tournaments import router as tournaments
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.frames import ending, frames
from sparring.site.matches.models import MOST_LISTED, Match
from sparring.site.matches.views import MatchFilter, record_file
from sparring.site.submissions.forms import SubmissionForm
from sparring.site.submissions.models import Agent, Version

log = logging.getLogger(__name__)

api = NinjaAPI(
    title="Sparring",
    version="1",
    description="Games, ladders, agents and matches of this arena. Errors are problem documents (RFC 9457).",
    docs_url="/",
    openapi_url="/openapi.json",
)
api.add_router("", competition)
api.add_router("", tournaments)
NOT_FOUND = {404: Problem}


class MatchQuery(Schema):
    ladder: str = ""
    agent: str = Field("", description="An agent's name.")
    result: str = Field("", description="win, draw, fault or void.")
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=MOST_LISTED)


class Submission(Schema):
    game: str
    name: str
    model: str = Field("", description="A model of the arena's registry, in place of a file.")
    public: bool = Field(False, description="Publish its files once it is on the ladder.")


@api.get("/games", response=list[GameDocument], tags=["games"], summary="Every game that is installed")
def games(request: HttpRequest) -> Any:
    found = []
    for name in game_names():
        try:
            found.append(GameDocument.of(load_game(name, compiled=False)))
        except SparringError as error:
            log.warning("%s is left out: %s", name, error)
    return found


@api.get("/games/{name}", response={200: GameDocument, **NOT_FOUND}, tags=["games"], summary="One game")
def game(request: HttpRequest, name: str) -> Any:
    return GameDocument.of(load_game(name, compiled=False))


@api.get("/ladders", response=list[LadderDocument], tags=["ladders"], summary="Every ladder")
def ladders(request: HttpRequest) -> Any:
    return [LadderDocument.of(ladder) for ladder in Ladder.objects.all()]


@api.get(
    "/ladders/{slug}/standings",
    response={200: list[StandingDocument], **NOT_FOUND},
    tags=["ladders"],
    summary="The rows of a ladder, strongest first",
)
def standings(request: HttpRequest, slug: str, paging: Query[Paging], every_version: bool = False) -> Any:
    rows = Standing.objects.on_page(known_ladder(slug), every_version)[paging.offset : paging.offset + paging.limit]
    return [StandingDocument.of(row) for row in rows]


@api.get("/agents", response=list[AgentDocument], tags=["agents"], summary="Agents on a ladder")
def agents(request: HttpRequest, paging: Query[Paging], game: str = "") -> Any:
    shown = Agent.objects.shown(game).prefetch_related("versions")
    return [AgentDocument.of(agent) for agent in shown[paging.offset : paging.offset + paging.limit]]


@api.get("/agents/{pk}", response={200: AgentDocument, **NOT_FOUND}, tags=["agents"], summary="One agent")
def agent(request: HttpRequest, pk: int) -> Any:
    found = Agent.objects.select_related("owner").prefetch_related("versions").filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no agent {pk}.")
    return AgentDocument.of(found)


@api.get("/matches", response=list[MatchDocument], tags=["matches"], summary="The latest matches, newest first")
def matches(request: HttpRequest, asked: Query[MatchQuery]) -> Any:
    form = MatchFilter({"ladder": asked.ladder, "agent": asked.agent, "result": asked.result})
    chosen = form.chosen()
    if form.errors:
        raise SparringError(sentences(form))
    return [MatchDocument.of(match) for match in chosen[asked.offset : asked.offset + asked.limit]]


@api.get("/matches/{pk}", response={200: MatchDocument, **NOT_FOUND}, tags=["matches"], summary="One match")
def match(request: HttpRequest, pk: int) -> Any:
    return MatchDocument.of(_match(pk))


@api.get(
    "/matches/{pk}/replay",
    response={200: ReplayDocument, **NOT_FOUND},
    tags=["matches"],
    summary="Every position of a match, drawn",
)
def replay(request: HttpRequest, pk: int) -> Any:
    found = _match(pk)
    shown = [FrameDocument(**frame.document()) for frame in frames(found)]
    return ReplayDocument(**MatchDocument.fields_of(found), ending=ending(found), frames=shown)


@api.get("/matches/{pk}/record", tags=["matches"], summary="The match record, as a file for `sparring replay`")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    return record_file(_match(pk))


@api.post(
    "/submissions",
    auth=Token(),
    response={201: OwnVersionDocument, 400: Problem, 401: Problem},
    tags=["submissions"],
    summary="Submit an agent: a new one, or a version of one's own",
)
def submit(request: TokenRequest, fields: Form[Submission], file: File[UploadedFile | None] = None) -> Any:
    form = SubmissionForm(fields.dict(), {"file": file} if file is not None else {})
    if not form.is_valid():
        raise SparringError(sentences(form))
    version = form.submit(request.auth)
    return Status(201, OwnVersionDocument.of(Version.objects.get(pk=version.pk)))


@api.get(
    "/submissions/{agent}/{number}",
    auth=Token(),
    response={200: OwnVersionDocument, 401: Problem, **NOT_FOUND},
    tags=["submissions"],
    summary="How far one's own submission has come, with its log",
)
def submission(request: TokenRequest, agent: Path[int], number: Path[int]) -> Any:
    owned = Version.objects.filter(agent_id=agent, number=number, agent__owner=request.auth).first()
    if owned is None:
        raise Http404(f"You have no submission {agent}/{number}.")
    return OwnVersionDocument.of(owned)


def _match(pk: int) -> Match:
    found = (
        Match.objects.select_related("ladder", "by_first_seat__agent", "by_second_seat__agent").filter(pk=pk).first()
    )
    if found is None:
        raise Http404(f"There is no match {pk}.")
    return found


@api.exception_handler(SparringError)
def _sparring_error(request: HttpRequest, error: SparringError) -> HttpResponse:
    if isinstance(error, UnknownName):
        return problem(404, "Not found", str(error))
    return problem(400, "Bad request", str(error))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "Not found", str(error) or "There is nothing at this address.")


@api.exception_handler(AuthenticationError)
def _unauthorised(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(
        401, "Unauthorized", "Send a valid token: 'Authorization: Bearer TOKEN'. Make one on your account page."
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "", str(error))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = [f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}." for item in error.errors]
    return problem(422, "Unprocessable", " ".join(told))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if settings.DEBUG:
        raise error
    log.exception("the API failed at %s", request.path)
    return problem(500, "Internal error", "The arena made a mistake, and its log says which. Try again in a moment.")
