"""Curves of a run as SVG text, drawn on the server. They carry classes, no styles, like those of the ladders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sparring.site.ladders.charts import SMALL, Axis, Size

LEFT, RIGHT, TOP, BOTTOM = 50, 12, 12, 26
LARGE, TILE = Size(640, 290), Size(330, 150)
COLOURS = 6
"""Classes line-1 to line-6 of the style sheet."""
NOISY = 40
"""A curve of more points than these is shown with its moving average."""
NEIGHBOURS = 5

Points = Sequence[tuple[float, float]]


class Curve(NamedTuple):
    """One line."""

    name: str
    points: Points
    """Steps and values."""
    noisy: bool = True
    """Where it is long, its mean over neighbours is shown, too."""


class Frame(NamedTuple):
    """A chart's size, its axes, and whether it counts in percent."""

    size: Size
    across: Axis
    up: Axis
    percent: bool


def wide_chart(curves: Sequence[Curve], title: str, percent: bool = False) -> SafeString:
    """Curves twice, for wide pages and for phones; the style sheet shows one. Empty when there is nothing to show."""
    curves = [curve for curve in curves if curve.points]
    if not curves:
        return SafeString("")
    large = line_chart(curves, title, LARGE, percent, "curve-large")
    return format_html("{}{}", large, line_chart(curves, title, SMALL, percent, "curve-small"))


def tile(curve: Curve) -> SafeString:
    """One small curve with its moving average."""
    return line_chart([curve], curve.name, TILE, percent=False, kind="curve-tile")


def line_chart(curves: Sequence[Curve], title: str, size: Size, percent: bool, kind: str) -> SafeString:
    """Curves over the steps of a run."""
    frame = _frame(curves, size, percent)
    return format_html(
        '<svg class="curve {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        kind,
        *size,
        f"{title}: {_ends(curves, percent)}",
        _grid(frame),
        _ticks(frame),
        format_html_join("", "{}", ((_line(curve, index, frame),) for index, curve in enumerate(curves))),
    )


def phases_bar(seconds: dict[str, float]) -> SafeString:
    """Where the time went, as one bar of parts; its words stand beside it."""
    total = sum(seconds.values())
    if total <= 0:
        return SafeString("")
    parts, left = [], 0.0
    for index, share in enumerate(part / total for part in seconds.values()):
        parts.append((f"part-{index % COLOURS + 1}", f"{100 * left:.2f}", f"{max(0.0, 100 * share - 0.4):.2f}"))
        left += share
    rects = format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="10"/>', parts)
    return format_html(
        '<svg class="phases" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>', rects
    )


def steps_text(steps: float) -> str:
    """Steps on an axis.

    >>> [steps_text(steps) for steps in (0, 950, 20_000, 1_500_000, 2e9)]
    ['0', '950', '20k', '1.5M', '2G']
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if steps >= size:
            return f"{steps / size:.3g}{letter}"
    return f"{steps:.0f}"


def averaged(points: Points) -> list[tuple[float, float]]:
    """The mean over the neighbours of each point, as many on either side, fewer towards the ends.

    >>> averaged([(0, 1.0), (1, 4.0), (2, 1.0)])
    [(0, 1.0), (1, 2.0), (2, 1.0)]
    """
    sums = list(accumulate((value for _, value in points), initial=0.0))
    smooth = []
    for index, (x, _) in enumerate(points):
        reach = min(NEIGHBOURS, index, len(points) - 1 - index)
        smooth.append((x, (sums[index + reach + 1] - sums[index - reach]) / (2 * reach + 1)))
    return smooth


def _frame(curves: Sequence[Curve], size: Size, percent: bool) -> Frame:
    xs = [x for curve in curves for x, _ in curve.points]
    ys = sorted(y for curve in curves for _, y in curve.points)
    if len(ys) > NOISY:  # single outliers would flatten all the rest
        ys = ys[len(ys) // 100 : len(ys) - len(ys) // 100]
    span, least = ys[-1] - ys[0], 1e-6 * max(1e-3, abs(ys[-1]))
    room = 0.08 * span if span > least else 0.1 * abs(ys[0]) or 0.1
    low, high = ys[0] - room, ys[-1] + room
    if percent:
        low, high = max(0.0, low), min(1.0, high) if high > low else 1.0
    across = Axis(min(xs), max(max(xs), min(xs) + 1), LEFT, size.width - RIGHT)
    return Frame(size, across, Axis(low, high, size.height - BOTTOM, TOP), percent)


def _grid(frame: Frame) -> SafeString:
    up, size = frame.up, frame.size
    step = _round_step((up.high - up.low) / (2.5 if size == TILE else 5))
    first = math.ceil(up.low / step - 1e-9)
    values = [step * number for number in range(first, math.floor(up.high / step + 1e-9) + 1)]
    return format_html_join(
        "",
        '<path class="curve-grid" d="M{} {}H{}"/><text class="curve-text" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, f"{up(v):.1f}", size.width - RIGHT, LEFT - 7, f"{up(v) + 4:.1f}", _value_text(v, step, frame))
            for v in values
        ),
    )


def _ticks(frame: Frame) -> SafeString:
    across, size = frame.across, frame.size
    step = _round_step((across.high - across.low) / (3 if size == TILE else 5))
    first = math.ceil(across.low / step)
    values = [step * number for number in range(first, math.floor(across.high / step) + 1)]
    return format_html_join(
        "",
        '<text class="curve-text" x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (f"{across(v):.1f}", size.height - 8, "end" if across(v) > size.width - 30 else "middle", steps_text(v))
            for v in values
        ),
    )


def _line(curve: Curve, index: int, frame: Frame) -> SafeString:
    colour = f"line-{index % COLOURS + 1}"
    raw = _path(curve.points, frame)
    if len(curve.points) > NOISY and curve.noisy:
        smooth = _path(averaged(curve.points), frame)
        return format_html(
            '<path class="run-line run-raw {}" d="{}"/><path class="run-line {}" d="{}"/>', colour, raw, colour, smooth
        )
    x, y = curve.points[-1]
    return format_html(
        '<path class="run-line {}" d="{}"/><circle class="run-dot {}" cx="{}" cy="{}" r="3.5"/>',
        colour,
        raw,
        colour,
        f"{frame.across(x):.1f}",
        f"{_inside(frame.up(y), frame):.1f}",
    )


def _path(points: Points, frame: Frame) -> str:
    return "M" + "L".join(f"{frame.across(x):.1f} {_inside(frame.up(y), frame):.1f}" for x, y in points)


def _inside(y: float, frame: Frame) -> float:
    return min(frame.size.height - BOTTOM, max(TOP, y))


def _value_text(value: float, step: float, frame: Frame) -> str:
    if frame.percent:
        return f"{100 * value:.{0 if step >= 0.01 else 1}f}%"
    if abs(value) >= 10_000:
        return ("\u2212" if value < 0 else "") + steps_text(abs(value))
    if step < 1e-3:
        return f"{value:.1g}" if abs(value) > step / 2 else "0"
    return f"{value:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}".replace("-", "\u2212")


def _ends(curves: Sequence[Curve], percent: bool) -> str:
    def text(value: float) -> str:
        return f"{value:.1%}" if percent else f"{value:.3g}"

    parts = [f"{curve.name} from {text(curve.points[0][1])} to {text(curve.points[-1][1])}" for curve in curves]
    return ", ".join(parts)


def _round_step(step: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) nearest above ``step``."""
    power = 10.0 ** math.floor(math.log10(max(step, 1e-12)))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= step * (1 - 1e-9))
