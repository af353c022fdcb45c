"""Quarto as a picture: the board, and below it the piece at hand and those still to be given.

The four traits of a piece, from the highest bit: 8 dark, 4 large, 2 square, 1 hollow.
"""

from __future__ import annotations

from typing import Any

from sparring.games.quarto.rules import CLASSIC, GIVE, NONE, PLACE
from sparring.games.svg import BOARD, LIGHT, STONES, element, hit, label, picture, stone

SPACING = 100
MARGIN = 34
SIDE = 4 * SPACING + 2 * MARGIN
HAND = (MARGIN + 46, SIDE + 49)
SHELF = (136, SIDE + 10)
STEP = 39
HEIGHT = SIDE + 114

WELL = "#6286ad"
LIT = "#93b4d8"
DARK = "#12233a"
PALE = "#dccfb0"

_LINES = [
    *([(i, j) for j in range(4)] for i in range(4)),
    *([(j, i) for j in range(4)] for i in range(4)),
    [(i, i) for i in range(4)],
    [(i, 3 - i) for i in range(4)],
]
_SQUARES = [[(i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)] for i in range(3) for j in range(3)]


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The position as SVG, ``size`` pixels wide.

    While the match is on, what can be clicked carries ``data-action`` where one click is a whole action (a piece given
    at the start, a placement that ends the match), else free cells carry ``data-cell`` and pieces ``data-piece``: the
    action is then 16 * cell + piece.
    """
    board = view["board"]
    last = None if last_action is None or GIVE <= last_action < PLACE else _cell_of(last_action)
    won = _won(view)
    parts = [element("rect", class_="board", width=SIDE, height=HEIGHT, rx=28, fill=BOARD), *_coordinates()]
    for cell in range(16):
        row, column = divmod(cell, 4)
        parts.append(_well(cell, cell == last, (row, column) in won))
        if board[row][column] != NONE:
            parts.append(_piece(board[row][column], *_centre(cell)))
    parts += [_hand(view), *_shelf(view)]
    if not view["over"]:
        parts += _hits(view)
    return picture(_title(view), SIDE, HEIGHT, size, parts)


def text(view: dict[str, Any]) -> str:
    """The position for a terminal: ``l`` light, ``d`` dark, capital when large, and the shape.

    >>> board = [[-1, -1, -1, 0], [-1, -1, -1, -1], [15, -1, -1, -1], [-1, -1, -1, -1]]
    >>> print(text({"board": board, "hand": 5, "unused": [0, 1] + [0] * 6 + [1] + [0] * 7}))
    4  ·  ·  ·  l●
    3  ·  ·  ·  ·
    2  D□ ·  ·  ·
    1  ·  ·  ·  ·
       a  b  c  d
    to place: L○ (large light ring)
    left: l○ d●
    """
    lines = [
        f"{4 - row}  " + " ".join(_code(piece).ljust(2) for piece in pieces).rstrip()
        for row, pieces in enumerate(view["board"])
    ]
    hand = "nothing" if view["hand"] == NONE else f"{_code(view['hand'])} ({piece_name(view['hand'])})"
    left = " ".join(_code(piece) for piece in range(16) if view["unused"][piece])
    return "\n".join([*lines, "   a  b  c  d", f"to place: {hand}", f"left: {left}"])


def _code(piece: int) -> str:
    return "·" if piece == NONE else "lLdD"[(piece & 8) // 4 + (piece & 4) // 4] + "●○■□"[piece & 3]


def action_name(action: int, options: dict[str, Any]) -> str:
    """The cell as on a chess board, ``a1`` the lower left, and the piece given.

    >>> action_name(16 * 3 + 5, {}), action_name(GIVE + 8, {}), action_name(PLACE + 12, {})
    ('d4, then large light ring', 'give small dark disc', 'a1')
    """
    if GIVE <= action < PLACE:
        return f"give {piece_name(action - GIVE)}"
    row, column = divmod(_cell_of(action), 4)
    cell = f"{'abcd'[column]}{4 - row}"
    return cell if action >= PLACE else f"{cell}, then {piece_name(action % 16)}"


def piece_name(piece: int) -> str:
    """The four traits in words: disc and block are solid, ring and frame hollow.

    >>> piece_name(0), piece_name(15)
    ('small light disc', 'large dark frame')
    """
    shape = ("disc", "ring", "block", "frame")[piece & 3]
    return f"{'large' if piece & 4 else 'small'} {'dark' if piece & 8 else 'light'} {shape}"


def _title(view: dict[str, Any]) -> str:
    if view["over"]:
        return "Quarto: " + {0: "the first player won", 1: "the second player won", -1: "a draw"}[view["winner"]]
    player = "first" if view["seat"] == 0 else "second"
    if view["hand"] == NONE:
        return f"Quarto: {player} player to give a piece"
    return f"Quarto: {player} player to place the {piece_name(view['hand'])}"


def _cell_of(action: int) -> int:
    return action - PLACE if action >= PLACE else action // 16


def _won(view: dict[str, Any]) -> set[tuple[int, int]]:
    """The cells of all lines that share a trait, once the match is won."""
    if view["winner"] < 0:
        return set()
    lines = _LINES + (_SQUARES if view["squares"] else [])
    return {cell for line in lines if _shares_trait([view["board"][r][c] for r, c in line]) for cell in line}


def _shares_trait(pieces: list[int]) -> bool:
    if NONE in pieces:
        return False
    first, *others = pieces
    return any(all((piece ^ first) >> trait & 1 == 0 for piece in others) for trait in range(4))


def _ends(view: dict[str, Any], row: int, column: int) -> bool:
    """Whether placing the piece at hand there ends the match, and so gives nothing."""
    if view["variant"] == CLASSIC:
        return False
    board = [list(line) for line in view["board"]]
    board[row][column] = view["hand"]
    lines = [line for line in _LINES + (_SQUARES if view["squares"] else []) if (row, column) in line]
    return not any(view["unused"]) or any(_shares_trait([board[r][c] for r, c in line]) for line in lines)


def _centre(cell: int) -> tuple[float, float]:
    return MARGIN + SPACING * (cell % 4 + 0.5), MARGIN + SPACING * (cell // 4 + 0.5)


def _shelf_place(piece: int) -> tuple[float, float]:
    return SHELF[0] + STEP * (piece % 8 + 0.5), SHELF[1] + STEP * (piece // 8 + 0.5)


def _coordinates() -> list[str]:
    columns = [label("abcd"[i], MARGIN + SPACING * (i + 0.5), SIDE - MARGIN / 2, 18) for i in range(4)]
    rows = [label(str(4 - i), MARGIN / 2, MARGIN + SPACING * (i + 0.5), 18) for i in range(4)]
    return columns + rows


def _well(cell: int, last: bool, won: bool) -> str:
    x, y = _centre(cell)
    well = element("circle", class_="cell last" if last else "cell", cx=x, cy=y, r=46, fill=LIT if last else WELL)
    if not won:
        return well
    return well + element("circle", class_="win", cx=x, cy=y, r=44.5, fill="none", stroke=LIGHT, stroke_width=7)


def _piece(piece: int, x: float, y: float, scale: float = 1.0) -> str:
    """A path with a hole where the piece is hollow; ``scale`` 1 fits a cell of the board."""
    radius = scale * (34 if piece & 4 else 21)
    outline = _square(x, y, radius * 0.88, radius * 0.22) if piece & 2 else _circle(x, y, radius)
    hole = _circle(x, y, radius * 0.5) if piece & 1 else ""
    return element(
        "path",
        class_="piece-dark" if piece & 8 else "piece-light",
        d=outline + hole,
        fill_rule="evenodd",
        fill=DARK if piece & 8 else LIGHT,
        stroke="#3d5a7c" if piece & 8 else PALE,
        stroke_width=3 * scale,
    )


def _circle(x: float, y: float, r: float) -> str:
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z"


def _square(x: float, y: float, half: float, corner: float) -> str:
    side = 2 * (half - corner)
    arc = f"a{corner:g} {corner:g} 0 0 1"
    return (
        f"M{x - half + corner:g} {y - half:g}h{side:g}{arc} {corner:g} {corner:g}v{side:g}{arc} {-corner:g} {corner:g}"
        f"h{-side:g}{arc} {-corner:g} {-corner:g}v{-side:g}{arc} {corner:g} {-corner:g}z"
    )


def _hand(view: dict[str, Any]) -> str:
    """The piece that has to be placed now, on a tray with the colour of who is to move; at the end who has won."""
    x, y = HAND
    rim: dict[str, Any] = {} if view["over"] else {"stroke": STONES[view["seat"]][0], "stroke_width": 6}
    tray = element("circle", class_="hand", cx=x, cy=y, r=44, fill=WELL, **rim)
    if view["over"] and view["winner"] >= 0:
        crown = element("circle", class_="win", cx=x, cy=y, r=40, fill="none", stroke=LIGHT, stroke_width=7)
        return tray + stone(view["winner"], x, y, 40) + crown
    return tray if view["hand"] == NONE else tray + _piece(view["hand"], x, y)


def _shelf(view: dict[str, Any]) -> list[str]:
    parts = [
        element(
            "rect",
            class_="cell",
            x=SHELF[0] - 4,
            y=SHELF[1] - 4,
            width=8 * STEP + 8,
            height=2 * STEP + 8,
            rx=22,
            fill=WELL,
        )
    ]
    return parts + [_piece(piece, *_shelf_place(piece), 0.46) for piece in range(16) if view["unused"][piece]]


def _hits(view: dict[str, Any]) -> list[str]:
    opening = view["hand"] == NONE
    parts = []
    for piece in (piece for piece in range(16) if view["unused"][piece]):
        x, y = _shelf_place(piece)
        data = {"data_action": GIVE + piece} if opening else {"data_piece": piece}
        parts.append(hit(x - STEP / 2, y - STEP / 2, STEP, STEP, **data))
    for cell in range(0 if opening else 16):
        row, column = divmod(cell, 4)
        if view["board"][row][column] == NONE:
            x, y = _centre(cell)
            data = {"data_action": PLACE + cell} if _ends(view, row, column) else {"data_cell": cell}
            parts.append(hit(x - SPACING / 2, y - SPACING / 2, SPACING, SPACING, **data))
    return parts
