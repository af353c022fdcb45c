"""The sides of a robot: an ant turned by a quarter is the same ant, with its legs renamed."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.games.robosumo.robots import FORCE, FREE_POSITION, FREE_VELOCITY, Point, Robot

Matrix: TypeAlias = NDArray[Any]
Renamed: TypeAlias = list[tuple[int, float]]
"""For each leg the one that it is once the left is the front, and the sign of its ankle."""

QUARTERS = 4


def sides_of(robot: Robot) -> list[tuple[Matrix, Matrix]]:
    """What each of its sides makes of what it sees, [n, n], and of its pulls, [motors, motors], if that were its front.

    They are multiplied from the left. The first is as it is; then the robot's left, its back, its right. Only the first
    where the legs don't look the same from each side.
    """
    legs = renamed_legs(robot)
    as_it_is = np.eye(robot.observation), np.eye(robot.actions)
    if legs is None:
        return [as_it_is]
    quarter = seen_from_the_left(robot, legs), renaming(legs, 2, signed=True)
    sides = [as_it_is]
    while len(sides) < QUARTERS:
        seen, done = sides[-1]
        sides.append((quarter[0] @ seen, quarter[1] @ done))
    return sides


def renamed_legs(robot: Robot) -> Renamed | None:
    """None where the legs don't look the same from the left."""
    legs = []
    for leg in robot.legs:
        segments = [clockwise(segment) for segment in (leg.stub, leg.leg, leg.shin)]
        axis = np.array(clockwise((*leg.axis[:2], 0.0)))
        matching = [
            number
            for number, other in enumerate(robot.legs)
            if np.allclose(segments, [other.stub, other.leg, other.shin], atol=1e-9)
        ]
        if not matching:
            return None
        other = robot.legs[matching[0]]
        sign = 1.0 if np.dot(axis[:2], other.axis[:2]) > 0 else -1.0
        low, high = sorted(sign * angle for angle in leg.bend)
        if not np.allclose(sign * axis[:2], other.axis[:2]) or (low, high) != tuple(other.bend):
            return None
        legs.append((matching[0], sign))
    return legs


def clockwise(vector: Point) -> Point:
    """Turned by a quarter about z."""
    return (vector[1], -vector[0], vector[2])


def seen_from_the_left(robot: Robot, legs: Renamed) -> Matrix:
    """Place and velocity stay; attitude and rotation are those of a body that looks where its left was."""
    turn = np.eye(robot.observation)
    half = np.sqrt(0.5)
    turn[3:FREE_POSITION, 3:FREE_POSITION] = half * np.array([[1, 0, 0, -1], [0, 1, 1, 0], [0, -1, 1, 0], [1, 0, 0, 1]])
    rotation = robot.positions + 3
    turn[rotation : rotation + 2, rotation : rotation + 2] = [[0, 1], [-1, 0]]
    forces = robot.positions + robot.velocities + FORCE
    for starts, width in ((FREE_POSITION, 2), (robot.positions + FREE_VELOCITY, 2), (forces, 3 * FORCE)):
        size = width * len(legs)
        turn[starts : starts + size, starts : starts + size] = renaming(legs, width, signed=width == 2)
    return turn


def renaming(legs: Renamed, width: int, signed: bool) -> Matrix:
    """Moves ``width`` numbers of each leg to where the leg is then; ``signed``: the second of two is the ankle's."""
    moved = np.zeros((width * len(legs),) * 2)
    for number, (other, sign) in enumerate(legs):
        block = np.diag([1.0, sign]) if signed else np.eye(width)
        moved[width * other : width * (other + 1), width * number : width * (number + 1)] = block
    return moved
