"""Liar's dice as a picture: everyone's dice, and the board of all bids, column by column."""

from __future__ import annotations

from typing import Any

from sparring.games.svg import BOARD, CELL, LIGHT, SEATS, SECOND, WON, element, hit, label, picture

SIDE = 480
MARGIN = 16
HEADS = 46
"""Width of the dice that stand before the rows of the board of bids."""
BUTTON = 60
INK = "#1b3450"
HIDDEN = -1
PLAYERS = ("first", "second", "third", "fourth")

_PIPS = {
    1: [(0, 0)],
    2: [(-1, -1), (1, 1)],
    3: [(-1, -1), (0, 0), (1, 1)],
    4: [(-1, -1), (-1, 1), (1, -1), (1, 1)],
    5: [(-1, -1), (-1, 1), (0, 0), (1, -1), (1, 1)],
    6: [(-1, -1), (-1, 0), (-1, 1), (1, -1), (1, 0), (1, 1)],
}


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The table as SVG, ``size`` pixels wide; bids that can be made and the call carry ``data-action``.

    All bids are always shown, so ``last_action`` changes nothing.
    """
    seats = len(view["counts"])
    row = min(64.0, 200 / seats)
    parts = [element("rect", class_="board", width=SIDE, height=SIDE, rx=28, fill=BOARD)]
    for seat in range(seats):
        parts += _seat(view, seat, MARGIN + row * seat, row - 6)
    parts += _bids(view, MARGIN + row * seats + 6)
    return picture(_title(view), SIDE, SIDE, size, [*parts, *_call(view)])


def text(view: dict[str, Any]) -> str:
    """The table for a terminal.

    >>> view = {"counts": [[1, 0, 1], [-1, -1, -1]], "dice": 2, "bid": 4, "bidders": [-1] * 4 + [0] + [-1] * 7}
    >>> print(text(view | {"seat": 1, "over": False}))
    first:  1 3
    second: ? ?  to move
    bid: two 2s, by the first player
    """
    lines = []
    for seat in range(len(view["counts"])):
        dice = " ".join("?" if face is None else str(face + 1) for face in _dice(view, seat))
        lines.append(f"{PLAYERS[seat] + ':':7} {dice}  {_word(view, seat)}".rstrip())
    if view["bid"] == HIDDEN:
        return "\n".join([*lines, "no bid yet"])
    return "\n".join(
        [*lines, f"bid: {_said(view, view['bid'])}, by the {PLAYERS[view['bidders'][view['bid']]]} player"]
    )


def action_name(action: int, options: dict[str, Any]) -> str:
    """How many dice of which face.

    >>> action_name(7, {"seats": 2, "dice": 5, "faces": 6}), action_name(60, {"seats": 2, "dice": 5, "faces": 6})
    ('two 2s', 'liar!')
    """
    if action == options["seats"] * options["dice"] * options["faces"]:
        return "liar!"
    return bid_name(*divmod(action, options["faces"]))


def bid_name(more: int, face: int) -> str:
    """``more + 1`` dice of ``face`` (0 is the lowest) in words."""
    words = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return f"{words[more] if more < len(words) else more + 1} {face + 1}{'s' if more else ''}"


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """The view with the others' dice under their cups."""
    counts = [own if owner == seat else [HIDDEN] * len(own) for owner, own in enumerate(view["counts"])]
    return {**view, "counts": counts}


def _dice(view: dict[str, Any], seat: int) -> list[int | None]:
    """The faces that the seat has rolled, in order; None where they are hidden."""
    counts = view["counts"][seat]
    if counts[0] == HIDDEN:
        return [None] * view["dice"]
    return [face for face, count in enumerate(counts) for _ in range(count)]


def _faces(view: dict[str, Any]) -> int:
    return len(view["counts"][0])


def _said(view: dict[str, Any], bid: int) -> str:
    return bid_name(*divmod(bid, _faces(view)))


def _word(view: dict[str, Any], seat: int) -> str:
    if not view["over"]:
        return "to move" if view["seat"] == seat else ""
    return {view["winner"]: "won", view["loser"]: "lost"}.get(seat, "")


def _seat(view: dict[str, Any], seat: int, top: float, height: float) -> list[str]:
    """The dice of a seat in a row; those that count for the bid that was called have a rim."""
    fill, _ = SEATS[seat]
    middle, step = top + height / 2, min(height, 51)
    rims: dict[str, dict[str, Any]] = {
        "to move": {"stroke": fill, "stroke_width": 4},
        "won": {"stroke": WON, "stroke_width": 5},
        "lost": {"opacity": 0.55},
    }
    rim, name = rims.get(_word(view, seat), {}), "cell win" if _word(view, seat) == "won" else "cell"
    box: dict[str, Any] = {"x": MARGIN, "y": top, "width": SIDE - 2 * MARGIN, "height": height}
    parts = [
        element("rect", class_=name, rx=16, fill=CELL, **box, **rim),
        element("circle", class_=f"stone-{seat + 1}", cx=MARGIN + 26, cy=middle, r=14, fill=fill),
    ]
    for number, face in enumerate(_dice(view, seat)):
        matches = view["over"] and face in (view["bid"] % _faces(view), _faces(view) - 1)
        parts += _die(face, MARGIN + 76 + step * number, middle, step - 8, _faces(view), matches)
    word = _word(view, seat) if view["over"] else ""
    return [*parts, label(word, SIDE - MARGIN - 40, middle, 22, fill=LIGHT, font_weight="600")]


def _die(face: int | None, x: float, y: float, side: float, faces: int, rimmed: bool = False) -> list[str]:
    """A die; the wild face is golden, and a die whose face is hidden (None) dark."""
    box: dict[str, Any] = {"x": x - side / 2, "y": y - side / 2, "width": side, "height": side, "rx": side / 5}
    if face is None:
        dark = element("rect", class_="cup", fill=BOARD, stroke=LIGHT, stroke_width=1.5, opacity=0.7, **box)
        return [dark, label("?", x, y, side * 0.6, fill=LIGHT)]
    rim: dict[str, Any] = {"class_": "win", "stroke": WON, "stroke_width": 5} if rimmed else {"class_": "die"}
    parts = [element("rect", fill=SECOND if face == faces - 1 else LIGHT, **box, **rim)]
    if face + 1 not in _PIPS:
        return [*parts, label(str(face + 1), x, y, side * 0.62, fill=INK, font_weight="700")]
    step, radius = side * 0.27, side * 0.095
    pips = [(x + step * right, y + step * down) for right, down in _PIPS[face + 1]]
    return parts + [element("circle", cx=cx, cy=cy, r=radius, fill=INK) for cx, cy in pips]


def _bids(view: dict[str, Any], top: float) -> list[str]:
    """A cell for every bid: a row for each face, a column for each number of dice. A higher bid lies further on."""
    faces, bids = _faces(view), len(view["bidders"])
    high = (SIDE - MARGIN - BUTTON - 8 - top) / faces
    wide = (SIDE - 2 * MARGIN - HEADS) / (bids // faces)
    parts = []
    for face in range(faces):
        parts += _die(face, MARGIN + HEADS / 2 - 4, top + high * (face + 0.5), min(high - 4, 34), faces)
    for bid in range(bids):
        more, face = divmod(bid, faces)
        parts += _bid(view, bid, MARGIN + HEADS + wide * more, top + high * face, wide, high)
    return parts


def _bid(view: dict[str, Any], bid: int, x: float, y: float, wide: float, high: float) -> list[str]:
    bidder, open_ = view["bidders"][bid], bid > view["bid"] and not view["over"]
    fill, ink = (CELL, LIGHT) if bidder == HIDDEN else (SEATS[bidder][0], INK)
    rim: dict[str, Any] = {"stroke": LIGHT, "stroke_width": 3} if bid == view["bid"] else {}
    box: dict[str, Any] = {"x": x + 1.5, "y": y + 1.5, "width": wide - 3, "height": high - 3, "rx": min(wide, high) / 6}
    name = "last cell" if bid == view["bid"] else "cell"
    faint = 0.35 if bidder == HIDDEN and not open_ else None
    size = min(wide * 0.62, high * 0.56, 24)
    parts = [
        element("rect", class_=name, fill=fill, opacity=faint, **box, **rim),
        label(
            str(bid // _faces(view) + 1), x + wide / 2, y + high / 2, size, fill=ink, opacity=faint, font_weight="600"
        ),
    ]
    return [*parts, hit(x, y, wide, high, data_action=bid)] if open_ else parts


def _call(view: dict[str, Any]) -> list[str]:
    """The button that calls the last bidder a liar."""
    open_ = view["bid"] != HIDDEN and not view["over"]
    box = {"x": MARGIN, "y": SIDE - MARGIN - BUTTON, "width": SIDE - 2 * MARGIN, "height": BUTTON}
    faint = None if open_ else 0.4
    unseen = any(None in _dice(view, seat) for seat in range(len(view["counts"])))
    found = f"at least {matching(view)}" if unseen else f"{matching(view)}"
    called = f"{_said(view, view['bid'])}: there are {found}" if view["over"] else ""
    parts = [
        element("rect", class_="cell", rx=18, fill=CELL, opacity=faint, **box),
        label(
            called or "liar!", SIDE / 2, SIDE - MARGIN - BUTTON / 2, 28, fill=LIGHT, opacity=None if called else faint
        ),
    ]
    if open_:
        parts.append(hit(box["x"], box["y"], box["width"], box["height"], data_action=len(view["bidders"])))
    return parts


def matching(view: dict[str, Any]) -> int:
    """How many of all dice that can be seen count for the last bid: they show its face or are wild."""
    faces = _faces(view)
    counted = {view["bid"] % faces, faces - 1}
    return sum(face in counted for seat in range(len(view["counts"])) for face in _dice(view, seat))


def _title(view: dict[str, Any]) -> str:
    if view["over"]:
        return f"Liar's dice: the {PLAYERS[view['winner']]} player won, the {PLAYERS[view['loser']]} lost"
    return f"Liar's dice: {PLAYERS[view['seat']]} player to move"
