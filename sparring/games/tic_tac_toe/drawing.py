"""Tic-tac-toe as a picture: crosses for the first player, rings for the second."""

from __future__ import annotations

from typing import Any

from sparring.games.svg import BOARD, CELL, FIRST, LIGHT, SECOND, element, hit, label, picture

SPACING = 100
MARGIN = 34
LIT = "#3f6792"
SIDE = 3 * SPACING + 2 * MARGIN

_ROWS = [[3 * i + j for j in range(3)] for i in range(3)]
LINES = [*_ROWS, *([row[j] for row in _ROWS] for j in range(3)), [0, 4, 8], [2, 4, 6]]


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide. Free cells carry ``data-action`` while the match is on."""
    marks = [mark for row in view["board"] for mark in row]
    won = next((line for line in LINES if marks[line[0]] != 0 and len({marks[cell] for cell in line}) == 1), [])
    parts = [element("rect", class_="board", width=SIDE, height=SIDE, rx=28, fill=BOARD), *_coordinates()]
    for cell, mark in enumerate(marks):
        parts.append(_tile(cell, lit=cell == last_action, won=cell in won))
        if mark:
            parts.append(_cross(cell) if mark == 1 else _ring(cell))
    if not view["over"]:
        parts += [_hit(cell) for cell, mark in enumerate(marks) if mark == 0]
    return picture(_title(view), SIDE, SIDE, size, parts)


def text(view: dict[str, Any]) -> str:
    """The position for a terminal.

    >>> print(text({"board": [[1, 0, 0], [0, 2, 0], [0, 0, 0]]}))
    3  X · ·
    2  · O ·
    1  · · ·
       a b c
    """
    lines = [f"{3 - row}  {' '.join('·XO'[mark] for mark in marks)}" for row, marks in enumerate(view["board"])]
    return "\n".join([*lines, "   a b c"])


def action_name(action: int, options: dict[str, Any]) -> str:
    """The cell as on a chess board: ``a1`` is the lower left.

    >>> action_name(0, {}), action_name(7, {})
    ('a3', 'b1')
    """
    return f"{'abc'[action % 3]}{3 - action // 3}"


def _title(view: dict[str, Any]) -> str:
    if not view["over"]:
        return f"Tic-tac-toe: {'crosses' if view['seat'] == 0 else 'rings'} to move"
    return "Tic-tac-toe: " + {0: "crosses won", 1: "rings won", -1: "a draw"}[view["winner"]]


def _centre(cell: int) -> tuple[float, float]:
    return MARGIN + SPACING * (cell % 3 + 0.5), MARGIN + SPACING * (cell // 3 + 0.5)


def _coordinates() -> list[str]:
    columns = [label("abc"[i], MARGIN + SPACING * (i + 0.5), SIDE - MARGIN / 2, 18) for i in range(3)]
    rows = [label(str(3 - i), MARGIN / 2, MARGIN + SPACING * (i + 0.5), 18) for i in range(3)]
    return columns + rows


def _tile(cell: int, lit: bool, won: bool) -> str:
    x, y = _centre(cell)
    square: dict[str, Any] = {"x": x - 46, "y": y - 46, "width": 92, "height": 92, "rx": 16}
    tile = element("rect", class_="cell last" if lit else "cell", fill=LIT if lit else CELL, **square)
    if not won:
        return tile
    return tile + element("rect", class_="win", fill="none", stroke=LIGHT, stroke_width=6, **square)


def _cross(cell: int) -> str:
    x, y = _centre(cell)
    return element(
        "path",
        class_="line-1",
        d=f"M{x - 24} {y - 24}l48 48m0-48l-48 48",
        fill="none",
        stroke=FIRST,
        stroke_width=15,
        stroke_linecap="round",
    )


def _ring(cell: int) -> str:
    x, y = _centre(cell)
    return element("circle", class_="line-2", cx=x, cy=y, r=27, fill="none", stroke=SECOND, stroke_width=14)


def _hit(cell: int) -> str:
    x, y = _centre(cell)
    return hit(x - SPACING / 2, y - SPACING / 2, SPACING, SPACING, data_action=cell)
