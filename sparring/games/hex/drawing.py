"""Hex as a picture: a rhombus of hexagons, its sides in the colours of those who connect them.

Rings mark the stones of the first player, who connects top and bottom, diamonds those of the second.
"""

from __future__ import annotations

from typing import Any

from sparring.games.hex.rules import EMPTY, neighbour
from sparring.games.svg import BOARD, CELL, LIGHT, STONES, element, label, picture, stone

SIDE = 50.0
WIDTH = SIDE * 3**0.5
MARGIN = 64.0
LETTERS = "abcdefghijklmnopqrs"

Point = tuple[float, float]
Cell = tuple[int, int]


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide. Empty cells, and "swap", carry ``data-action`` until the end."""
    board = view["board"]
    cells = [(row, column) for row in range(len(board)) for column in range(len(board))]
    parts = _sides(len(board)) + [_hexagon(cell) for cell in cells] + _coordinates(len(board))
    parts += [stone(board[row][at] - 1, *_centre((row, at)), 34) for row, at in cells if board[row][at] != EMPTY]
    won = winning_path(board, view["winner"]) if view["winner"] >= 0 else []
    parts += [_mark(cell, "win", 31, fill="none", stroke=LIGHT, stroke_width=6) for cell in won]
    if last_action is not None:
        parts.append(_mark(_placed(board, last_action), "last", 9, fill=LIGHT))
    if not view["over"]:
        parts += _choices(view, cells)
    width, height = _extent(len(board))
    return picture(_title(view), width, height, size, parts)


def text(view: dict[str, Any]) -> str:
    """The position for a terminal: X connects top and bottom, O left and right.

    >>> print(text({"board": [[0, 0, 1], [0, 1, 2], [2, 0, 0]]}))
      a b c
    1  · · X
     2  · X O
      3  O · ·
    """
    board = view["board"]
    lines = ["  " + " ".join(LETTERS[: len(board)])]
    for row, stones in enumerate(board):
        lines.append(" " * row + f"{row + 1}".ljust(3) + " ".join("·XO"[owner] for owner in stones))
    return "\n".join(lines)


def action_name(action: int, options: dict[str, Any]) -> str:
    """Column and row, a1 the upper left.

    >>> action_name(13, {"size": 11}), action_name(121, {"size": 11})
    ('c2', 'swap')
    """
    size = options["size"]
    row, column = divmod(action, size)
    return "swap" if action == size * size else f"{LETTERS[column]}{row + 1}"


def winning_path(board: list[list[int]], seat: int) -> list[Cell]:
    """The cells (row, column) of a shortest chain of the seat's stones from one of its sides to the other."""
    size = len(board)
    start = [(0, at) if seat == 0 else (at, 0) for at in range(size)]
    came_from: dict[Cell, Cell | None] = {cell: None for cell in start if board[cell[0]][cell[1]] == seat + 1}
    waiting = list(came_from)
    for cell in waiting:
        if cell[seat] == size - 1:
            return _chain(came_from, cell)
        for direction in range(6):
            row, column = neighbour(*cell, direction)
            inside = 0 <= row < size and 0 <= column < size
            if inside and board[row][column] == seat + 1 and (row, column) not in came_from:
                came_from[row, column] = cell
                waiting.append((row, column))
    return []


def _chain(came_from: dict[Cell, Cell | None], cell: Cell | None) -> list[Cell]:
    chain = []
    while cell is not None:
        chain.append(cell)
        cell = came_from[cell]
    return chain


def _title(view: dict[str, Any]) -> str:
    if view["over"]:
        return f"Hex: the {'first' if view['winner'] == 0 else 'second'} player won"
    return f"Hex: {'first' if view['seat'] == 0 else 'second'} player to move"


def _placed(board: list[list[int]], action: int) -> Cell:
    """Where the action left a stone; after a swap there is only one."""
    size = len(board)
    if action < size * size:
        return divmod(action, size)
    return next((row, line.index(2)) for row, line in enumerate(board) if 2 in line)


def _extent(size: int) -> Point:
    return WIDTH * (1.5 * size - 0.5) + 2 * MARGIN, SIDE * (1.5 * size + 0.5) + 2 * MARGIN


def _centre(cell: Cell) -> Point:
    row, column = cell
    return MARGIN + WIDTH * (column + row / 2 + 0.5), MARGIN + SIDE * (1.5 * row + 1)


def _corners(cell: Cell, side: float = SIDE) -> list[Point]:
    """The six corners: top, upper right, lower right, bottom, lower left, upper left."""
    x, y = _centre(cell)
    half = side * 3**0.5 / 2
    return [
        (x, y - side),
        (x + half, y - side / 2),
        (x + half, y + side / 2),
        (x, y + side),
        (x - half, y + side / 2),
        (x - half, y - side / 2),
    ]


def _points(points: list[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _hexagon(cell: Cell) -> str:
    return element("polygon", class_="cell", points=_points(_corners(cell, SIDE - 3)), fill=CELL)


def _sides(size: int) -> list[str]:
    """The board, and a thick line along each side."""
    end = size - 1
    top = [_corners((0, at))[corner] for at in range(size) for corner in (5, 0, 1)]
    bottom = [_corners((end, at))[corner] for at in range(size) for corner in (4, 3, 2)]
    left = [_corners((at, 0))[corner] for at in range(size) for corner in (5, 4, 3)][:-1]
    right = [_corners((at, end))[corner] for at in range(size) for corner in (0, 1, 2)][1:]
    rim: dict[str, Any] = {"fill": "none", "stroke_width": 30, "stroke_linejoin": "round"}
    outline = [*top, *right, *reversed(bottom), *reversed(left)]
    board: dict[str, Any] = {"fill": BOARD, "stroke": BOARD, "stroke_width": 44, "stroke_linejoin": "round"}
    parts = [element("polygon", class_="board", points=_points(outline), **board)]
    for seat, lines in enumerate(((top, bottom), (left, right))):
        colour = {"class_": f"side-{seat + 1}", "stroke": STONES[seat][0]}
        parts += [element("polyline", points=_points(line), **colour, **rim) for line in lines]
    return [*parts, element("polygon", points=_points(outline), fill=BOARD)]


def _coordinates(size: int) -> list[str]:
    parts = []
    for at in range(size):
        x, y = _centre((0, at))
        parts.append(label(LETTERS[at], x - WIDTH * 0.36, y - SIDE - 24, 26))
        x, y = _centre((at, 0))
        parts.append(label(str(at + 1), x - WIDTH / 2 - 26, y + 9, 26, text_anchor="end"))
    return parts


def _mark(cell: Cell, name: str, radius: float, **attributes: str | float) -> str:
    x, y = _centre(cell)
    return element("circle", class_=name, cx=x, cy=y, r=radius, **attributes)


def _choices(view: dict[str, Any], cells: list[Cell]) -> list[str]:
    board = view["board"]
    parts = [
        element("polygon", class_="hit", points=_points(_corners(cell)), fill="transparent", data_action=number)
        for number, cell in enumerate(cells)
        if board[cell[0]][cell[1]] == EMPTY
    ]
    if view["swap"] and view["ply"] == 1:
        _, height = _extent(len(board))
        box: dict[str, Any] = {"x": 12, "y": height - 76, "width": 130, "height": 64, "rx": 32}
        parts.append(element("rect", class_="hint", fill=BOARD, stroke=STONES[1][0], stroke_width=5, **box))
        parts.append(label("swap", 77, height - 44, 34, fill=LIGHT))
        parts.append(element("rect", class_="hit", fill="transparent", data_action=len(cells), **box))
    return parts
