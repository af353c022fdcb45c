"""Pong as a picture: the court from above, the trail of the ball, the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparring.games.svg import BOARD, CELL, LIGHT, STONES, element, hit, label, picture

SCALE = 0.5
WIDTH, HEIGHT = 800, 600
MARGIN = 20
THICKNESS = 24
BALL = 18
FACE = 30
"""Distance of the face of a paddle from the edge behind it."""
NAMES = ("up", "stay", "down")


def draw(view: dict[str, Any], size: int = 480, last_action: int | Sequence[int] | None = None) -> str:
    """The court as SVG, ``size`` pixels wide. Its upper, middle and lower part carry ``data-action``.

    The paddles' last moves can be seen in the trail of the ball, so ``last_action`` changes nothing.
    """
    width, height = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    parts = [
        element("rect", class_="board", width=width, height=height, rx=36, fill=BOARD),
        element("rect", class_="cell", x=MARGIN, y=MARGIN, width=WIDTH, height=HEIGHT, rx=14, fill=CELL),
        _net(),
        *(_score(view, seat) for seat in range(2)),
        *(_paddle(view, seat) for seat in range(2)),
    ]
    if not view["over"]:
        parts += [*_trail(view), _ball(view, 0, BALL, None)]
        third = height / 3
        parts += [hit(0, action * third, width, third, data_action=action) for action in range(3)]
    return picture(_title(view), width, height, size, parts)


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """The whole view: nothing of pong is hidden."""
    return {**view, "seat": seat}


def text(view: dict[str, Any]) -> str:
    """Score, paddles and ball for a terminal.

    >>> print(text({"scores": [1, 2], "paddles": [600, 300], "ball": [800, 700], "flight": [-40, 8]}))
    1 : 2  paddles at 600 and 300  ball at (800, 700) flying (-40, 8)
    """
    (first, second), (x, y), (dx, dy) = view["paddles"], view["ball"], view["flight"]
    score = " : ".join(map(str, view["scores"]))
    return f"{score}  paddles at {first} and {second}  ball at ({x}, {y}) flying ({dx}, {dy})"


def action_name(action: int, options: dict[str, Any]) -> str:
    """Where the paddle goes.

    >>> action_name(0, {})
    'up'
    """
    return NAMES[action]


def _title(view: dict[str, Any]) -> str:
    return f"Pong: {' to '.join(map(str, view['scores']))} after {view['ply']} ticks"


def _net() -> str:
    middle = MARGIN + WIDTH / 2
    path = f"M{middle:g} {MARGIN + 14}v{HEIGHT - 28}"
    line: dict[str, Any] = {"stroke": LIGHT, "stroke_width": 6, "stroke_dasharray": "18 18", "opacity": 0.3}
    return element("path", class_="net", d=path, fill="none", **line)


def _score(view: dict[str, Any], seat: int) -> str:
    """Points, in the upper part of each half; at the end in the middle, and the winner's rimmed."""
    words, (fill, _) = str(view["scores"][seat]), STONES[seat]
    if not view["over"]:
        x = MARGIN + WIDTH / 2 + (2 * seat - 1) * 110
        faint = 0.9 if view["scorer"] == seat else 0.5
        return label(words, x, MARGIN + 80, 120, fill=LIGHT, class_="score", opacity=faint, font_weight="600")
    x, y = MARGIN + WIDTH / 2 + (2 * seat - 1) * 170, MARGIN + HEIGHT / 2
    won = _won(view, seat)
    box: dict[str, Any] = {"x": x - 130, "y": y - 120, "width": 260, "height": 240, "rx": 36}
    plate = element("rect", class_="win", fill=fill, stroke=LIGHT, stroke_width=14, **box) if won else ""
    return plate + label(words, x, y, 180, fill=CELL if won else fill, class_="score", font_weight="700")


def _won(view: dict[str, Any], seat: int) -> bool:
    return bool(view["over"] and view["scores"][seat] > view["scores"][1 - seat])


def _paddle(view: dict[str, Any], seat: int) -> str:
    fill, shade = STONES[seat]
    length = SCALE * view["paddle"]
    x = MARGIN + (FACE - THICKNESS if seat == 0 else WIDTH - FACE)
    y = MARGIN + SCALE * view["paddles"][seat] - length / 2
    box: dict[str, Any] = {"x": x, "y": y, "width": THICKNESS, "height": length, "rx": 9}
    paddle = element("rect", class_=f"stone-{seat + 1}", fill=fill, **box)
    grip: dict[str, Any] = {"x": x + 6, "width": THICKNESS - 12, "rx": 4, "fill": shade, "class_": f"shade-{seat + 1}"}
    if seat == 0:
        paddle += element("rect", y=y + 12, height=length - 24, **grip)
    else:
        paddle += element("rect", y=y + length / 2 - 8, height=16, **grip)
    if _won(view, seat):
        paddle += element("rect", class_="win", fill="none", stroke=LIGHT, stroke_width=6, **box)
    return paddle


def _ball(view: dict[str, Any], ago: float, radius: float, opacity: float | None) -> str:
    """The ball, or where it was some ticks ago if it had flown straight."""
    x, y = (MARGIN + SCALE * (view["ball"][axis] - ago * view["flight"][axis]) for axis in range(2))
    low, high = MARGIN + radius, MARGIN + HEIGHT - radius
    y = 2 * low - y if y < low else 2 * high - y if y > high else y
    return element("circle", class_="ball", cx=x, cy=y, r=radius, fill=LIGHT, opacity=opacity)


def _trail(view: dict[str, Any]) -> list[str]:
    near_paddle = min(view["ball"][0], WIDTH / SCALE - view["ball"][0]) < 160
    return [] if near_paddle else [_ball(view, ago, BALL - 2 * ago, 0.3 - 0.07 * ago) for ago in (3, 2, 1)]
