"""Pages beside a ladder: other rankings and circles, and authors. Two queries for the rows, however many there are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sparring.site.analysis.models import FEWEST_MATCHES, Analysis
from sparring.site.analysis.pictures import disc_picture
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.submissions.models import Version


@require_safe
def beside(request: HttpRequest, slug: str) -> HttpResponse:
    """Nash averaging, alpha-rank, and the cyclic part where there is one."""
    ladder, analysis = _found(slug)
    rows = with_versions(analysis.agents if analysis else [])
    shown = [(row["version"].label, row["x"], row["y"]) for row in rows]
    circle = analysis is not None and analysis.in_circles
    context = {"ladder": ladder, "analysis": analysis, "rows": rows, "fewest": FEWEST_MATCHES}
    return render(request, "analysis/beside.html", context | {"disc": disc_picture(shown) if circle else ""})


@require_safe
def authors(request: HttpRequest, slug: str) -> HttpResponse:
    """Authors by the best of their work, without the luck of having tried often."""
    ladder, analysis = _found(slug)
    rows = with_versions(analysis.authors if analysis else [])
    measured = Standing.objects.filter(ladder=ladder, version__in=[row["version"].pk for row in rows])
    by_version = {standing.version_id: standing for standing in measured}
    for row in rows:
        row["standing"] = by_version.get(row["version"].pk)
        row["half"] = (row["high"] - row["low"]) / 2
    context = {"ladder": ladder, "analysis": analysis, "rows": rows, "fewest": FEWEST_MATCHES}
    return render(request, "analysis/authors.html", context)


def with_versions(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with versions in place of their keys; those of versions that are gone are left out."""
    found = Version.objects.defer("log", "metrics").in_bulk([row["version"] for row in rows])
    return [row | {"version": found[row["version"]]} for row in rows if row["version"] in found]


def _found(slug: str) -> tuple[Ladder, Analysis | None]:
    ladder = get_object_or_404(Ladder, slug=slug)
    return ladder, Analysis.objects.filter(ladder=ladder).first()
