"""What the page of a run shows, gathered from the run's folder, the registry and the ladders."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from sparring.learning.probes import YARDSTICKS
from sparring.learning.runs.records import RunRecord, log_lines, series
from sparring.models import Registry
from sparring.site.ladders.models import Standing
from sparring.site.runs.charts import Curve, phases_bar, steps_text, tile, wide_chart
from sparring.site.runs.titles import metric_title, shown_number

NOTHING = ("0", "0.0", "none", "[]", "{}", "false")
POINTS, MOST_VERSIONS, LOG_LINES = 160, 50, 40
HIDDEN = ("update", "seconds")
SHOWN_ABOVE = ("against/", "rating/", "time/")
HOUSE = "house-"


class Figure(NamedTuple):
    """A number at the head of the page."""

    title: str
    value: str


class Tile(NamedTuple):
    """One small curve."""

    group: str
    title: str
    chart: SafeString
    last: str


def live_context(run: RunRecord) -> dict[str, Any]:
    """What moves while a run goes on."""
    curves = series(run.folder, POINTS)
    against = [
        Curve(metric_title(name), points) for name, points in sorted(curves.items()) if name.startswith("against/")
    ]
    phases = {name[5:]: value for name, value in run.latest.items() if name.startswith("time/")}
    total = sum(phases.values()) or 1.0
    return {
        "run": run,
        "revision": int(run.touched.timestamp() * 1000) + (0 if run.lives else 1),
        "progress": None if run.share is None else round(100 * run.share),
        "figures": _figures(run),
        "probes": _probe_charts(curves),
        "against": wide_chart(against, "Share of the points", percent=True),
        "against_names": [curve.name for curve in against],
        "rating": wide_chart([Curve("rating", curves.get("rating/value", []))], "Rating among the reference agents"),
        "tiles": _tiles(curves),
        "phases": phases_bar(phases),
        "phase_names": [(name, f"{value / total:.0%}") for name, value in phases.items()],
        "versions": versions_of(run),
    }


def still_context(run: RunRecord) -> dict[str, Any]:
    """What stays as it is while one looks: settings, opponents, the log."""
    return {
        "options": run.config.get("options", {}),
        "changed": [row for row in run.settings if row["changed"]],
        "unchanged": [row for row in run.settings if not row["changed"]],
        "opponents": _opponents(run),
        "log": log_lines(run.folder, LOG_LINES),
    }


def model_name(run: RunRecord) -> str:
    """Under which name a run publishes: ``connect_four/ada``."""
    own = "house" if run.name == f"{HOUSE}{run.game}" else run.name
    return f"{run.game}/{own}"


def versions_of(run: RunRecord) -> list[dict[str, Any]]:
    """The models that a run has published, the latest first, with their standing where they are on a ladder."""
    name = model_name(run)
    refs = [ref for ref in Registry().list(run.game) if ref.name == name][-MOST_VERSIONS:]
    rows = Standing.objects.filter(version__spec__startswith=f"model:{name}@").select_related("version", "ladder")
    standings = {row.version.spec: row for row in rows}
    return [{"model": str(ref), "standing": standings.get(f"model:{ref}")} for ref in reversed(refs)]


def main_figures(run: RunRecord) -> dict[str, str]:
    """What a list of runs shows of one."""
    probe = next((y.text(run.latest[name]) for name, y in YARDSTICKS.items() if name in run.latest), "")
    return {"steps": steps_text(run.steps), "time": _time_text(run.seconds), "probe": probe}


def _figures(run: RunRecord) -> list[Figure]:
    latest = run.latest
    figures = [Figure(y.title.capitalize(), y.text(latest[name])) for name, y in YARDSTICKS.items() if name in latest]
    figures += [
        Figure(metric_title(name), f"{value:.1%}") for name, value in latest.items() if name.startswith("against/")
    ]
    if "rating/value" in latest:
        figures.append(Figure("Rating", f"{latest['rating/value']:+.0f} \u00b1{1.96 * latest['rating/error']:.0f}"))
    mean = run.steps / run.seconds if run.seconds else 0.0
    speed = latest.get("speed/steps_per_second", mean) if run.lives else mean
    figures += [Figure("Steps", steps_text(run.steps)), Figure("Steps a second", steps_text(speed))]
    return [*figures, Figure("Time", _time_text(run.seconds))]


def _probe_charts(curves: dict[str, list[tuple[float, float]]]) -> list[tuple[str, Any]]:
    """The main probe of a game; whatever else its probes say is a tile."""
    found = [(YARDSTICKS[name], points) for name, points in curves.items() if name in YARDSTICKS]
    return [
        (yardstick.title, wide_chart([Curve(yardstick.title, points)], "Probe", percent=yardstick.unit == "share"))
        for yardstick, points in found
    ]


def _tiles(curves: dict[str, list[tuple[float, float]]]) -> list[Tile]:
    """All other curves, those that belong together side by side."""
    names = [
        name
        for name, points in curves.items()
        if points and name not in HIDDEN and name not in YARDSTICKS and not name.startswith(SHOWN_ABOVE)
    ]
    groups = list(dict.fromkeys(name.partition("/")[0] for name in names))
    names.sort(key=lambda name: groups.index(name.partition("/")[0]))
    return [_tile(name, curves[name]) for name in names]


def _tile(name: str, points: list[tuple[float, float]]) -> Tile:
    group, _, rest = name.partition("/")
    title = metric_title(rest or group)
    return Tile(
        group if rest else "", title, tile(Curve(title, points, noisy=group != "schedule")), shown_number(points[-1][1])
    )


def _opponents(run: RunRecord) -> list[tuple[str, str, str]]:
    """Kind of opponent, its share of the matches, and what else was said of it."""
    kinds: dict[str, dict[str, str]] = {}
    for row in run.settings:
        section, *path = row["path"].split(".")
        if section == "opponents" and len(path) == 2:
            kinds.setdefault(path[0], {})[path[1]] = row["value"]
    met = {kind: said for kind, said in kinds.items() if said.get("share", "0") not in NOTHING}
    rest = 1.0 - sum(_number(said["share"]) for said in met.values())
    rows = [(kind.replace("_", " "), _share_text(said["share"]), _more(said)) for kind, said in met.items()]
    return [("itself", "the rest" if math.isnan(rest) else _share_text(f"{rest:g}"), "all seats learn"), *rows]


def _more(said: dict[str, str]) -> str:
    known = {name: value for name, value in said.items() if name != "share" and value not in NOTHING}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known.items())


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _share_text(text: str) -> str:
    share = _number(text)
    return text if math.isnan(share) else f"{share:.0%}"


def _time_text(seconds: float) -> str:
    """
    >>> _time_text(187), _time_text(7_500)
    ('3:07', '2:05:00')
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
