"""Kuhn poker as a picture: each seat's card and chips, and what can be done now."""

from __future__ import annotations

from typing import Any

from sparring.games.card_table import PLAYERS, RANKS, SIDE, Place, buttons, column, column_centres, table
from sparring.games.kuhn_poker.rules import BET, NOBODY, NOTHING
from sparring.games.svg import picture

HIDDEN = -1


def draw(view: dict[str, Any], size: int = 480, last_action: int | None = None) -> str:
    """The table as SVG, ``size`` pixels wide; what the seat to move may do carries ``data-action``.

    What was done is always shown, so ``last_action`` changes nothing.
    """
    seats = len(view["cards"])
    centres, width = column_centres(seats)
    parts = [part for seat, x in enumerate(centres) for part in column(_place(view, seat), x, width)]
    parts += buttons(list(_words(view["bettor"] != NOBODY)), [not view["over"]] * 2)
    return picture(_title(view), SIDE, SIDE, size, table(parts))


def text(view: dict[str, Any]) -> str:
    """The table for a terminal.

    >>> print(text({"cards": [2, -1], "history": [0, 1, -1], "bettor": 1, "ply": 2, "over": False, "seat": 0}))
    first:  K  1 chip   check  to move
    second: ?  2 chips  bet
    """
    lines = []
    for seat, card in enumerate(view["cards"]):
        chips = 1 + _bets(view, seat)
        counted = f"{chips} chip{'s' if chips > 1 else ''}"
        turn = "to move" if not view["over"] and view["seat"] == seat else "won" if winner(view) == seat else ""
        face = "?" if card == HIDDEN else RANKS[card]
        lines.append(f"{PLAYERS[seat] + ':':7} {face}  {counted:7}  {_last(view, seat):5}  {turn}".rstrip())
    return "\n".join(lines)


def action_name(action: int, options: dict[str, Any]) -> str:
    """Passing folds where somebody has bet, and betting calls.

    >>> action_name(1, {})
    'bet'
    """
    return ("pass", "bet")[action]


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """The view without the others' cards."""
    return {**view, "cards": [card if owner == seat else HIDDEN for owner, card in enumerate(view["cards"])]}


def winner(view: dict[str, Any]) -> int | None:
    """Who has won, once the match is over and the cards that decide it are shown."""
    staying = [seat for seat in range(len(view["cards"])) if view["bettor"] == NOBODY or _bets(view, seat)]
    shown = len(staying) == 1 or all(view["cards"][seat] != HIDDEN for seat in staying)
    if not view["over"] or not shown:
        return None
    return max(staying, key=lambda seat: view["cards"][seat])


def _place(view: dict[str, Any], seat: int) -> Place:
    card, last = view["cards"][seat], _last(view, seat)
    return Place(
        seat,
        card=None if card == HIDDEN else card,
        word=last,
        chips=1 + _bets(view, seat),
        most_chips=2,
        to_move=not view["over"] and view["seat"] == seat,
        folded=last == "fold",
        won=winner(view) == seat,
    )


def _actions(view: dict[str, Any], seat: int) -> list[tuple[int, int]]:
    """Ply and action of what the seat has done."""
    plies = range(seat, len(view["history"]), len(view["cards"]))
    return [(ply, view["history"][ply]) for ply in plies if view["history"][ply] != NOTHING]


def _bets(view: dict[str, Any], seat: int) -> int:
    return sum(action == BET for _, action in _actions(view, seat))


def _last(view: dict[str, Any], seat: int) -> str:
    """The seat's last action in a word."""
    done = _actions(view, seat)
    if not done:
        return ""
    ply, action = done[-1]
    return _words(BET in view["history"][:ply])[action]


def _words(facing_bet: bool) -> tuple[str, str]:
    return ("fold", "call") if facing_bet else ("check", "bet")


def _title(view: dict[str, Any]) -> str:
    won = winner(view)
    if won is not None:
        return f"Kuhn poker: the {PLAYERS[won]} player won"
    return "Kuhn poker: over" if view["over"] else f"Kuhn poker: {PLAYERS[view['seat']]} player to move"
