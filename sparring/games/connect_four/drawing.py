"""Connect Four as a picture: rings on the stones of the first player, diamonds on those of the second."""

from __future__ import annotations

from typing import Any

from sparring.games.svg import BOARD, CELL, LIGHT, element, hit, label, picture, stone

SPACING = 100
MARGIN = 20
LABELS = 44
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide. Columns with room carry ``data-action`` while the match is on."""
    board = view["board"]
    rows, columns = len(board), len(board[0])
    width, height = columns * SPACING + 2 * MARGIN, rows * SPACING + 2 * MARGIN
    parts = _board(rows, columns)
    parts += [
        stone(board[row][column] - 1, *_centre(row, column), 41) for row, column in _cells(board) if board[row][column]
    ]
    won = winning_cells(board, view["connect"]) if view["winner"] >= 0 else set()
    parts += [_ring(row, column) for row, column in sorted(won)]
    if last_action is not None:
        parts.append(_last(rows - view["height"][last_action], last_action))
    parts += [label(str(c + 1), MARGIN + SPACING * (c + 0.5), height + LABELS / 2, 30) for c in range(columns)]
    if not view["over"]:
        free = [column for column in range(columns) if view["height"][column] < rows]
        parts += [hit(MARGIN + SPACING * c, 0, SPACING, height + LABELS, data_action=c) for c in free]
    return picture(_title(view), width, height + LABELS, size, parts)


def text(view: dict[str, Any]) -> str:
    """The position for a terminal.

    >>> print(text({"board": [[0, 0, 0], [0, 2, 0], [0, 1, 1]]}))
    · · ·
    · O ·
    · X X
    1 2 3
    """
    lines = [" ".join("·XO"[disc] for disc in discs) for discs in view["board"]]
    return "\n".join([*lines, " ".join(str((column + 1) % 10) for column in range(len(view["board"][0])))])


def action_name(action: int, options: dict[str, Any]) -> str:
    """Columns are counted from the left, from 1.

    >>> action_name(3, {})
    'column 4'
    """
    return f"column {action + 1}"


def winning_cells(board: list[list[int]], connect: int) -> set[tuple[int, int]]:
    """All cells (row, column) of lines of at least ``connect`` stones of one seat."""
    won: set[tuple[int, int]] = set()
    for row, column in _cells(board):
        for down, right in DIRECTIONS:
            line = [(row + i * down, column + i * right) for i in range(connect)]
            end_row, end_column = line[-1]
            inside = 0 <= end_row < len(board) and 0 <= end_column < len(board[0])
            if inside and board[row][column] and len({board[r][c] for r, c in line}) == 1:
                won.update(line)
    return won


def _title(view: dict[str, Any]) -> str:
    if not view["over"]:
        return f"Connect Four: {'first' if view['seat'] == 0 else 'second'} player to move"
    return "Connect Four: " + {0: "the first player won", 1: "the second player won", -1: "a draw"}[view["winner"]]


def _cells(board: list[list[int]]) -> list[tuple[int, int]]:
    return [(row, column) for row in range(len(board)) for column in range(len(board[0]))]


def _centre(row: int, column: int) -> tuple[float, float]:
    return MARGIN + SPACING * (column + 0.5), MARGIN + SPACING * (row + 0.5)


def _board(rows: int, columns: int) -> list[str]:
    width, height = columns * SPACING + 2 * MARGIN, rows * SPACING + 2 * MARGIN
    centres = [_centre(row, column) for row in range(rows) for column in range(columns)]
    holes = [element("circle", class_="cell", cx=x, cy=y, r=41, fill=CELL) for x, y in centres]
    return [element("rect", class_="board", width=width, height=height, rx=36, fill=BOARD), *holes]


def _ring(row: int, column: int) -> str:
    x, y = _centre(row, column)
    return element("circle", class_="win", cx=x, cy=y, r=40, fill="none", stroke=LIGHT, stroke_width=9)


def _last(row: int, column: int) -> str:
    x, y = _centre(row, column)
    return element("circle", class_="last", cx=x, cy=y, r=10, fill=LIGHT)
