"""Training runs: how each stands, and what it has produced on the ladders."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sparring.errors import UnknownName
from sparring.learning.runs.records import RunRecord, record_of, records
from sparring.site.ladders.charts import FULL, climb_chart
from sparring.site.ladders.models import Standing
from sparring.site.ladders.polling import unchanged
from sparring.site.runs.page import live_context, main_figures, still_context
from sparring.site.runs.titles import metric_title
from sparring.site.submissions.models import Agent, Kind

MOST_SHOWN, MOST_RUNS = 200, 100


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    rows = Standing.objects.filter(version__agent__kind=Kind.LEARNER).select_related("ladder", "version__agent")
    rows = rows.order_by("ladder__slug", "version__agent_id", "version__number")
    groups = [_climb(list(group)) for _, group in groupby(rows, key=lambda row: (row.ladder_id, row.version.agent_id))]
    found = records()
    shown = [(run, main_figures(run)) for run in found[:MOST_RUNS]]
    return render(request, "runs/runs.html", {"climbs": groups, "runs": shown, "more": len(found) - len(shown)})


@require_safe
def run(request: HttpRequest, name: str) -> HttpResponse:
    record = _record(name)
    return render(request, "runs/run.html", live_context(record) | still_context(record))


@require_safe
def live(request: HttpRequest, name: str) -> HttpResponse:
    """The moving part of a run's page; 204 when nothing has moved since ``seen``."""
    context = live_context(_record(name))
    if unchanged(request, context["revision"]):
        return HttpResponse(status=204)
    return render(request, "runs/run_live.html", context)


def _record(name: str) -> RunRecord:
    try:
        return record_of(name)
    except UnknownName as error:
        raise Http404(str(error)) from None


def _climb(rows: list[Standing]) -> dict[str, Any]:
    agent: Agent = rows[0].version.agent
    names = metric_names(rows)
    shown = [(row, [_shown(row.version.metrics.get(name)) for name in names]) for row in reversed(rows[-MOST_SHOWN:])]
    return {
        "agent": agent,
        "ladder": rows[0].ladder,
        "rows": shown,
        "metrics": [metric_title(name) for name in names],
        "chart": climb_chart(rows, FULL),
    }


def metric_names(rows: list[Standing]) -> list[str]:
    """The numbers that any of the checkpoints carries, in the order in which they first came up."""
    names: dict[str, None] = {}
    for row in rows:
        names.update({name: None for name, value in row.version.metrics.items() if isinstance(value, (int, float))})
    return list(names)[:6]


def _shown(value: Any) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return "\u2013"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    return f"{100 * value:.1f}%" if 0.0 <= value <= 1.0 else f"{value:.3g}"
