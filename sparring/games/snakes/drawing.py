"""Snakes as a picture: bands of colour with eyes, told apart by their back lines too; food as small round fruit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparring.games.svg import BOARD, CELL, LIGHT, SEATS, element, hit, label, picture

SPACING = 60
MARGIN = 36
FOOTER = 88
BACKS = ("none", "2 14", "18 14", None)
"""Dashes of the line along the back of each seat's snake; the last has no line."""
NAMES = ("up", "right", "down", "left")
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
INK = "#13263c"
FRUIT = "#ff8fa3"

Cell = tuple[int, int]


def draw(view: dict[str, Any], size: int = 480, last_action: int | Sequence[int] | None = None) -> str:
    """The board as SVG, ``size`` pixels wide. From the head of ``view["seat"]`` four areas carry ``data-action``.

    Every snake shows where it has come from, and a cross where it has died, so ``last_action`` changes nothing.
    """
    cells = len(view["owner"])
    side = cells * SPACING + 2 * MARGIN
    parts = [element("rect", class_="board", width=side, height=side + FOOTER, rx=34, fill=BOARD)]
    parts.append(
        element("rect", class_="cell", x=MARGIN, y=MARGIN, width=side - 2 * MARGIN, height=side - 2 * MARGIN, fill=CELL)
    )
    parts.append(_checks(cells))
    parts += [_fruit(row, column) for row in range(cells) for column in range(cells) if view["meal"][row][column]]
    seats = range(len(view["heads"]))
    parts += [_grave(view, seat) for seat in seats if _under_a_head(view, seat)]
    parts += [_snake(view, seat) for seat in seats]
    parts += [_grave(view, seat) for seat in seats if not _under_a_head(view, seat)]
    parts += [_length(view, seat, side) for seat in seats]
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
    leaf = element("path", d=f"M{x:g} {y - 14:g}c2 -10 10 -12 16 -10c-2 8 -8 12 -16 10z", fill=SEATS[2][0])
    return element("circle", cx=x, cy=y, r=16, fill=FRUIT) + leaf


def _body(view: dict[str, Any], seat: int) -> list[Cell]:
    """The cells of a snake, head first."""
    cells = [(r, c) for r, owners in enumerate(view["owner"]) for c, owner in enumerate(owners) if owner == seat + 1]
    return sorted(cells, key=lambda cell: -view["life"][cell[0]][cell[1]])


def _snake(view: dict[str, Any], seat: int) -> str:
    body = _body(view, seat)
    if not body:
        return ""
    fill, shade = SEATS[seat]
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
    if _winner(view) == seat:
        parts.append(element("circle", class_="win", cx=x, cy=y, r=27, fill="none", stroke=LIGHT, stroke_width=6))
    for side in (-1, 1):
        eye_x, eye_y = x + 8 * right + 11 * side * down, y + 8 * down + 11 * side * right
        parts.append(element("circle", cx=eye_x, cy=eye_y, r=8, fill=LIGHT))
        parts.append(element("circle", cx=eye_x + 3 * right, cy=eye_y + 3 * down, r=4, fill=INK))
    return "".join(parts)


def _winner(view: dict[str, Any]) -> int | None:
    """Who has won, once the match is over: the longest of those alive, else who died last; None where two share it."""
    if not view["over"]:
        return None
    ranks = [
        (died < 0, length if died < 0 else died) for died, length in zip(view["died"], view["lengths"], strict=True)
    ]
    return ranks.index(max(ranks)) if ranks.count(max(ranks)) == 1 else None


def _grave(view: dict[str, Any], seat: int) -> str:
    """A cross where a snake has died, in the tick in which it has and at the end."""
    died = view["died"][seat]
    if died < 0 or not (view["over"] or died == view["ply"] - 1):
        return ""
    beyond = len(view["owner"]) - 0.75
    x, y = _centre(*(min(max(at, -0.25), beyond) for at in view["heads"][seat]))
    arm = 26 if _under_a_head(view, seat) else 14
    cross = f"M{x - arm:g} {y - arm:g}l{2 * arm} {2 * arm}m0-{2 * arm}l-{2 * arm} {2 * arm}"
    line: dict[str, Any] = {"d": cross, "fill": "none", "stroke_linecap": "round"}
    under = element("path", stroke=INK, stroke_width=18, **line)
    return under + element("path", class_=f"grave-{seat + 1}", stroke=SEATS[seat][0], stroke_width=10, **line)


def _under_a_head(view: dict[str, Any], seat: int) -> bool:
    """Whether the place where a snake has died is the head of a longer one: there the cross looks out from under it."""
    places = zip(view["heads"], view["died"], strict=True)
    return view["died"][seat] >= 0 and any(died < 0 and head == view["heads"][seat] for head, died in places)


def _length(view: dict[str, Any], seat: int, side: float) -> str:
    """The length of a snake under the board; that of a dead one is faint, and that of the winner rimmed."""
    seats = len(view["heads"])
    wide = min(200.0, (side - 2 * MARGIN) / seats - 8)
    scale = wide / 200
    x, y = side * (2 * seat + 1) / (2 * seats), side + (FOOTER - MARGIN) / 2 + 4
    won = _winner(view) == seat
    faint = 0.4 if view["died"][seat] >= 0 and not won else None
    disc = element("circle", cx=x - 50 * scale, cy=y, r=min(20, 26 * scale), fill=SEATS[seat][0], opacity=faint)
    number = label(
        str(view["lengths"][seat]),
        x + 26 * scale,
        y,
        min(54, 72 * scale),
        fill=LIGHT,
        class_="score",
        font_weight="600",
        opacity=faint,
    )
    if not won:
        return disc + number
    box: dict[str, Any] = {"x": x - wide / 2, "y": y - 33, "width": wide, "height": 66, "rx": 33}
    return element("rect", class_="win", fill=CELL, stroke=LIGHT, stroke_width=6, **box) + disc + number


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
