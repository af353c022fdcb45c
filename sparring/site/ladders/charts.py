"""Charts as SVG text, drawn on the server. They carry classes, no styles: the style sheet gives them their colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from sparring.site.ladders.models import RatingPoint, Standing

LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 30
ROOM = 60.0
EMPTY_BAR = mark_safe(
    '<svg class="bar" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">'
    '<path class="bar-axis" d="M0 8h100"/></svg>'
)


class Size(NamedTuple):
    """Width and height of a chart in its own units, which are pixels on the page that it is made for."""

    width: int
    height: int


SMALL, HALF, FULL = Size(330, 230), Size(640, 290), Size(1060, 280)


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
    tick: str
    label: str


def rating_bar(standing: Standing, scale: Scale) -> SafeString:
    """A rating as a dot in its interval. It stretches to any width; strokes and dot keep their size."""
    if standing.low is None or standing.high is None:
        return EMPTY_BAR
    left, right = 100 * scale.share(standing.low), 100 * scale.share(standing.high)
    return mark_safe(  # numbers only; escaping them would be half the work of a ladder's page
        '<svg class="bar" viewBox="0 0 100 16" preserveAspectRatio="none" role="img" '
        f'aria-label="{standing.low:.0f} to {standing.high:.0f}"><path class="bar-axis" d="M0 8h100"/>'
        f'<path class="bar-range" d="M{left:.1f} 8H{max(right, left + 0.1):.1f}"/>'
        f'<path class="bar-dot" d="M{100 * scale.share(standing.rating):.1f} 8h.01"/></svg>'
    )


def share_bar(share: float) -> SafeString:
    """A share from 0 to 1 as a bar. It stands beside its number, so nobody needs to hear of it."""
    return format_html(
        '<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="bar-axis" d="M3 5h94"/><path class="share-fill" d="M3 5h{}"/></svg>',
        f"{94 * min(1.0, max(0.0, share)) + 0.01:.2f}",
    )


def climb_chart(standings: Sequence[Standing], size: Size = HALF) -> SafeString:
    """The learner's checkpoints: rating with its interval, in the order in which they entered."""
    points = [
        Point(row.version.number, row.rating, row.low, row.high, f"v{row.version.number}", row.version.label)
        for row in standings
        if row.low is not None and row.high is not None
    ]
    return chart(points, "Rating of each version", size)


def rating_curve(points: Sequence[RatingPoint]) -> SafeString:
    """A version's published rating as its matches added up."""
    rows = [
        Point(row.matches, row.rating, row.low, row.high, str(row.matches), f"after {row.matches} matches")
        for row in points
    ]
    return chart(rows, "Rating as matches add up", HALF)


def chart(points: Sequence[Point], title: str, size: Size) -> SafeString:
    """A curve twice, for wide pages and for phones; the style sheet shows one. Empty when there is nothing to show."""
    if not points:
        return SafeString("")
    large, small = curve(points, title, size, "curve-large"), curve(points, title, SMALL, "curve-small")
    return format_html("{}{}", large, small)


def curve(points: Sequence[Point], title: str, size: Size, kind: str) -> SafeString:
    """One curve with the band of its intervals."""
    across, up = _axes(points, size)
    band = [(across(p.x), up(p.high)) for p in points] + [(across(p.x), up(p.low)) for p in reversed(points)]
    line = [(across(p.x), up(p.rating)) for p in points]
    return format_html(
        '<svg class="curve {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}'
        '<path class="curve-band" d="{}"/><path class="curve-line" d="{}"/>{}</svg>',
        kind,
        *size,
        f"{title}: from {points[0].rating:.0f} to {points[-1].rating:.0f}",
        _rating_lines(up, size),
        _ticks(points, across, size),
        _path(band, size, closed=True),
        _path(line, size),
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


def _axes(points: Sequence[Point], size: Size) -> tuple[Axis, Axis]:
    xs = [point.x for point in points]
    span = max(point.rating for point in points) - min(point.rating for point in points)
    room = max(span * 0.25, 120.0)
    low = max(min(p.low for p in points), min(p.rating for p in points) - room)
    high = min(max(p.high for p in points), max(p.rating for p in points) + room)
    across = Axis(min(xs), max(max(xs), min(xs) + 1), LEFT + 8, size.width - RIGHT - 8)
    return across, Axis(low - 5, high + 5, size.height - BOTTOM, TOP)


def _rating_lines(up: Axis, size: Size) -> SafeString:
    step = _round_step((up.high - up.low) / 6)
    first = math.ceil(up.low / step)
    values = [step * number for number in range(first, math.floor(up.high / step) + 1)]
    return format_html_join(
        "",
        '<path class="curve-grid" d="M{} {}H{}"/><text class="curve-text" x="{}" y="{}" text-anchor="end">{}</text>',
        ((LEFT, f"{up(v):.1f}", size.width - RIGHT, LEFT - 8, f"{up(v) + 4:.1f}", f"{v:.0f}") for v in values),
    )


def _ticks(points: Sequence[Point], across: Axis, size: Size) -> SafeString:
    most = 5 if size == SMALL else 10
    chosen = points if len(points) <= most else [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]
    texts: list[tuple[str, int, str, str]] = []
    end = -math.inf
    for point in chosen:
        x, room = across(point.x), 4.0 * len(point.tick)
        if x - room > end + 6:
            texts.append((f"{x:.1f}", size.height - 8, "middle", point.tick))
            end = x + room
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


def _path(corners: Sequence[tuple[float, float]], size: Size, closed: bool = False) -> str:
    inside = [(x, min(size.height - BOTTOM, max(TOP, y))) for x, y in corners]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in inside) + ("Z" if closed else "")


def _round_step(step: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) nearest above ``step``."""
    power = 10.0 ** math.floor(math.log10(max(step, 1.0)))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= step)
