"""New Game as a picture: the heap, and what one may take from it."""

from __future__ import annotations

from typing import Any

from sparring.games.svg import BOARD, CELL, FIRST, LIGHT, SECOND, element, hit, label, picture

SIDE = 480
MARGIN = 30
MOST = 3


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide. What may be taken carries ``data-action`` while the match is on."""
    colour = (FIRST, SECOND)[view["seat"]]
    parts = [element("rect", class_="board", width=SIDE, height=SIDE, rx=28, fill=BOARD)]
    parts += [_stone(number, view["stones"]) for number in range(view["stones"])]
    parts += [_take(action, action == last_action, colour) for action in range(MOST)]
    if not view["over"]:
        parts += [hit(*_button(action), data_action=action) for action in range(min(MOST, view["stones"]))]
    return picture(_title(view), SIDE, SIDE, size, parts)


def text(view: dict[str, Any]) -> str:
    """The heap for a terminal.

    >>> text({"stones": 4})
    '●●●● (4)'
    """
    return f"{'●' * view['stones']} ({view['stones']})"


def action_name(action: int, options: dict[str, Any]) -> str:
    """What is taken, in words.

    >>> action_name(1, {})
    'take 2'
    """
    return f"take {action + 1}"


def _title(view: dict[str, Any]) -> str:
    if view["winner"] >= 0:
        return f"New Game: player {view['winner'] + 1} won"
    return f"New Game: player {view['seat'] + 1} to move, {view['stones']} stones left"


def _stone(number: int, stones: int) -> str:
    """One of the heap, in rows of seven; of fourteen where there are many."""
    columns = 7 if stones <= 35 else 14
    step = (SIDE - 2 * MARGIN) / columns
    row, column = divmod(number, columns)
    x, y = MARGIN + step * (column + 0.5), MARGIN + step * (row + 0.5)
    return element("circle", class_="stone", cx=x, cy=y, r=0.4 * step, fill=LIGHT)


def _button(action: int) -> tuple[float, float, float, float]:
    """x, y, width and height."""
    return 24 + 148 * action, 380, 136, 76


def _take(action: int, last: bool, colour: str) -> str:
    x, y, width, height = _button(action)
    rim: dict[str, Any] = {"stroke": LIGHT, "stroke_width": 5.0} if last else {}
    tile = element(
        "rect", class_="cell last" if last else "cell", x=x, y=y, width=width, height=height, rx=16, fill=CELL, **rim
    )
    return tile + label(f"take {action + 1}", x + width / 2, y + height / 2, 26, fill=colour)
