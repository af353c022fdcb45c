"""A card table as a picture: what the drawings of card games share. One column for each seat, buttons below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sparring.games.svg import BOARD, CELL, FIRST_SHADE, LIGHT, SEATS, WON, element, hit, label

SIDE = 480
MARGIN = 16
COLUMN_HEIGHT = 344
BUTTON_TOP = 376
RANKS = "JQKA"
PLAYERS = ("first", "second", "third")

INK = "#1b3450"
BACK = "#3f6fa3"

CARD = 1.42
"""Height of a card by its width."""

_SPADE = (
    "M0 -46C20 -22 44 -6 44 14C44 34 18 38 6 22"
    "C7 36 12 42 20 46h-40C-12 42 -7 36 -6 22C-18 38 -44 34 -44 14C-44 -6 -20 -22 0 -46z"
)
_HEART = "M0 44C-20 20 -46 6 -46 -18C-46 -44 -12 -48 0 -22C12 -48 46 -44 46 -18C46 6 20 20 0 44z"
_SUITS = (_SPADE, _HEART)


def table(parts: list[str]) -> list[str]:
    """The cloth with everything on it."""
    return [element("rect", class_="board", width=SIDE, height=SIDE, rx=28, fill=BOARD), *parts]


def column_centres(count: int) -> tuple[list[float], float]:
    """The middles of ``count`` columns side by side, and how wide each may be."""
    width = (SIDE - MARGIN) / count
    return [MARGIN / 2 + width * (index + 0.5) for index in range(count)], width - MARGIN / 2


@dataclass(frozen=True)
class Place:
    """What lies before a seat. ``card`` None: face down; ``suited`` cards are numbered 2 * rank + suit."""

    seat: int
    card: int | None
    word: str
    """What the seat did last."""
    chips: int
    most_chips: int
    """As many as may ever lie here: the room that is kept for them."""
    suited: bool = False
    to_move: bool = False
    folded: bool = False
    won: bool = False


def column(place: Place, x: float, width: float) -> list[str]:
    """A seat's column: who it is and what it did last, its card, the chips that it has put in."""
    fill, _ = SEATS[place.seat]
    rim: dict[str, Any] = {"stroke": fill, "stroke_width": 5} if place.to_move else {}
    box = {"x": x - width / 2, "y": MARGIN, "width": width, "height": COLUMN_HEIGHT}
    thickness = min(20.0, 108 / place.most_chips)
    room = COLUMN_HEIGHT - 52 - 24 - thickness * place.most_chips
    return [
        element("rect", class_="cell", rx=20, fill=CELL, **box, **rim),
        element("circle", class_=f"stone-{place.seat + 1}", cx=x - width / 2 + 26, cy=MARGIN + 26, r=14, fill=fill),
        label(place.word, x + 17, MARGIN + 26, min(22, width * 0.18), fill=LIGHT),
        card(place.card, x, MARGIN + 52, min(width - 18, room / CARD), place),
        *stack(place, x, MARGIN + COLUMN_HEIGHT - 14, min(62, width / 2), thickness),
    ]


def card(number: int | None, x: float, top: float, width: float, place: Place) -> str:
    """A card whose upper edge is at ``top``; marked as the card of its place."""
    parts = _back(width) if number is None else _face(number, width, place.suited, place.won)
    return element("g", *parts, transform=f"translate({x:g} {top:g})", opacity=0.4 if place.folded else None)


def _face(number: int, width: float, suited: bool, won: bool) -> list[str]:
    rank, suit = divmod(number, 2) if suited else (number, 0)
    ink = FIRST_SHADE if suit else INK
    height = width * CARD
    sheet: dict[str, Any] = {"x": -width / 2, "width": width, "height": height, "rx": width / 9, "fill": LIGHT}
    rim: dict[str, Any] = {"class_": "win", "stroke": WON, "stroke_width": width / 14} if won else {"class_": "card"}
    middle, letter = (0.36, 0.66) if suited else (0.5, 0.8)
    parts = [
        element("rect", **sheet, **rim),
        label(RANKS[rank], 0, height * middle, width * letter, fill=ink, font_weight="700"),
    ]
    if suited:
        shape = element("path", d=_SUITS[suit], fill=ink)
        parts.append(element("g", shape, transform=f"translate(0 {height * 0.77:.2f}) scale({width / 240:.3f})"))
    return parts


def _back(width: float) -> list[str]:
    height, inset = width * CARD, width * 0.09
    sheet: dict[str, Any] = {"x": -width / 2, "width": width, "height": height, "rx": width / 9, "fill": BACK}
    frame: dict[str, Any] = {"x": inset - width / 2, "y": inset, "width": width - 2 * inset}
    thin: dict[str, Any] = {"stroke": LIGHT, "stroke_width": width / 60, "opacity": 0.6}
    right, down = width * 0.22, height * 0.22
    diamond = f"M0 {height / 2 - down:g}l{right:g} {down:g}l{-right:g} {down:g}l{-right:g} {-down:g}z"
    return [
        element("rect", class_="card-back", stroke=LIGHT, stroke_width=width / 30, **sheet),
        element("rect", height=height - 2 * inset, rx=width / 16, fill="none", **frame, **thin),
        element("path", d=diamond, fill=LIGHT, opacity=0.6),
    ]


def stack(place: Place, x: float, bottom: float, width: float, thickness: float) -> list[str]:
    """The chips of a seat on top of each other, seen from the side, and how many there are."""
    fill, shade = SEATS[place.seat]
    left, high = x + 12 - width, thickness * 0.84
    parts = []
    for number in range(place.chips):
        y = bottom - thickness * (number + 1)
        bars = "".join(f"M{left + width * share:g} {y:.2f}h9v{high:.2f}h-9z" for share in (0.25, 0.6))
        parts += [
            element("rect", class_=f"stone-{place.seat + 1}", x=left, y=y, width=width, height=high, rx=4, fill=fill),
            element("path", class_=f"shade-{place.seat + 1}", d=bars, fill=shade),
        ]
    return [*parts, label(str(place.chips), x + 38, bottom - 14, 28, fill=LIGHT, class_="score", font_weight="600")]


def buttons(words: list[str], legal: list[bool]) -> list[str]:
    """A button for each action; those that are legal now can be clicked."""
    centres, width = column_centres(len(words))
    parts = []
    for action, (word, x) in enumerate(zip(words, centres, strict=True)):
        box = {"x": x - width / 2, "y": BUTTON_TOP, "width": width, "height": SIDE - MARGIN - BUTTON_TOP}
        parts.append(element("rect", class_="cell", rx=18, fill=CELL, opacity=None if legal[action] else 0.5, **box))
        parts.append(label(word, x, BUTTON_TOP + 44, 28, fill=LIGHT, opacity=None if legal[action] else 0.35))
        if legal[action]:
            parts.append(hit(box["x"], box["y"], box["width"], box["height"], data_action=action))
    return parts
