"""The first screen: what this is, the ladders as they move, the learner as it climbs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sparring.site.ladders.charts import climb_chart
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.ladders.polling import unchanged
from sparring.site.matches.models import Match
from sparring.site.submissions.models import Version

SHOWN_FIRST = "connect_four"
HERO_ROWS, OTHER_ROWS, RECENT = 8, 4, 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = _live_context()
    hero = context["hero"]
    context["shown"] = Match.objects.latest_of_ladders([hero.pk], 1)[:1] if hero else []
    return render(request, "home.html", context)


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The moving part of the home page; 204 when nothing has moved since ``seen``."""
    if unchanged(request, Ladder.objects.revision()):
        return HttpResponse(status=204)
    return render(request, "home_live.html", _live_context())


def _live_context() -> dict[str, Any]:
    revision = Ladder.objects.revision()
    ladders = list(Ladder.objects.all())
    hero = next((ladder for ladder in ladders if ladder.slug == SHOWN_FIRST), ladders[0] if ladders else None)
    climb = Standing.objects.climb(hero) if hero else []
    return {
        "revision": revision,
        "hero": hero,
        "hero_rows": _rows(hero, HERO_ROWS) if hero else [],
        "climb": climb,
        "climb_chart": climb_chart(climb),
        "others": [(ladder, _rows(ladder, OTHER_ROWS)) for ladder in ladders if hero and ladder.pk != hero.pk],
        "recent": Match.objects.latest_of_ladders([ladder.pk for ladder in ladders], RECENT),
        "matches": sum(ladder.matches for ladder in ladders),
        "agents": Version.objects.filter(standings__current=True).count(),
    }


def _rows(ladder: Ladder, count: int) -> list[Standing]:
    return list(Standing.objects.on_page(ladder)[:count])
