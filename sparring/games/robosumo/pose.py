"""From the numbers of a pose to the places of torso and legs: what MuJoCo's kinematics give, without MuJoCo."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sparring.games.robosumo.robots import FREE_POSITION, Leg, Point, Robot

Matrix = tuple[Point, Point, Point]
"""A rotation, row by row."""


def joints_of(robot: Robot, pose: Sequence[float]) -> list[list[Point]]:
    """For each leg its four ends, from the centre of the torso to the foot. ``pose``: the robot's part of ``qpos``.

    >>> from sparring.games.robosumo.robots import ROBOTS
    >>> joints_of(ROBOTS["ant"], [0, 0, 1, 1, 0, 0, 0] + [0] * 8)[1]
    [(0.0, 0.0, 1.0), (0.2, 0.2, 1.0), (0.4, 0.4, 1.0), (0.8, 0.8, 1.0)]
    """
    place = (float(pose[0]), float(pose[1]), float(pose[2]))
    turn = from_quaternion(pose[3:FREE_POSITION])
    angles = pose[FREE_POSITION:]
    return [_leg(place, turn, leg, angles[2 * i], angles[2 * i + 1]) for i, leg in enumerate(robot.legs)]


def _leg(place: Point, turn: Matrix, leg: Leg, hip: float, ankle: float) -> list[Point]:
    ends = [place]
    for segment, axis, angle in ((leg.stub, None, 0.0), (leg.leg, (0, 0, 1), hip), (leg.shin, leg.axis, ankle)):
        if axis is not None:
            turn = product(turn, about(axis, angle))
        x, y, z = (sum(row[i] * segment[i] for i in range(3)) for row in turn)
        last = ends[-1]
        ends.append((last[0] + x, last[1] + y, last[2] + z))
    return ends


def from_quaternion(quaternion: Sequence[float]) -> Matrix:
    """The rotation of (w, x, y, z)."""
    w, x, y, z = quaternion
    return (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )


def about(axis: Sequence[float], angle: float) -> Matrix:
    """The rotation by ``angle`` radians about ``axis``."""
    length = math.hypot(*axis)
    sine = math.sin(angle / 2) / length
    return from_quaternion((math.cos(angle / 2), *(sine * part for part in axis)))


def product(a: Matrix, b: Matrix) -> Matrix:
    """The rotation ``b``, then ``a``."""
    columns = list(zip(*b, strict=True))
    rows = [tuple(sum(p * q for p, q in zip(row, column, strict=True)) for column in columns) for row in a]
    return (rows[0], rows[1], rows[2])  # type: ignore[return-value]
