"""The disc as SVG: each agent a point, and an arrow that says which way it beats. Colours are the style sheet's."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, pi, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SIZE, MIDDLE, RADIUS = 400, 200.0, 172.0
ARROW = (0.15 * pi, 0.35 * pi)
"""Where on the rim it begins and ends."""
LINE = 15.0
MOST_NAMED, NAMED_FROM = 16, 0.25
"""Those farthest from the middle have their names beside them, the others where one points at them."""


def disc_picture(places: Sequence[tuple[str, float, float]]) -> SafeString:
    """The disc of agents at (name, x, y): each beats those that lie up to half a turn counter-clockwise of it."""
    far = max((hypot(x, y) for _, x, y in places), default=0.0)
    if far <= 0:
        return SafeString("")
    points = [(name, MIDDLE + RADIUS * x / far, MIDDLE - RADIUS * y / far) for name, x, y in places]
    return format_html(
        '<svg class="disc" viewBox="0 0 {} {}" role="img" aria-label="{} agents on a disc">'
        '<circle class="disc-rim" cx="{}" cy="{}" r="{}"/><circle class="disc-rim" cx="{}" cy="{}" r="{}"/>'
        "{}{}{}</svg>",
        SIZE,
        SIZE,
        len(points),
        *(MIDDLE, MIDDLE, RADIUS),
        *(MIDDLE, MIDDLE, RADIUS / 2),
        _arrow(),
        format_html_join(
            "",
            '<path class="disc-spoke" d="M{} {}L{} {}"/>',
            ((MIDDLE, MIDDLE, f"{x:.1f}", f"{y:.1f}") for _, x, y in points),
        ),
        _labels(points),
    )


def _arrow() -> SafeString:
    """Counter-clockwise, along the rim."""
    reach = RADIUS + 16
    corners = [(MIDDLE + reach * cos(turn), MIDDLE - reach * sin(turn)) for turn in ARROW]
    (from_x, from_y), (to_x, to_y) = corners
    return format_html(
        '<path class="disc-turn" d="M{} {}A{} {} 0 0 0 {} {}"/><circle class="disc-head" cx="{}" cy="{}" r="5"/>',
        *(f"{number:.1f}" for number in (from_x, from_y, reach, reach, to_x, to_y, to_x, to_y)),
    )


def _labels(points: Sequence[tuple[str, float, float]]) -> SafeString:
    """Dots and names; a name that would lie on another one moves down a line."""
    taken: list[tuple[float, float]] = []
    rows = []
    reach = {point: hypot(point[1] - MIDDLE, point[2] - MIDDLE) for point in points}
    outside = [point for point in sorted(points, key=lambda point: -reach[point]) if reach[point] > NAMED_FROM * RADIUS]
    outside = outside[:MOST_NAMED]
    for name, x, y in sorted(points, key=lambda point: point[2]):
        left = x > MIDDLE
        line = y + 4
        while any(abs(line - other) < LINE and (other_x > MIDDLE) == left for other_x, other in taken):
            line += LINE
        named = (name, x, y) in outside
        if named:
            taken.append((x, line))
        anchor, label_x = ("end", x - 9) if left else ("start", x + 9)
        rows.append(
            (
                f"{x:.1f}",
                f"{y:.1f}",
                name,
                f"{label_x:.1f}",
                f"{line:.1f}",
                anchor,
                name[:22] if named else "",
            )
        )
    return format_html_join(
        "",
        '<circle class="disc-dot" cx="{}" cy="{}" r="5"><title>{}</title></circle>'
        '<text class="curve-text" x="{}" y="{}" text-anchor="{}">{}</text>',
        rows,
    )
