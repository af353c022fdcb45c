"""RoboSumo from above: mat, border and robots true to scale, the higher the lighter; bars for time and distance."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sparring.games.robosumo.pose import joints_of
from sparring.games.robosumo.robots import ROBOTS, TORSO_RADIUS, Point, Robot
from sparring.games.robosumo.rules import EDGE, NAMES
from sparring.games.robosumo.scene import BORDER, MAT_TOP
from sparring.games.svg import BOARD, CELL, FAINT, LIGHT, STONES, element, label, picture

SIDE = 480
FOOT = 60
"""Height of the bars below the mat."""
SCALE = SIDE / 5.4
"""Pixels a metre: a little floor is seen around the mat."""
THINNEST = 0.055
"""Radius of a leg, at least, so that a spider is seen on a thumbnail."""
LOW, HIGH = MAT_TOP, MAT_TOP + 0.9
"""Heights drawn darkest and lightest."""
DEEP = ("#7d1f33", "#7a5417")
"""The colour of each seat at the bottom; at the top it is the colour of its stones."""


def draw(view: dict[str, Any], size: int = 480, last_action: Any = None) -> str:
    """The mat from above as SVG, ``size`` pixels wide. Nothing can be clicked: forces are not chosen with a finger."""
    robots = list(_robots(view))
    scene = [*_mat(), *(_shadow(robot, pose) for robot, pose in robots)]
    lower_first = sorted(range(2), key=lambda seat: robots[seat][1][2])
    scene += [_robot(seat, *robots[seat], won=view["winner"] == seat) for seat in lower_first]
    ground = element("rect", class_="board", width=SIDE, height=SIDE + FOOT, rx=28, fill=CELL)
    parts = [ground, _in_sight(scene, robots), *_bars(view, [pose for _, pose in robots])]
    return picture(_title(view), SIDE, SIDE + FOOT, size, parts)


def text(view: dict[str, Any]) -> str:
    """Where the two robots are, for a terminal."""
    lines = []
    for seat, (robot, pose) in enumerate(_robots(view)):
        state = "down" if view["down"][seat] else f"{_room(pose):.2f} m to the edge"
        lines.append(f"{robot.name:6} x {pose[0]:+.2f}  y {pose[1]:+.2f}  z {pose[2]:.2f}  {state}")
    return "\n".join([*lines, f"step {view['ply']} of {view['steps']}"])


def action_name(action: Any, options: dict[str, Any]) -> str:
    """How hard the motors pull, on average.

    >>> action_name([0.5, -0.5, 1.0, 0.0], {})
    '50 % of strength'
    """
    pulls = [abs(float(pull)) for pull in action]
    return f"{round(100 * sum(pulls) / len(pulls))} % of strength"


def _robots(view: dict[str, Any]) -> Iterator[tuple[Robot, list[float]]]:
    start = 0
    for seat in ("first", "second"):
        robot = ROBOTS[NAMES[view[seat]]]
        yield robot, view["pose"][start : start + robot.positions]
        start += robot.positions


def _title(view: dict[str, Any]) -> str:
    names = " against ".join(robot.name for robot, _ in _robots(view))
    if not view["over"]:
        return f"RoboSumo: {names}, step {view['ply']} of {view['steps']}"
    ending = {0: "the first robot won", 1: "the second robot won", -1: "a draw"}[view["winner"]]
    return f"RoboSumo: {names}, {ending}"


def _in_sight(scene: list[str], robots: list[tuple[Robot, list[float]]]) -> str:
    """The scene, from so far that no leg of a robot that falls off the mat is cut off."""
    corners = [corner for robot, pose in robots for ends in joints_of(robot, pose) for corner in ends]
    reach = max(max(abs(corner[0]), abs(corner[1])) for corner in corners) + 2 * THINNEST
    share = min(1.0, SIDE / 2 / SCALE / reach)
    shift = SIDE / 2 * (1 - share)
    moved = f"translate({shift:.2f} {shift:.2f}) scale({share:.4f})" if share < 1 else None
    return element("g", *scene, transform=moved)


def _at(x: float, y: float) -> tuple[float, float]:
    """Metres to pixels; y points up in the simulator and down in the picture."""
    return SIDE / 2 + SCALE * x, SIDE / 2 - SCALE * y


def _square(half: float, **attributes: str | float | None) -> str:
    x, y = _at(-half, half)
    side = 2 * half * SCALE
    return element("rect", x=x, y=y, width=side, height=side, **attributes)


def _mat() -> list[str]:
    rings = [
        element("circle", cx=SIDE / 2, cy=SIDE / 2, r=radius * SCALE, fill="none", stroke=CELL, stroke_width=3)
        for radius in (0.35, 1.15)
    ]
    return [
        _square(BORDER + 0.3, class_="cell", rx=10, fill=BOARD),
        *rings,
        _square(BORDER, class_="border", rx=4, fill="none", stroke=LIGHT, stroke_width=6),
    ]


def _shadow(robot: Robot, pose: list[float]) -> str:
    """A dark copy of the robot on the ground, further away the higher it is."""
    height = max(0.0, pose[2] - (MAT_TOP if _room(pose) > -0.2 else 0.0))
    paths = " ".join(_path(ends, 0.12 * height, -0.16 * height) for ends in joints_of(robot, pose))
    x, y = _at(pose[0] + 0.12 * height, pose[1] - 0.16 * height)
    width = 2 * SCALE * max(robot.radius, THINNEST)
    ink: dict[str, Any] = {"fill": "none", "stroke": "#000", "stroke_width": width}
    legs = element("path", d=paths, stroke_linecap="round", stroke_linejoin="round", **ink)
    torso = element("circle", cx=x, cy=y, r=SCALE * TORSO_RADIUS, fill="#000")
    return element("g", legs, torso, class_="shadow", opacity=0.22)


def _path(ends: list[Point], right: float = 0.0, up: float = 0.0) -> str:
    corners = [_at(x + right, y + up) for x, y, _ in ends]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)


def _robot(seat: int, robot: Robot, pose: list[float], won: bool) -> str:
    """Segments from the lowest to the highest, then the torso with the sign of its seat: a ring or a diamond."""
    width = 2 * SCALE * max(robot.radius, THINNEST)
    segments = [pair for ends in joints_of(robot, pose) for pair in pairwise(ends)]
    segments.sort(key=lambda pair: pair[0][2] + pair[1][2])
    legs = [
        element("path", d=_path([start, end]), stroke=_shade(seat, (start[2] + end[2]) / 2), stroke_width=width)
        for start, end in segments
    ]
    x, y = _at(pose[0], pose[1])
    radius = SCALE * TORSO_RADIUS
    torso = [element("circle", cx=x, cy=y, r=radius, fill=_shade(seat, pose[2] + TORSO_RADIUS), stroke="none")]
    sign: dict[str, Any] = {"fill": "none", "stroke": DEEP[seat], "stroke_width": 4.0}
    if seat == 0:
        torso.append(element("circle", cx=x, cy=y, r=radius * 0.5, **sign))
    else:
        half = radius * 0.58
        diamond = [(x, y - half), (x + half, y), (x, y + half), (x - half, y)]
        torso.append(element("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in diamond), **sign))
    if won:
        torso.append(element("circle", class_="win", cx=x, cy=y, r=radius, fill="none", stroke=LIGHT, stroke_width=7))
    return element("g", *legs, *torso, class_=f"robot-{seat + 1}", stroke_linecap="round", fill="none")


def _shade(seat: int, height: float) -> str:
    """Between the deep colour of the seat and that of its stones, by height."""
    share = min(1.0, max(0.0, (height - LOW) / (HIGH - LOW)))
    low, high = (int(colour[1:], 16) for colour in (DEEP[seat], STONES[seat][0]))
    channels = [round((low >> bits & 255) * (1 - share) + (high >> bits & 255) * share) for bits in (16, 8, 0)]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _room(pose: list[float]) -> float:
    """Metres between a torso and the place where it has lost."""
    return EDGE - max(abs(pose[0]), abs(pose[1]))


def _bars(view: dict[str, Any], poses: list[list[float]]) -> list[str]:
    """Distance to the edge of the first robot on the left, of the second on the right; the time between them."""
    left = 1 - view["ply"] / view["steps"]
    shares = [max(0.0, min(1.0, _room(pose) / EDGE)) for pose in poses]
    bars = [(20, 140, shares[0], STONES[0][0]), (170, 140, left, FAINT), (320, 140, shares[1], STONES[1][0])]
    parts = []
    for (x, width, share, fill), words in zip(bars, ("to the edge", "time left", "to the edge"), strict=True):
        parts.append(element("rect", class_="bar", x=x, y=SIDE + 4, width=width, height=18, rx=9, fill=BOARD))
        if share > 0:
            filled = max(18.0, width * share)
            parts.append(element("rect", x=x, y=SIDE + 4, width=filled, height=18, rx=9, fill=fill))
        parts.append(label(words, x + width / 2, SIDE + 38, 17))
    return parts
