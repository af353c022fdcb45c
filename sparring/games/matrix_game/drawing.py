"""A matrix game as a picture: the table of payoffs, the last rounds, and the choices there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparring.games.matrix_game.rules import NOTHING, TABLES
from sparring.games.svg import BOARD, CELL, LIGHT, SEATS, element, final_score, hit, label, picture

SIDE = 480
MARGIN = 16
HEAD = 40
TABLE = 316
"""Side of the table of payoffs, with its heads."""
ROUNDS_TOP, ROUND = 346, 40
SHOWN = 10
BUTTONS_TOP = 404
ADVANCE = 0.7
"""Width of a bold digit by its size, at most."""

NAMES = {
    "prisoners_dilemma": ("cooperate", "defect"),
    "matching_pennies": ("heads", "tails"),
    "chicken": ("swerve", "dare"),
    "stag_hunt": ("stag", "hare"),
    "battle_of_the_sexes": ("opera", "football"),
    "coordination": ("left", "right"),
    "rock_paper_scissors": ("rock", "paper", "scissors"),
    "shapley": ("red", "green", "blue"),
}


def draw(view: dict[str, Any], size: int = 480, last_action: int | Sequence[int] | None = None) -> str:
    """The match so far as SVG, ``size`` pixels wide; what the seat to move may choose carries ``data-action``.

    The last choices are always shown, so ``last_action`` changes nothing.
    """
    parts = [element("rect", class_="board", width=SIDE, height=SIDE, rx=28, fill=BOARD)]
    parts += [*_heads(view), *_cells(view), *_scores(view), *_rounds(view)]
    parts += _result(view) if view["over"] else _choices(view)
    return picture(_title(view), SIDE, SIDE, size, parts)


def text(view: dict[str, Any]) -> str:
    """The rounds played so far, for a terminal.

    >>> print(text({"known": 0, "choices": [[0, 1], [-1, -1]], "ply": 1, "scores": [0.0, 5.0]}))
    first:  cooperate   0
    second: defect      5
    """
    lines = []
    for seat, player in enumerate(("first", "second")):
        words = " ".join(f"{_name(view, choices[seat]):10}" for choices in view["choices"][: view["ply"]])
        lines.append(f"{player + ':':7} {words}  {view['scores'][seat]:.9g}")
    return "\n".join(lines)


def action_name(action: int, options: dict[str, Any]) -> str:
    """The name of the choice, or its letter in a table of one's own.

    >>> action_name(1, {"game": "chicken", "table": ""}), action_name(1, {"game": "chicken", "table": "1 2; 3 4"})
    ('dare', 'B')
    """
    return _letter(action) if options["table"] else NAMES[options["game"]][action]


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """Nothing is hidden; ``seat`` says whose choices are on offer."""
    return {**view, "seat": seat}


def _letter(choice: int) -> str:
    return chr(ord("A") + choice)


def _name(view: dict[str, Any], choice: int) -> str:
    return _letter(choice) if view["known"] == NOTHING else NAMES[list(TABLES)[view["known"]]][choice]


def _last(view: dict[str, Any]) -> list[int] | None:
    return view["choices"][view["ply"] - 1] if view["ply"] else None


def _sizes(view: dict[str, Any]) -> tuple[int, int, float, float]:
    """Rows, columns, and how wide and high a cell is."""
    rows, columns = len(view["payoffs"]), len(view["payoffs"][0])
    return rows, columns, (SIDE - 2 * MARGIN - 3 * HEAD) / columns, (TABLE - HEAD) / rows


def _heads(view: dict[str, Any]) -> list[str]:
    """What the first seat chooses at the left, and the second above; the last choices stand on their colour."""
    rows, columns, wide, high = _sizes(view)
    last = _last(view)
    parts = []
    for seat, count in enumerate((rows, columns)):
        for choice in range(count):
            x = MARGIN + 1.5 * HEAD if seat == 0 else MARGIN + 3 * HEAD + wide * (choice + 0.5)
            y = MARGIN + HEAD + high * (choice + 0.5) if seat == 0 else MARGIN + HEAD / 2
            name = _name(view, choice)
            room = 3 * HEAD if seat == 0 else wide
            size = min(22.0, 1.45 * (room - 12) / max(len(name), 2), high * 0.6)
            fill = SEATS[seat][0]
            if last is not None and last[seat] == choice:
                box = {"x": x - room / 2 + 3, "y": y - size * 0.8, "width": room - 6, "height": size * 1.6}
                parts.append(element("rect", class_=f"stone-{seat + 1}", rx=size * 0.4, fill=fill, **box))
                parts.append(label(name, x, y, size, fill=CELL, font_weight="600"))
            else:
                parts.append(label(name, x, y, size, fill=fill, font_weight="600"))
    return parts


def _cells(view: dict[str, Any]) -> list[str]:
    """Each cell: what the first seat gets at its lower left, what the second gets at its upper right."""
    rows, columns, wide, high = _sizes(view)
    parts = []
    for row in range(rows):
        for column in range(columns):
            x, y = MARGIN + 3 * HEAD + wide * column, MARGIN + HEAD + high * row
            played = _last(view) == [row, column]
            rim: dict[str, Any] = {"stroke": LIGHT, "stroke_width": 4} if played else {}
            box = {"x": x + 3, "y": y + 3, "width": wide - 6, "height": high - 6, "rx": min(wide, high) / 8}
            parts.append(element("rect", class_="last cell" if played else "cell", fill=CELL, **box, **rim))
            for seat, payoff in enumerate(view["payoffs"][row][column]):
                words, below = f"{payoff:.9g}", (0.71, 0.29)[seat]
                size = min(high * 0.36, (wide - 18) / (ADVANCE * max(len(words), 2)), 54)
                inset = max(wide * 0.29, 9 + ADVANCE * size * len(words) / 2)
                across = x + (inset, wide - inset)[seat]
                parts.append(label(words, across, y + high * below, size, fill=SEATS[seat][0], font_weight="600"))
    return parts


def _scores(view: dict[str, Any]) -> list[str]:
    """What each seat has won so far, in the corner of the table."""
    words = [f"{score:.9g}" for score in view["scores"]]
    size = min(26.0, 84 / max(map(len, words)))
    parts = []
    for seat, word in enumerate(words):
        x = MARGIN + HEAD * (0.7, 2.3)[seat]
        parts.append(label(word, x, MARGIN + HEAD / 2, size, fill=SEATS[seat][0], class_="score", font_weight="600"))
    return [*parts, label(":", MARGIN + 1.5 * HEAD, MARGIN + HEAD / 2, 22)]


def _rounds(view: dict[str, Any]) -> list[str]:
    """The last rounds from left to right, the first seat's choice above."""
    slots = min(SHOWN, len(view["choices"]))
    shown = view["choices"][max(0, view["ply"] - SHOWN) : view["ply"]]
    left = SIDE / 2 - slots * ROUND / 2
    parts = []
    for slot in range(slots):
        x = left + ROUND * slot
        box = {"x": x + 2, "y": ROUNDS_TOP, "width": ROUND - 4, "height": 48}
        parts.append(element("rect", class_="cell", rx=8, fill=CELL, **box))
        for seat, choice in enumerate(shown[slot] if slot < len(shown) else []):
            word = _name(view, choice)[0].upper()
            where = (x + ROUND / 2, ROUNDS_TOP + 13 + 22 * seat)
            parts.append(label(word, *where, 19, fill=SEATS[seat][0], font_weight="600"))
    return parts


def _choices(view: dict[str, Any]) -> list[str]:
    """A button for each choice of the seat to move; in two rows where there are many."""
    count = len(view["payoffs"]) if view["seat"] == 0 else len(view["payoffs"][0])
    lines = 1 if count <= 8 else 2
    across = -(-count // lines)
    wide, high = (SIDE - 2 * MARGIN + 8) / across, (SIDE - MARGIN - BUTTONS_TOP + 6) / lines
    parts = []
    for choice in range(count):
        x, y = MARGIN + wide * (choice % across), BUTTONS_TOP + high * (choice // across)
        name = _name(view, choice)
        size = min(26.0, 1.6 * (wide - 16) / max(len(name), 2), high * 0.6)
        box = {"x": x, "y": y, "width": wide - 8, "height": high - 6}
        parts.append(element("rect", class_="cell", rx=14, fill=CELL, **box))
        parts.append(label(name, x + wide / 2 - 4, y + high / 2 - 3, size, fill=LIGHT))
        parts.append(hit(x, y, wide - 8, high - 6, data_action=choice))
    return parts


def _result(view: dict[str, Any]) -> list[str]:
    """What both have won, in the place of the choices."""
    first, second = view["scores"]
    winner = None if first == second else int(second > first)
    words = [f"{score:.9g}" for score in view["scores"]]
    return final_score(words, winner, MARGIN, BUTTONS_TOP, SIDE - 2 * MARGIN, SIDE - MARGIN - BUTTONS_TOP)


def _title(view: dict[str, Any]) -> str:
    name = "own table" if view["known"] == NOTHING else list(TABLES)[view["known"]].replace("_", " ")
    scores = " to ".join(f"{score:.9g}" for score in view["scores"])
    return f"Matrix game ({name}): {scores} after {view['ply']} of {len(view['choices'])} rounds"
