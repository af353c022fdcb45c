"""The catalogue of games: what there is to play, and the rules of each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from sparring.engine import Game
from sparring.errors import UnknownName
from sparring.site.games import catalogue
from sparring.site.ladders.models import Ladder
from sparring.site.play.playable import why_not_playable


@require_safe
def games(request: HttpRequest) -> HttpResponse:
    return render(request, "games/games.html", {"games": catalogue.catalogue()})


@require_safe
def game(request: HttpRequest, name: str) -> HttpResponse:
    found = _game(name)
    context = {
        "game": found,
        "entry": catalogue.entry(found.name),
        "rules": catalogue.rendered(catalogue.readme(found)),
        "picture": mark_safe(catalogue.picture(found.name)),
        "options": found.rules.OPTIONS,
        "not_playable": why_not_playable(found),
        "ladder": Ladder.objects.filter(game=found.name, options={}).first(),
    }
    return render(request, "games/game.html", context)


@require_safe
@cache_control(max_age=3600, public=True)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(catalogue.picture(_game(name).name), content_type="image/svg+xml")


def _game(name: str) -> Game:
    try:
        return catalogue.plain_game(name)
    except UnknownName as error:
        raise Http404(str(error)) from error
