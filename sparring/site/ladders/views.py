"""Ladder pages. They read stored standings only; a page that has not changed costs one small query."""

from __future__ import annotations

import threading
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from sparring.site.ladders.charts import FULL, Scale, climb_chart
from sparring.site.ladders.models import PAGE, Ladder, Standing
from sparring.site.ladders.polling import unchanged
from sparring.site.matches.circumstances import clock
from sparring.site.matches.models import Match

CACHE_SECONDS = 300
_rendering = threading.Lock()
"""When a ladder has moved, everybody who looks at it asks at once; one thread renders, the others wait for it."""


@require_safe
def ladders(request: HttpRequest) -> HttpResponse:
    shown = [(ladder, list(Standing.objects.on_page(ladder)[:5])) for ladder in Ladder.objects.all()]
    return render(request, "ladders/ladders.html", {"ladders": shown})


@require_safe
def ladder(request: HttpRequest, slug: str) -> HttpResponse:
    found = _ladder(slug)
    context = {"ladder": found, "table": _table(request, found), "every_version": _every_version(request)}
    return render(request, "ladders/ladder.html", context | {"clock": clock(found.limits.terms())})


@require_safe
def table(request: HttpRequest, slug: str) -> HttpResponse:
    """The moving part of a ladder's page; 204 when it has not moved since ``seen``."""
    found = _ladder(slug)
    if unchanged(request, found.revision):
        return HttpResponse(status=204)
    return HttpResponse(_table(request, found))


def _ladder(slug: str) -> Ladder:
    found = Ladder.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Ladder.objects.values_list("slug", flat=True))
        raise Http404(f"There is no ladder '{slug}'. Ladders: {known}.")
    return found


def _every_version(request: HttpRequest) -> bool:
    return request.GET.get("versions") == "all"


def _table(request: HttpRequest, ladder: Ladder) -> str:
    """The table of one page as HTML: rendered once for each revision, the same for everybody."""
    number = request.GET.get("page", "1")
    every = _every_version(request)
    key = f"ladder:{ladder.pk}:{ladder.revision}:{int(every)}:{number[:6]}"
    html = cache.get(key)
    if html is None:
        with _rendering:
            html = cache.get(key)
            if html is None:
                html = render_to_string("ladders/table.html", _table_context(ladder, number, every))
                cache.set(key, html, CACHE_SECONDS)
    return str(html)


def _table_context(ladder: Ladder, number: str, every: bool) -> dict[str, Any]:
    page = Paginator(Standing.objects.on_page(ladder, every), PAGE).get_page(number)
    climb = Standing.objects.climb(ladder) if page.number == 1 else []
    return {
        "ladder": ladder,
        "page": page,
        "every_version": every,
        "scale": ladder_scale(ladder),
        "climb": climb,
        "climb_chart": climb_chart(climb, FULL),
        "recent": Match.objects.latest_of_ladders([ladder.pk], 4) if page.number == 1 else [],
    }


def ladder_scale(ladder: Ladder) -> Scale:
    """The scale of the rating bars: the same on every page of a ladder."""
    ends = Standing.objects.filter(ladder=ladder, low__isnull=False).aggregate(
        lowest=Min("rating"), highest=Max("rating")
    )
    return Scale.around(ends["lowest"], ends["highest"])
