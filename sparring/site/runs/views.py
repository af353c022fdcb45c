"""What the learner has produced: its checkpoints, how they stand, and what its probes measured."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sparring.site.ladders.charts import FULL, climb_chart
from sparring.site.ladders.models import Standing
from sparring.site.submissions.models import Agent, Kind

MOST_SHOWN = 200


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    rows = Standing.objects.filter(version__agent__kind=Kind.LEARNER).select_related("ladder", "version__agent")
    rows = rows.order_by("ladder__slug", "version__agent_id", "version__number")
    groups = [_run(list(group)) for _, group in groupby(rows, key=lambda row: (row.ladder_id, row.version.agent_id))]
    return render(request, "runs/runs.html", {"runs": groups})


def _run(rows: list[Standing]) -> dict[str, Any]:
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


def metric_title(name: str) -> str:
    """What people call a number that the learner logs.

    >>> [metric_title(name) for name in ("probe/share", "against/minimax:depth=4", "against/last_version", "steps")]
    ['Probe', 'vs minimax-4', 'vs last version', 'Steps']
    """
    group, _, detail = name.rpartition("/")
    if group == "against":
        kind, _, options = detail.replace("_", " ").partition(":")
        return "vs " + "-".join([kind, *(option.rpartition("=")[2] for option in options.split(",") if option)])
    words = (group or detail).replace("_", " ") if detail == "share" else detail.replace("_", " ")
    return words[:1].upper() + words[1:]


def _shown(value: Any) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return "\u2013"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    return f"{100 * value:.1f}%" if 0.0 <= value <= 1.0 else f"{value:.3g}"
