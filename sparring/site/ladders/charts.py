"""Charts as SVG text, drawn on the server. They carry classes, no styles: the style sheet gives them their colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from sparring.site.ladders.models import RatingPoint, Standing

BAR_WIDTH, BAR_HEIGHT = 120, 16
WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 30
ROOM = 60.0


class Scale(NamedTuple):
    """Ratings from ``low`` to ``high``."""

    low: float
    high: float

    @classmethod
    def around(cls, lowest: float | None, highest: float | None) -> Scale:
        """A scale that holds both, with room for intervals on either side."""
        if lowest is None or highest is None:
            return cls(1000.0, 2000.0)
        return cls(lowest - ROOM, max(highest, lowest + 100.0) + ROOM)

    def share(self, rating: float) -> float:
        """Where ``rating`` lies between the ends, 0 to 1."""
        return min(1.0, max(0.0, (rating - self.low) / (self.high - self.low)))


class Point(NamedTuple):
    """One rating on a curve."""

    x: float
    rating: float
    low: float
    high: float
    label: str


def rating_bar(standing: Standing, scale: Scale) -> SafeString:
    """A rating as a dot in its interval."""
    if standing.low is None or standing.high is None:
        return mark_safe(
            '<svg class="bar" viewBox="0 0 120 16" aria-hidden="true"><path class="bar-axis" d="M0 8h120"/></svg>'
        )
    left, right = (3 + scale.share(end) * (BAR_WIDTH - 6) for end in (standing.low, standing.high))
    middle = 3 + scale.share(standing.rating) * (BAR_WIDTH - 6)
    return format_html(
        '<svg class="bar" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="bar-axis" d="M0 8h{}"/><path class="bar-range" d="M{} 8H{}"/>'
        '<circle class="bar-dot" cx="{}" cy="8" r="3.5"/></svg>',
        BAR_WIDTH,
        BAR_HEIGHT,
        f"{standing.low:.0f} to {standing.high:.0f}",
        BAR_WIDTH,
        f"{left:.1f}",
        f"{max(right, left + 0.1):.1f}",
        f"{middle:.1f}",
    )


def climb_chart(standings: Sequence[Standing]) -> SafeString:
    """The learner's checkpoints: rating with its interval, in the order in which they entered."""
    points = [
        Point(standing.version.number, standing.rating, standing.low, standing.high, f"v{standing.version.number}")
        for standing in standings
        if standing.low is not None and standing.high is not None
    ]
    return curve(points, "Rating of each checkpoint of the learner", "checkpoint")


def rating_curve(points: Sequence[RatingPoint]) -> SafeString:
    """A version's published rating as its matches added up."""
    rows = [Point(point.matches, point.rating, point.low, point.high, f"{point.matches} matches") for point in points]
    return curve(rows, "Rating as matches add up", "matches")


def curve(points: Sequence[Point], title: str, unit: str) -> SafeString:
    """A curve with the band of its intervals; nothing when there is nothing to show."""
    if not points:
        return SafeString("")
    across, up = _axes(points)
    band = [(across(p.x), up(p.high)) for p in points] + [(across(p.x), up(p.low)) for p in reversed(points)]
    line = [(across(p.x), up(p.rating)) for p in points]
    return format_html(
        '<svg class="curve" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}'
        '<path class="curve-band" d="{}"/><path class="curve-line" d="{}"/>{}</svg>',
        WIDTH,
        HEIGHT,
        f"{title}: from {points[0].rating:.0f} to {points[-1].rating:.0f}",
        _rating_lines(up),
        _ticks(points, across, unit),
        _path(band, closed=True),
        _path(line),
        _dots(points, across, up),
    )


class Axis(NamedTuple):
    """Maps values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _axes(points: Sequence[Point]) -> tuple[Axis, Axis]:
    xs = [point.x for point in points]
    span = max(point.rating for point in points) - min(point.rating for point in points)
    room = max(span * 0.25, 50.0)
    low = max(min(p.low for p in points), min(p.rating for p in points) - room)
    high = min(max(p.high for p in points), max(p.rating for p in points) + room)
    across = Axis(min(xs), max(max(xs), min(xs) + 1), LEFT + 8, WIDTH - RIGHT - 8)
    return across, Axis(low - 5, high + 5, HEIGHT - BOTTOM, TOP)


def _rating_lines(up: Axis) -> SafeString:
    step = _round_step((up.high - up.low) / 4)
    first = math.ceil(up.low / step)
    values = [step * number for number in range(first, math.floor(up.high / step) + 1)]
    return format_html_join(
        "",
        '<path class="curve-grid" d="M{} {}H{}"/><text class="curve-text" x="{}" y="{}" text-anchor="end">{}</text>',
        ((LEFT, f"{up(v):.1f}", WIDTH - RIGHT, LEFT - 8, f"{up(v) + 4:.1f}", f"{v:.0f}") for v in values),
    )


def _ticks(points: Sequence[Point], across: Axis, unit: str) -> SafeString:
    chosen = points if len(points) <= 8 else [points[round(i * (len(points) - 1) / 5)] for i in range(6)]
    texts = [(f"{across(p.x):.1f}", HEIGHT - 8, "middle", f"{p.x:.0f}") for p in chosen[1:]]
    texts.insert(0, (f"{across(chosen[0].x) - 8:.1f}", HEIGHT - 8, "start", f"{unit} {chosen[0].x:.0f}"))
    return format_html_join("", '<text class="curve-text" x="{}" y="{}" text-anchor="{}">{}</text>', texts)


def _dots(points: Sequence[Point], across: Axis, up: Axis) -> SafeString:
    return format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}: {} ± {}</title></circle>',
        (
            (
                "curve-dot curve-last" if point is points[-1] else "curve-dot",
                f"{across(point.x):.1f}",
                f"{up(point.rating):.1f}",
                6 if point is points[-1] else 3.5,
                point.label,
                f"{point.rating:.0f}",
                f"{(point.high - point.low) / 2:.0f}",
            )
            for point in points
        ),
    )


def _path(corners: Sequence[tuple[float, float]], closed: bool = False) -> str:
    inside = [(x, min(HEIGHT - BOTTOM, max(TOP, y))) for x, y in corners]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in inside) + ("Z" if closed else "")


def _round_step(step: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) nearest above ``step``."""
    power = 10.0 ** math.floor(math.log10(max(step, 1.0)))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= step)
