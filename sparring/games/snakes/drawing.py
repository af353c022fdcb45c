"""Snakes as a picture: bands of colour with eyes, told apart by their back lines too; food as small round fruit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparring.games.svg import (
    BOARD,
    CELL,
    FIRST,
    FIRST_SHADE,
    LIGHT,
    SECOND,
    SECOND_SHADE,
    element,
    hit,
    label,
    picture,
)

SPACING = 60
MARGIN = 36
FOOTER = 64
COLOURS = ((FIRST, FIRST_SHADE), (SECOND, SECOND_SHADE), ("#5fd0a5", "#2f9a75"), ("#b9a1f7", "#8567d6"))
BACKS = ("none", "2 14", "18 14", None)
"""Dashes of the line along the back of each seat's snake; the last has no line."""
NAMES = ("up", "right", "down", "left")
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
INK = "#13263c"
FRUIT = "#ff8fa3"

Cell = tuple[int, int]


def draw(view: dict[str, Any], size: int = 480, last_action: int | Sequence[int] | None = None) -> str:
    """The board as SVG, ``size`` pixels wide. From the head of ``view["seat"]`` four areas carry ``data-action``.

    Every snake shows where it has come from, so ``last_action`` changes nothing.
    """
    cells = len(view["owner"])
    side = cells * SPACING + 2 * MARGIN
    parts = [element("rect", class_="board", width=side, height=side + FOOTER, rx=34, fill=BOARD)]
    parts.append(
        element("rect", class_="cell", x=MARGIN, y=MARGIN, width=side - 2 * MARGIN, height=side - 2 * MARGIN, fill=CELL)
    )
    parts.append(_checks(cells))
    parts += [_fruit(row, column) for row in range(cells) for column in range(cells) if view["meal"][row][column]]
    for seat in range(len(view["heads"])):
        parts.append(_snake(view, seat))
        parts.append(_length(view, seat, side))
    if not view["over"]:
        parts += _ways(view, side)
    return picture(_title(view), side, side + FOOTER, size, parts)


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """The view with the areas to click around the head of ``seat``; nothing on the board is hidden."""
    return {**view, "seat": seat}


def text(view: dict[str, Any]) -> str:
    """The board for a terminal: a letter for each snake, its head in capitals, ``*`` for food.

    >>> print(text({"owner": [[1, 1], [0, 2]], "meal": [[0, 0], [1, 0]], "heads": [[0, 1], [1, 1]], "died": [-1, -1]}))
    a A
    * B
    """
    heads = {tuple(head) for head, died in zip(view["heads"], view["died"], strict=True) if died < 0}
    lines = []
    for row, owners in enumerate(view["owner"]):
        signs = ["*" if view["meal"][row][c] else "·abcd"[owner] for c, owner in enumerate(owners)]
        lines.append(" ".join(sign.upper() if (row, c) in heads else sign for c, sign in enumerate(signs)))
    return "\n".join(lines)


def action_name(action: int, options: dict[str, Any]) -> str:
    """The way to go.

    >>> action_name(1, {})
    'right'
    """
    return NAMES[action]


def _title(view: dict[str, Any]) -> str:
    alive = sum(died < 0 for died in view["died"])
    return f"Snakes: {alive} of {len(view['died'])} alive after {view['ply']} ticks"


def _centre(row: float, column: float) -> tuple[float, float]:
    return MARGIN + SPACING * (column + 0.5), MARGIN + SPACING * (row + 0.5)


def _checks(cells: int) -> str:
    """Every second cell a shade darker, as one path."""
    dark = [(row, column) for row in range(cells) for column in range(cells) if (row + column) % 2]
    square = f"h{SPACING}v{SPACING}h-{SPACING}z"
    squares = "".join(f"M{MARGIN + SPACING * column} {MARGIN + SPACING * row}{square}" for row, column in dark)
    return element("path", d=squares, fill=INK, opacity=0.35)


def _fruit(row: int, column: int) -> str:
    x, y = _centre(row, column)
    leaf = element("path", d=f"M{x:g} {y - 14:g}c2 -10 10 -12 16 -10c-2 8 -8 12 -16 10z", fill=COLOURS[2][0])
    return element("circle", cx=x, cy=y, r=16, fill=FRUIT) + leaf


def _body(view: dict[str, Any], seat: int) -> list[Cell]:
    """The cells of a snake, head first."""
    cells = [(r, c) for r, owners in enumerate(view["owner"]) for c, owner in enumerate(owners) if owner == seat + 1]
    return sorted(cells, key=lambda cell: -view["life"][cell[0]][cell[1]])


def _snake(view: dict[str, Any], seat: int) -> str:
    body = _body(view, seat)
    if not body:
        return ""
    fill, shade = COLOURS[seat]
    points = [_centre(row, column) for row, column in body]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("h0.01" if len(points) == 1 else "")
    band: dict[str, Any] = {"d": path, "fill": "none", "stroke_linecap": "round", "stroke_linejoin": "round"}
    parts = [element("path", class_=f"snake-{seat + 1}", stroke=fill, stroke_width=42, **band)]
    if len(points) > 1 and BACKS[seat] is not None:
        dashes = None if BACKS[seat] == "none" else BACKS[seat]
        parts.append(element("path", stroke=shade, stroke_width=8, stroke_dasharray=dashes, **band))
    return "".join(parts) + _head(view, seat, body, fill)


def _head(view: dict[str, Any], seat: int, body: list[Cell], fill: str) -> str:
    (row, column), (x, y) = body[0], _centre(*body[0])
    down, right = (row - body[1][0], column - body[1][1]) if len(body) > 1 else (0, 1 if seat in (0, 3) else -1)
    parts = [element("circle", cx=x, cy=y, r=25, fill=fill)]
    if view["over"] and _has_won(view, seat):
        parts.append(element("circle", class_="win", cx=x, cy=y, r=27, fill="none", stroke=LIGHT, stroke_width=6))
    for side in (-1, 1):
        eye_x, eye_y = x + 8 * right + 11 * side * down, y + 8 * down + 11 * side * right
        parts.append(element("circle", cx=eye_x, cy=eye_y, r=8, fill=LIGHT))
        parts.append(element("circle", cx=eye_x + 3 * right, cy=eye_y + 3 * down, r=4, fill=INK))
    return "".join(parts)


def _has_won(view: dict[str, Any], seat: int) -> bool:
    """Whether the seat is alive and longer than all others that are."""
    alive = [other for other, died in enumerate(view["died"]) if died < 0]
    return seat in alive and all(view["lengths"][seat] > view["lengths"][other] for other in alive if other != seat)


def _length(view: dict[str, Any], seat: int, side: float) -> str:
    """The length of a snake under the board; that of a dead one is faint."""
    x = side * (seat + 1) / (len(view["heads"]) + 1)
    faint = 0.4 if view["died"][seat] >= 0 else None
    disc = element("circle", cx=x - 26, cy=side + 14, r=15, fill=COLOURS[seat][0], opacity=faint)
    number = str(view["lengths"][seat])
    return disc + label(number, x + 18, side + 14, 38, fill=LIGHT, class_="score", font_weight="600", opacity=faint)


def _ways(view: dict[str, Any], side: float) -> list[str]:
    """An area to click for each way that the snake of ``view["seat"]`` may take, from its head to the edge."""
    seat = view["seat"]
    if view["died"][seat] >= 0:
        return [hit(0, 0, side, side, data_action=0)]
    row, column = view["heads"][seat]
    x, y = MARGIN + SPACING * column, MARGIN + SPACING * row
    beyond_x, beyond_y = x + SPACING, y + SPACING
    areas = (
        (x, 0, SPACING, y),
        (beyond_x, y, side - beyond_x, SPACING),
        (x, beyond_y, SPACING, side - beyond_y),
        (0, y, x, SPACING),
    )
    body = _body(view, seat)
    neck = body[1] if len(body) > 1 else None
    open_ways = [way for way, (down, right) in enumerate(STEPS) if (row + down, column + right) != neck]
    return [hit(*areas[way], data_action=way) for way in open_ways]
