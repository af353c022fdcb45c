"""Pictures as SVG text: what the drawings of all games share.

A picture carries neither style sheets nor ``style`` attributes, so that a page with a strict content security policy
can inline it. Colours are presentation attributes, which any style sheet of the page overrides through the class names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

BOARD = "#2b4c70"
CELL = "#1a3350"
FIRST = "#f2616a"
FIRST_SHADE = "#c93c4a"
SECOND = "#f6c453"
SECOND_SHADE = "#c9912a"
LIGHT = "#fdf6e3"
FAINT = "#8394a8"
WON = "#7ee08a"
"""Rims what won, where a light rim would not stand out."""

STONES = ((FIRST, FIRST_SHADE), (SECOND, SECOND_SHADE))
"""Fill and shade of the stones of the first and the second seat."""

SEATS = (*STONES, ("#5fd0a5", "#2f9a75"), ("#b9a1f7", "#8567d6"))
"""Fill and shade of whatever belongs to each of up to four seats."""


def element(tag: str, *children: str, **attributes: str | float | None) -> str:
    """One element. ``class_`` becomes ``class``, ``stroke_width`` ``stroke-width``; None leaves an attribute out.

    >>> element("circle", class_="stone-1", r=2.5, fill=None)
    '<circle class="stone-1" r="2.5"/>'
    """
    head = tag + "".join(
        f" {name.rstrip('_').replace('_', '-')}={quoteattr(_text(value))}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{head}>{''.join(children)}</{tag}>" if children else f"<{head}/>"


def picture(title: str, width: float, height: float, size: int, parts: Iterable[str]) -> str:
    """The whole document: ``size`` pixels wide, coordinates ``width`` by ``height``, ``title`` for who can't see it."""
    return element(
        "svg",
        element("title", escape(title)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_text(width)} {_text(height)}",
        width=size,
        height=round(size * height / width),
        role="img",
    )


def label(words: str, x: float, y: float, size: float = 20, **attributes: str | float | None) -> str:
    """A short text centred on (x, y); ``text_anchor="end"`` ends it there."""
    attributes = {"class_": "label", "fill": FAINT, "text_anchor": "middle", **attributes}
    return element(
        "text",
        escape(words),
        x=x,
        y=y + 0.35 * size,
        font_size=size,
        font_family="system-ui, sans-serif",
        **attributes,
    )


def stone(seat: int, x: float, y: float, radius: float) -> str:
    """A stone of the first seat, with a ring on it, or of the second, with a diamond."""
    fill, shade = STONES[seat]
    disc = element("circle", class_=f"stone-{seat + 1}", cx=x, cy=y, r=radius, fill=fill)
    inner: dict[str, Any] = {"class_": f"shade-{seat + 1}", "fill": "none", "stroke": shade, "stroke_width": radius / 7}
    if seat == 0:
        return disc + element("circle", cx=x, cy=y, r=0.6 * radius, **inner)
    half = 0.68 * radius
    diamond = f"M{x:g} {y - half:g}l{half:g} {half:g}l{-half:g} {half:g}l{-half:g} {-half:g}z"
    return disc + element("path", d=diamond, stroke_linejoin="round", **inner)


def final_score(words: list[str], winner: int | None, x: float, y: float, width: float, height: float) -> list[str]:
    """What both seats have at the end, large, on a tile; that of the winner on the colour of its stones."""
    parts = [element("rect", class_="cell", x=x, y=y, width=width, height=height, rx=18, fill=CELL)]
    half, pad = width / 2, 0.1 * height
    size = min(0.62 * height, (half - 5 * pad) / (0.7 * max(map(len, words))))
    for seat, word in enumerate(words):
        left, (fill, _) = x + half * seat + pad, STONES[seat]
        if seat == winner:
            box: dict[str, Any] = {"x": left, "y": y + pad, "width": half - 2 * pad, "height": height - 2 * pad}
            parts.append(element("rect", class_="win", rx=12, fill=fill, stroke=LIGHT, stroke_width=5, **box))
        ink = CELL if seat == winner else fill
        middle = left + half / 2 - pad
        parts.append(label(word, middle, y + height / 2, size, fill=ink, class_="score", font_weight="700"))
    return parts


def hit(x: float, y: float, width: float, height: float, **data: int) -> str:
    """An invisible area to click; ``data_action=3`` says what it stands for."""
    return element("rect", class_="hit", x=x, y=y, width=width, height=height, fill="transparent", **data)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
