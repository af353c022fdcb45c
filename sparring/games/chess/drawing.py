"""Chess as a picture, white at the bottom; the squares of the last move are tinted, a king in check is rimmed.

A move is picked in two steps, or three for a promotion: areas that carry ``data-pick`` open those whose ``data-from``
is the same, until one with ``data-action`` is reached.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from sparring.games.chess.fen import LETTERS, square_name
from sparring.games.chess.moves import attacked
from sparring.games.chess.pieces import piece
from sparring.games.chess.rules import CHECKMATE, FIFTY, MATERIAL, REPETITION, STALEMATE, action_of
from sparring.games.chess.tables import KNIGHT, PAWN, PLANES, QUEEN, TARGET, UNDERPROMOTIONS
from sparring.games.svg import BOARD, FIRST, SECOND, WON, element, hit, label, picture

SPACING = 100
MARGIN = 44
SIDE = 8 * SPACING + 2 * MARGIN
SQUARES = ("#6d8cb0", "#b9c9da")

ENDINGS = {
    STALEMATE: "stalemate, a draw",
    MATERIAL: "nobody can mate, a draw",
    REPETITION: "the third time the same position, a draw",
    FIFTY: "fifty moves without a capture or pawn move, a draw",
}


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide. While the match is on, what can be clicked is there to be picked."""
    parts = [element("rect", class_="board", width=SIDE, height=SIDE, rx=30, fill=BOARD), *_coordinates()]
    parts += [_square(square) for square in range(64)]
    if last_action is not None:
        parts.append(_last(last_action, 1 - view["seat"]))
    king = view["kings"][view["seat"]]
    if in_check(view):
        x, y = _corner(king)
        rim: dict[str, Any] = {"fill": FIRST, "fill_opacity": 0.55, "stroke": FIRST, "stroke_width": 8}
        parts.append(element("rect", class_="check", x=x + 4, y=y + 4, width=92, height=92, **rim))
    if view["winner"] >= 0:
        x, y = _corner(view["kings"][view["winner"]])
        rim = {"fill": WON, "fill_opacity": 0.55, "stroke": WON, "stroke_width": 8}
        parts.append(element("rect", class_="win", x=x + 4, y=y + 4, width=92, height=92, **rim))
    parts += [piece(number, *_corner(square)) for square, number in enumerate(view["board"]) if number]
    if not view["over"]:
        parts += _choices(view)
    return picture(_title(view), SIDE, SIDE, size, parts)


def text(view: dict[str, Any]) -> str:
    """The position for a terminal, white in capitals.

    >>> from sparring.games.chess.tables import START
    >>> print(text({"board": START.tolist()}))
    8 r n b q k b n r
    7 p p p p p p p p
    6 · · · · · · · ·
    5 · · · · · · · ·
    4 · · · · · · · ·
    3 · · · · · · · ·
    2 P P P P P P P P
    1 R N B Q K B N R
      a b c d e f g h
    """
    letters = [LETTERS[number] if number else "·" for number in view["board"]]
    lines = [f"{rank + 1} " + " ".join(letters[8 * rank : 8 * rank + 8]) for rank in range(7, -1, -1)]
    return "\n".join([*lines, "  a b c d e f g h"])


def action_name(action: int, options: dict[str, Any]) -> str:
    """The squares it leaves and reaches as white sees them; black's actions are counted from black's side.

    >>> action_name(73 * 12 + 1, {}), action_name(73 * 52 + 64, {}), action_name(0, {}), action_name(73 * 7 + 20, {})
    ('e2e4', 'e7d8n', 'a1a2', 'h1 plane 20')
    """
    if TARGET[action] < 0:
        return f"{square_name(action // PLANES)} plane {action % PLANES}"
    return _squares(action, 0) + _underpromotion(action)


def action_name_in(view: dict[str, Any], action: int) -> str:
    """The action in this position as chess programs write moves (UCI): e7e5, e1g1 (castling), b2a1q.

    >>> from sparring.games.chess.tables import START
    >>> action_name_in({"board": START.tolist(), "seat": 1}, 73 * 12 + 1)
    'e7e5'
    """
    name = _squares(action, view["seat"]) + _underpromotion(action)
    origin = action // PLANES ^ 56 * view["seat"]
    promoted = abs(view["board"][origin]) == PAWN and name[3:] in ("1", "8")
    return name + "q" if promoted else name


def in_check(view: dict[str, Any]) -> bool:
    """Whether the king of the seat to move is attacked."""
    king = view["kings"][view["seat"]]
    return bool(attacked(np.array(view["board"], np.int8), 1 - 2 * view["seat"], king, king))


def _squares(action: int, seat: int) -> str:
    flip = 56 * seat
    return square_name(action // PLANES ^ flip) + square_name(int(TARGET[action]) ^ flip)


def _underpromotion(action: int) -> str:
    plane = action % PLANES
    return "" if plane < UNDERPROMOTIONS else "nbr"[(plane - UNDERPROMOTIONS) // 3]


def _title(view: dict[str, Any]) -> str:
    if view["ending"] == CHECKMATE:
        return f"Chess: checkmate, {('white', 'black')[view['winner']]} won"
    if view["over"]:
        return f"Chess: {ENDINGS[view['ending']]}"
    return f"Chess: {('white', 'black')[view['seat']]} to move" + (", in check" if in_check(view) else "")


def _corner(square: int) -> tuple[int, int]:
    """The upper left corner of a square."""
    return MARGIN + SPACING * (square % 8), MARGIN + SPACING * (7 - square // 8)


def _coordinates() -> list[str]:
    files = [label("abcdefgh"[i], MARGIN + SPACING * (i + 0.5), SIDE - MARGIN / 2, 26) for i in range(8)]
    ranks = [label(str(8 - i), MARGIN / 2, MARGIN + SPACING * (i + 0.5), 26) for i in range(8)]
    return files + ranks


def _square(square: int) -> str:
    x, y = _corner(square)
    light = (square + square // 8) % 2
    class_ = "square-light" if light else "cell"
    return element("rect", class_=class_, x=x, y=y, width=SPACING, height=SPACING, fill=SQUARES[light])


def _last(action: int, seat: int) -> str:
    squares = [action // PLANES ^ 56 * seat, int(TARGET[action]) ^ 56 * seat]
    outlines = "".join("M{} {}h100v100h-100z".format(*_corner(square)) for square in squares)
    return element("path", class_="last", d=outlines, fill=SECOND, fill_opacity=0.6)


def _legal(view: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    """From, to, promotion and action of each legal move, in order."""
    moves, seat = view["_moves"][: view["_count"]], view["seat"]
    return sorted((move & 63, move >> 6 & 63, move >> 12, int(action_of(move, seat))) for move in moves)


def _choices(view: dict[str, Any]) -> list[str]:
    """Pieces that can move; for each, hidden until it is picked, where to; and what a pawn may become."""
    parts: list[str] = []
    opened: list[str] = []
    for origin, moves in groupby(_legal(view), key=lambda move: move[0]):
        name = square_name(origin)
        parts.append(_area(origin, data_pick=origin, aria_label=name))
        for to, ways in groupby(moves, key=lambda move: move[1]):
            promotions = list(ways)
            opened.append(_hint(view, origin, to))
            if len(promotions) == 1:
                opened.append(_area(to, data_from=origin, display="none", data_action=promotions[0][3]))
            else:
                way = f"{origin}-{to}"
                label_ = f"{name} to {square_name(to)}, and promote"
                opened.append(_area(to, data_from=origin, display="none", data_pick=way, aria_label=label_))
                opened += _tray(view, way, to, promotions)
    return parts + opened


def _area(square: int, **attributes: Any) -> str:
    x, y = _corner(square)
    return element("rect", class_="hit", x=x, y=y, width=SPACING, height=SPACING, fill="transparent", **attributes)


def _hint(view: dict[str, Any], origin: int, to: int) -> str:
    """A dot where a picked piece may go, a ring around what it may take."""
    x, y = _corner(to)
    shown: dict[str, Any] = {"class_": "hint", "data_from": origin, "display": "none", "cx": x + 50, "cy": y + 50}
    if view["board"][to]:
        return element("circle", r=45, fill="none", stroke=BOARD, stroke_width=8, stroke_opacity=0.75, **shown)
    return element("circle", r=15, fill=BOARD, fill_opacity=0.75, **shown)


def _tray(view: dict[str, Any], way: str, to: int, promotions: list[tuple[int, int, int, int]]) -> list[str]:
    """Queen, rook, bishop and knight to choose from, over the file of the pawn."""
    x, y = _corner(to)
    down = 1 if to >= 56 else -1
    top = y if down == 1 else y - 3 * SPACING
    box: dict[str, Any] = {"x": x, "y": top, "width": SPACING, "height": 4 * SPACING, "rx": 14}
    shown: dict[str, Any] = {"data_from": way, "display": "none"}
    parts = [element("rect", class_="tray", fill=SQUARES[1], stroke=BOARD, stroke_width=6, **box, **shown)]
    for kind, (*_, action) in zip(range(KNIGHT, QUEEN + 1), promotions, strict=True):
        above = y + down * SPACING * (QUEEN - kind)
        parts.append(element("g", piece(down * kind, x, above), **shown))
        parts.append(hit(x, above, SPACING, SPACING, data_action=action, **shown))
    return parts
