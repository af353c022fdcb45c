"""Repeated rock-paper-scissors as a picture: the last throws face to face, the rounds, and the choice or the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparring.games.svg import BOARD, CELL, FIRST, LIGHT, SECOND, STONES, element, final_score, hit, label, picture

SIDE = 480
INK = "#1b3450"
COLOURS = (FIRST, SECOND)
NAMES = ("rock", "paper", "scissors")
SHOWN = 10
STEP = 44

_ROCK = "M-30 32C-48 30 -54 8 -44 -8C-38 -20 -34 -34 -16 -38C2 -44 22 -38 32 -24C44 -12 52 2 48 16C44 32 26 34 8 34z"
_SHEET = "M-28 -42h38l22 22v56a6 6 0 0 1 -6 6h-54a6 6 0 0 1 -6 -6v-72a6 6 0 0 1 6 -6z"
_BLADES = "M-20 -44L13 16M20 -44L-13 16"


def draw(view: dict[str, Any], size: int = 480, last_action: int | Sequence[int] | None = None) -> str:
    """The match so far as SVG, ``size`` pixels wide; the three throws to choose from carry ``data-action``.

    The last throws are always shown, so ``last_action`` changes nothing.
    """
    played = view["throws"][: view["ply"]]
    first, second = played[-1] if played else (None, None)
    parts = [element("rect", class_="board", width=SIDE, height=SIDE, rx=28, fill=BOARD)]
    parts += [_plate(0, first, second), _plate(1, second, first), _score(view)]
    parts += _rounds(played, len(view["throws"]))
    if view["over"]:
        parts += final_score(list(map(str, _rounds_won(view))), _winner(view), 20, 332, 440, 128)
    else:
        parts += [_choice(throw) for throw in range(3)]
    return picture(_title(view), SIDE, SIDE, size, parts)


def text(view: dict[str, Any]) -> str:
    """The rounds played so far, for a terminal.

    >>> print(text({"throws": [[0, 1], [-1, -1]], "scores": [-1, 1]}))
    R  -1
    P  +1
    """
    rounds = [throws for throws in view["throws"] if throws[0] >= 0]
    return "\n".join(
        f"{' '.join('RPS'[throws[seat]] for throws in rounds)}  {view['scores'][seat]:+d}" for seat in range(2)
    )


def action_name(action: int, options: dict[str, Any]) -> str:
    """The throw in words.

    >>> action_name(1, {})
    'paper'
    """
    return NAMES[action]


def _title(view: dict[str, Any]) -> str:
    played = f"after {view['ply']} of {len(view['throws'])} rounds"
    return f"Rock-paper-scissors: {' to '.join(map(str, _rounds_won(view)))} {played}"


def _rounds_won(view: dict[str, Any]) -> tuple[int, int]:
    played = view["throws"][: view["ply"]]
    first_won = sum(_beats(first, second) for first, second in played)
    second_won = sum(_beats(second, first) for first, second in played)
    return first_won, second_won


def _winner(view: dict[str, Any]) -> int | None:
    first, second = view["scores"]
    return None if first == second else int(second > first)


def _beats(own: int | None, other: int | None) -> bool:
    return own is not None and other is not None and (own - other) % 3 == 1


def _plate(seat: int, own: int | None, other: int | None) -> str:
    """The last throw of a seat on a large disc of its colour; the winner's has a rim."""
    x, y = (100, 380)[seat], 112
    fill, _ = STONES[seat]
    disc = element("circle", class_=f"stone-{seat + 1}", cx=x, cy=y, r=76, fill=fill)
    if _beats(own, other):
        disc += element("circle", class_="win", cx=x, cy=y, r=80, fill="none", stroke=LIGHT, stroke_width=8)
    return disc if own is None else disc + _throw(own, x, y, 1.08, INK, fill)


def _throw(throw: int, x: float, y: float, scale: float, ink: str, ground: str, opacity: float | None = None) -> str:
    """A stone, a sheet or a pair of scissors in ``ink``, its details in the colour of the ``ground``."""
    thin: dict[str, Any] = {"fill": "none", "stroke": ground, "stroke_width": 5.0, "stroke_linecap": "round"}
    if throw == 0:
        shapes = [element("path", d=_ROCK, fill=ink), element("path", d="M-24 -16c4 -8 10 -10 18 -12", **thin)]
    elif throw == 1:
        shapes = [
            element("path", d=_SHEET, fill=ink),
            element("path", d="M10 -42v22h22M-18 -4h32M-18 10h32M-18 24h20", stroke_linejoin="round", **thin),
        ]
    else:
        blades = element("path", d=_BLADES, fill="none", stroke=ink, stroke_width=11, stroke_linecap="round")
        handles = [element("circle", cx=cx, cy=28, r=14, fill="none", stroke=ink, stroke_width=9) for cx in (-20, 20)]
        shapes = [blades, *handles, element("circle", cx=0, cy=-8, r=3.5, fill=ground)]
    return element("g", *shapes, transform=f"translate({x:g} {y:g}) scale({scale:g})", opacity=opacity)


def _score(view: dict[str, Any]) -> str:
    """The rounds won so far."""
    words = " : ".join(map(str, _rounds_won(view)))
    return label(words, SIDE / 2, 112, min(34, 180 / len(words)), fill=LIGHT, class_="score", font_weight="600")


def _rounds(played: list[list[int]], repetitions: int) -> list[str]:
    """The last rounds from left to right; who lost one is faint in it, and in a draw both are."""
    shown = played[-SHOWN:]
    slots = min(SHOWN, repetitions)
    left = SIDE / 2 - slots * STEP / 2
    parts = []
    for slot in range(slots):
        x = left + STEP * (slot + 0.5)
        parts.append(element("rect", class_="cell", x=x - 19, y=220, width=38, height=88, rx=10, fill=CELL))
        if slot < len(shown):
            for seat in range(2):
                own, other = shown[slot][seat], shown[slot][1 - seat]
                opacity = None if _beats(own, other) else 0.45
                parts.append(_throw(own, x, 243 + 42 * seat, 0.33, COLOURS[seat], CELL, opacity))
    return parts


def _choice(throw: int) -> str:
    x, y, width, height = 20 + 150 * throw, 332, 140, 128
    tile = element("rect", class_="cell", x=x, y=y, width=width, height=height, rx=18, fill=CELL)
    icon = _throw(throw, x + width / 2, y + 54, 0.8, LIGHT, CELL)
    name = label(NAMES[throw], x + width / 2, y + 112, 17)
    return tile + icon + name + hit(x, y, width, height, data_action=throw)
