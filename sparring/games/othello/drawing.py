"""Othello as a picture: rings on the first player's discs, diamonds on the second's, dots where one may play."""

from __future__ import annotations

from typing import Any

import numpy as np

from sparring.games.othello.rules import cells_that_enclose
from sparring.games.svg import BOARD, CELL, FAINT, LIGHT, element, hit, label, picture, stone

SPACING = 100
MARGIN = 46
FOOT = 84


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide. Cells, or "pass", carry ``data-action`` while the match is on."""
    board = view["board"]
    rows = len(board)
    side = rows * SPACING + 2 * MARGIN
    parts = _board(rows)
    parts += [stone(board[row][at] - 1, *_centre(row, at), 41) for row, at in _cells(rows) if board[row][at]]
    if last_action is not None and last_action < rows * rows:
        parts.append(_last(*divmod(last_action, rows)))
    parts += [_score(view, seat, side) for seat in range(2)]
    if not view["over"]:
        parts += _choices(view, side)
    return picture(_title(view), side, side + FOOT, size, parts)


def text(view: dict[str, Any]) -> str:
    """The position for a terminal.

    >>> print(text({"board": [[0, 0, 0, 0], [0, 2, 1, 0], [0, 1, 1, 1], [0, 0, 0, 0]]}))
      a b c d
    1 · · · ·
    2 · O X ·
    3 · X X X
    4 · · · ·
    X 4, O 1
    """
    board = view["board"]
    width = len(str(len(board)))
    head = " " * width + " " + " ".join("abcdefghij"[: len(board)])
    lines = [f"{row + 1:>{width}} " + " ".join("·XO"[disc] for disc in discs) for row, discs in enumerate(board)]
    return "\n".join([head, *lines, f"X {discs_of(board, 0)}, O {discs_of(board, 1)}"])


def action_name(action: int, options: dict[str, Any]) -> str:
    """Cells as players of Othello write them, a1 the upper left.

    >>> action_name(19, {"size": 8}), action_name(64, {"size": 8})
    ('d3', 'pass')
    """
    size = options["size"]
    row, column = divmod(action, size)
    return "pass" if action == size * size else f"{'abcdefghij'[column]}{row + 1}"


def discs_of(board: list[list[int]], seat: int) -> int:
    """How many discs the seat has."""
    return sum(row.count(seat + 1) for row in board)


def places(view: dict[str, Any]) -> list[tuple[int, int]]:
    """The cells (row, column) on which the seat to move may place."""
    found = cells_that_enclose(np.array(view["board"], np.int8), view["seat"] + 1)
    return [cell for cell in _cells(len(found)) if int(found[cell[0]]) >> cell[1] & 1]


def _title(view: dict[str, Any]) -> str:
    if not view["over"]:
        return f"Othello: {'first' if view['seat'] == 0 else 'second'} player to move"
    first, second = (discs_of(view["board"], seat) for seat in range(2))
    ended = {0: "the first player won", 1: "the second player won", -1: "a draw"}[view["winner"]]
    return f"Othello: {ended}, {first} to {second}"


def _cells(rows: int) -> list[tuple[int, int]]:
    return [(row, column) for row in range(rows) for column in range(rows)]


def _centre(row: int, column: int) -> tuple[float, float]:
    return MARGIN + SPACING * (column + 0.5), MARGIN + SPACING * (row + 0.5)


def _board(rows: int) -> list[str]:
    side = rows * SPACING + 2 * MARGIN
    parts = [element("rect", class_="board", width=side, height=side + FOOT, rx=36, fill=BOARD)]
    for row, column in _cells(rows):
        x, y = MARGIN + SPACING * column + 3, MARGIN + SPACING * row + 3
        parts.append(element("rect", class_="cell", x=x, y=y, width=94, height=94, rx=12, fill=CELL))
    for at in range(rows):
        middle = MARGIN + SPACING * (at + 0.5)
        parts += [label("abcdefghij"[at], middle, MARGIN / 2, 26), label(str(at + 1), MARGIN / 2, middle, 26)]
    return parts


def _last(row: int, column: int) -> str:
    x, y = _centre(row, column)
    return element("circle", class_="last", cx=x, cy=y, r=11, fill=LIGHT)


def _score(view: dict[str, Any], seat: int, side: float) -> str:
    """A disc and how many there are of it, below the board; underlined for who is to move, rimmed for who has won."""
    x, y = side * (0.25 + 0.5 * seat), side + FOOT / 2 - 14
    discs = discs_of(view["board"], seat)
    parts = stone(seat, x - 36, y, 27) + label(str(discs), x + 34, y, 46, class_="score", fill=LIGHT, font_weight="600")
    if view["over"]:
        pill: dict[str, Any] = {"x": x - 78, "y": y - 37, "width": 166, "height": 74, "rx": 37}
        won = view["winner"] == seat
        return (element("rect", class_="win", fill=CELL, stroke=LIGHT, stroke_width=7, **pill) if won else "") + parts
    if view["seat"] == seat:
        parts += element("rect", class_="turn", x=x - 70, y=y + 36, width=150, height=6, rx=3, fill=LIGHT)
    return parts


def _choices(view: dict[str, Any], side: float) -> list[str]:
    rows = len(view["board"])
    parts = []
    for row, column in places(view):
        x, y = _centre(row, column)
        parts.append(element("circle", class_="hint", cx=x, cy=y, r=9, fill=FAINT, fill_opacity=0.7))
        parts.append(hit(x - 50, y - 50, SPACING, SPACING, data_action=rows * row + column))
    if not parts:
        parts.append(
            element("rect", class_="hint", x=side / 2 - 52, y=side + 1, width=104, height=54, rx=27, fill=CELL)
        )
        parts.append(label("pass", side / 2, side + 28, 30, fill=LIGHT))
        parts.append(hit(MARGIN, MARGIN, side - 2 * MARGIN, side - MARGIN, data_action=rows * rows))
    return parts
