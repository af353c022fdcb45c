"""Leduc poker as a picture: each seat's card and chips, the card for all, and what can be done now."""

from __future__ import annotations

from typing import Any

from sparring.games.card_table import (
    COLUMN_HEIGHT,
    MARGIN,
    PLAYERS,
    RANKS,
    SIDE,
    Place,
    buttons,
    card,
    column,
    column_centres,
    table,
)
from sparring.games.leduc_poker.rules import FOLD, MOST_RAISES, NOTHING, RAISE
from sparring.games.svg import LIGHT, label, picture

HIDDEN = -1
MOST_CHIPS = 13


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The table as SVG, ``size`` pixels wide; what the seat to move may do carries ``data-action``.

    What was done is always shown, so ``last_action`` changes nothing.
    """
    seats = len(view["cards"])
    centres, width = column_centres(seats + 1)
    of_seats = [x for index, x in enumerate(centres) if index != 1]
    parts = [part for seat, x in enumerate(of_seats) for part in column(_place(view, seat), x, width)]
    parts += _middle(view, centres[1], width)
    facing = view["paid"][view["seat"]] < view["stake"]
    playing = not view["over"]
    legal = [playing and facing, playing, playing and view["raises"] < MOST_RAISES]
    return picture(_title(view), SIDE, SIDE, size, table(parts + buttons(list(_words(facing)), legal)))


def text(view: dict[str, Any]) -> str:
    """The table for a terminal.

    >>> view = {"cards": [-1, 2], "public": 4, "turned": 1, "paid": [3, 3], "stake": 3, "folded": [0, 0]}
    >>> view |= {"history": [[2, 1, -1, -1], [-1] * 4], "raises": 0, "seat": 0, "over": False}
    >>> print(text(view))
    first:  ?  3 chips   raise  to move
    second: Q  3 chips   call
    public: K  pot 6
    """
    lines = []
    for seat in range(len(view["cards"])):
        place = _place(view, seat)
        counted = f"{place.chips} chip{'s' if place.chips > 1 else ''}"
        turn = "to move" if place.to_move else "won" if place.won else ""
        lines.append(f"{PLAYERS[seat] + ':':7} {_rank(place.card)}  {counted:8}  {place.word:5}  {turn}".rstrip())
    return "\n".join([*lines, f"public: {_rank(_public(view))}  pot {sum(view['paid'])}"])


def action_name(action: int, options: dict[str, Any]) -> str:
    """Calling is checking where there is nothing to pay.

    >>> action_name(2, {})
    'raise'
    """
    return ("fold", "call", "raise")[action]


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """The view without the others' cards, and without the public card before it is turned."""
    cards = [card if owner == seat else HIDDEN for owner, card in enumerate(view["cards"])]
    return {**view, "cards": cards, "public": view["public"] if view["turned"] == 1 else HIDDEN}


def winners(view: dict[str, Any]) -> list[int]:
    """Who takes the pot, once the match is over and the cards that decide it are shown; two may share it."""
    staying = [seat for seat in range(len(view["cards"])) if not view["folded"][seat]]
    if not view["over"]:
        return []
    if len(staying) == 1:
        return staying
    if any(view["cards"][seat] == HIDDEN for seat in staying):
        return []
    hands = {seat: _hand(view["cards"][seat], view["public"]) for seat in staying}
    return [seat for seat in staying if hands[seat] == max(hands.values())]


def _hand(card: int, public: int) -> tuple[bool, int]:
    return card // 2 == public // 2, card // 2


def _place(view: dict[str, Any], seat: int) -> Place:
    return Place(
        seat,
        card=None if view["cards"][seat] == HIDDEN else view["cards"][seat],
        word=_last_words(view)[seat],
        chips=view["paid"][seat],
        most_chips=MOST_CHIPS,
        suited=True,
        to_move=not view["over"] and view["seat"] == seat,
        folded=bool(view["folded"][seat]),
        won=seat in winners(view),
    )


def _middle(view: dict[str, Any], x: float, width: float) -> list[str]:
    """The card for all, and all chips counted."""
    bare = Place(0, card=None, word="", chips=0, most_chips=MOST_CHIPS, suited=True)
    return [
        label("for all", x, MARGIN + 26, 20, fill=LIGHT),
        card(_public(view), x, MARGIN + 52, width - 26, bare),
        label(f"pot {sum(view['paid'])}", x, MARGIN + COLUMN_HEIGHT - 28, 28, fill=LIGHT, class_="score"),
    ]


def _public(view: dict[str, Any]) -> int | None:
    return view["public"] if view["turned"] == 1 and view["public"] != HIDDEN else None


def _rank(number: int | None) -> str:
    return "?" if number is None else RANKS[number // 2]


def _last_words(view: dict[str, Any]) -> list[str]:
    """What each seat did last, found by playing the rounds so far again."""
    seats = len(view["cards"])
    words, folded = [""] * seats, [False] * seats
    for actions in view["history"]:
        seat, facing = seats - 1, False
        for action in actions:
            if action == NOTHING:
                break
            seat = next(other % seats for other in range(seat + 1, seat + seats + 1) if not folded[other % seats])
            words[seat] = _words(facing)[action]
            folded[seat] |= action == FOLD
            facing |= action == RAISE
    return words


def _words(facing: bool) -> tuple[str, str, str]:
    return ("fold", "call" if facing else "check", "raise")


def _title(view: dict[str, Any]) -> str:
    won = winners(view)
    if len(won) > 1:
        return f"Leduc poker: the {' and the '.join(PLAYERS[seat] for seat in won)} player share the pot"
    if won:
        return f"Leduc poker: the {PLAYERS[won[0]]} player won"
    return "Leduc poker: over" if view["over"] else f"Leduc poker: {PLAYERS[view['seat']]} player to move"
