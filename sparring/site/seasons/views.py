"""Pages of divisions as they stand, and of seasons that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sparring.site.ladders.models import Ladder, Standing
from sparring.site.seasons.models import Season, SeasonRow

ROWS_A_PAGE = 100
MOST_SHOWN = 500


@require_safe
def seasons(request: HttpRequest, slug: str) -> HttpResponse:
    """The divisions as they stand, and the list of past seasons."""
    ladder = get_object_or_404(Ladder, slug=slug)
    ends = ladder.season_began + timedelta(days=ladder.season_days) if ladder.season_days else None
    context = {"ladder": ladder, "ends": ends, "divisions": divisions_of(ladder), "past": past_seasons(ladder)}
    return render(request, "seasons/seasons.html", context)


@require_safe
def season(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The final table of a season."""
    found = season_of(slug, number)
    page = Paginator(rows_of(found), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "seasons/season.html", {"season": found, "ladder": found.ladder, "page": page})


def season_of(slug: str, number: int) -> Season:
    found = Season.objects.filter(ladder__slug=slug, number=number).select_related("ladder").first()
    if found is None:
        raise Http404(f"The ladder '{slug}' has no season {number} that is over.")
    return found


def past_seasons(ladder: Ladder) -> list[Season]:
    """The latest first, each with its first three rows as ``best``."""
    found = list(Season.objects.filter(ladder=ladder).select_related("ladder")[:50])
    rows = SeasonRow.objects.filter(season__in=found, position__lte=3).select_related("version__agent")
    for each in found:
        each.best = [row for row in rows if row.season_id == each.pk]  # type: ignore[attr-defined]
    return found


def rows_of(found: Season) -> Any:
    rows = SeasonRow.objects.filter(season=found).select_related("version__agent__owner")
    return rows.defer("version__log", "version__metrics").order_by("position")


def divisions_of(ladder: Ladder) -> list[tuple[int, list[tuple[Standing, str]]]]:
    """Each division with its standings, the strongest first, and who would rise or fall now."""
    if ladder.divisions < 2:
        return []
    rows = list(Standing.objects.on_page(ladder).filter(division__gt=0)[:MOST_SHOWN])
    found = []
    for number in range(1, ladder.divisions + 1):
        members = [row for row in rows if row.division == number]
        count = min(ladder.division_moves, len(members) // 2)
        rises = set(members[:count]) if number > 1 else set()
        falls = set(members[len(members) - count :]) if number < ladder.divisions else set()
        marked = [(row, "rises" if row in rises else "falls" if row in falls else "") for row in members]
        found.append((number, marked))
    return found
