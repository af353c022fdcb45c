"""Pages for people who want to play: choose an opponent, sit down, move."""

from __future__ import annotations

import random
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sparring.engine import load_game
from sparring.errors import IllegalAction
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.play.models import PersonMatch, StaleMove
from sparring.site.play.playable import why_not_playable_named
from sparring.site.play.sitting import Table, agent_begins, person_acts
from sparring.site.submissions.models import Version

SHOWN_OPPONENTS = 12
SEATS = {"first": 0, "second": 1}


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Every ladder that people can play on, with its strongest agents, each a click away from a match."""
    ladders = [
        (ladder, list(Standing.objects.on_page(ladder)[:SHOWN_OPPONENTS]))
        for ladder in Ladder.objects.filter(seats=2)
        if why_not_playable_named(ladder.game) is None
    ]
    return render(request, "play/play.html", {"ladders": ladders})


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, version_id: int) -> HttpResponse:
    """Ask who begins, then begin."""
    version = get_object_or_404(Version.objects.filter(state=Version.State.ON_LADDER), pk=version_id)
    standings = version.standings.select_related("ladder").order_by("pk")
    standing = standings.filter(ladder__seats=2).first()
    obstacle = why_not_playable_named(version.agent.game)
    if standing is None and standings.exists():
        seats = standings[0].ladder.seats
        obstacle = f"{version.label} plays a game for {seats}, and here one person meets one agent."
    if obstacle is not None:
        context = {"title": "Not in the browser", "sentence": obstacle}
        return render(request, "problem.html", context, status=400)
    if request.method != "POST":
        return render(request, "play/begin.html", _sit_down(version, standing))
    chosen = request.POST.get("seat", "first")
    seat = SEATS[chosen] if chosen in SEATS else random.randrange(2)
    person = request.user if request.user.is_authenticated else None
    options = standing.ladder.options if standing else {}
    return redirect(PersonMatch.objects.begin(version, seat, person, options))


def _sit_down(version: Version, standing: Standing | None) -> dict[str, Any]:
    return {"version": version, "standing": standing, "title": load_game(version.agent.game).title}


@require_safe
def match(request: HttpRequest, key: Any) -> HttpResponse:
    table = agent_begins(_match(key))
    return render(request, "play/match.html", _shown(table, len(table.positions) - 1))


@require_POST
def act(request: HttpRequest, key: Any) -> HttpResponse:
    """The person's action. Scripts get JSON, forms the page again; what is wrong is said in a sentence."""
    found = _match(key)
    scripted = request.headers.get("Accept", "").startswith("application/json")
    try:
        table = person_acts(found, _number(request, "action"), _number(request, "ply"))
    except (IllegalAction, StaleMove) as error:
        status = 409 if isinstance(error, StaleMove) else 400
        if scripted:
            return JsonResponse({"problem": str(error), **_state(Table.of(_match(key)), None)}, status=status)
        table = Table.of(_match(key))
        context = _shown(table, len(table.positions) - 1) | {"problem": str(error)}
        return render(request, "play/match.html", context, status=status)
    if scripted:
        return JsonResponse(_state(table, _number(request, "ply")))
    return redirect(found)


def _match(key: Any) -> PersonMatch:
    return get_object_or_404(PersonMatch.objects.select_related("version", "version__agent"), pk=key)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise IllegalAction(f"'{name}' has to be a number, not '{text[:40]}'.")
    return int(text)


def _shown(table: Table, ply: int) -> dict[str, Any]:
    """What the page needs: the position after ``ply`` actions, and all that was said."""
    return {
        "match": table.match,
        "game": table.game,
        "svg": table.drawing(ply),
        "legal": table.choices(),
        "moves": [table.said(number) for number in range(len(table.match.actions))],
        "message": _message(table),
        "act_url": reverse("play:act", args=[table.match.key]),
    }


def _state(table: Table, since: int | None) -> dict[str, Any]:
    """What the script needs: every position since action number ``since``, the newest last."""
    last = len(table.positions) - 1
    first = last if since is None else min(since + 1, last)
    return {
        "frames": [table.drawing(ply) for ply in range(first, last + 1)],
        "legal": [{"action": action, "name": name} for action, name in table.choices()],
        "moves": [table.said(number) for number in range(len(table.match.actions))],
        "message": _message(table),
        "over": table.match.state == PersonMatch.State.OVER,
        "ply": table.match.ply,
    }


def _message(table: Table) -> str:
    if table.match.state == PersonMatch.State.OVER:
        return table.match.sentence
    if table.game.simultaneous:
        return "Both act at once: choose."
    return "Your move."
