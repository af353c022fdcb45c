"""The bodies of RoboSumo's robots: one table that the simulator's scene, the record's layout and the drawing all read.

Source: the environment of "Continuous Adaptation via Meta-Learning in Nonstationary and Competitive Environments"
(Al-Shedivat et al., 2018, arXiv 1710.03641). Lengths in metres, angles in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

Point = tuple[float, float, float]

TORSO_RADIUS = 0.25
FREE_POSITION, FREE_VELOCITY = 7, 6
"""Numbers of a free body: place and quaternion; velocity and rotation."""
FORCE = 6
"""Numbers of the force and torque on one body."""


@dataclass(frozen=True)
class Leg:
    """Three segments end to end: a stub fixed to the torso, what the hip turns about z, and what the ankle bends."""

    stub: Point
    leg: Point
    shin: Point
    axis: Point
    """The axis of the ankle."""
    bend: tuple[float, float]
    """The range of the ankle."""


@dataclass(frozen=True)
class Robot:
    name: str
    density: float
    """Of the torso."""
    leg_density: float
    radius: float
    """Of every segment of a leg."""
    hip: tuple[float, float]
    """The range of the hips."""
    legs: tuple[Leg, ...]
    touches_itself: bool = True
    """Whether any two of its parts can meet, 20 degrees beyond the ranges of the joints and within."""

    @cached_property
    def actions(self) -> int:
        """Motors: the hip and the ankle of each leg."""
        return 2 * len(self.legs)

    @cached_property
    def positions(self) -> int:
        """Numbers of ``qpos``."""
        return FREE_POSITION + self.actions

    @cached_property
    def velocities(self) -> int:
        """Numbers of ``qvel``."""
        return FREE_VELOCITY + self.actions

    @cached_property
    def bodies(self) -> int:
        """The torso and three a leg."""
        return 1 + 3 * len(self.legs)

    @cached_property
    def observation(self) -> int:
        """What it sees: its own positions, velocities and forces, then place of and forces on the opponent's torso."""
        return self.positions + self.velocities + FORCE * self.bodies + FREE_POSITION + FORCE


def _ant() -> Robot:
    corners = [(-1, 1, (1, 1)), (1, 1, (-1, 1)), (-1, -1, (-1, 1)), (1, -1, (1, 1))]
    legs = []
    for number, (x, y, (along, across)) in enumerate(corners):
        segment = (0.2 * x, 0.2 * y, 0.0)
        bend = (30, 70) if number % 2 else (-70, -30)
        legs.append(Leg(segment, segment, (0.4 * x, 0.4 * y, 0.0), (along, across, 0), bend))
    return Robot("ant", 13, 13, 0.08, (-30, 30), tuple(legs), touches_itself=False)


def _bug() -> Robot:
    sides = [(1, 1, -1), (-1, 1, 1), (-1, 0, 0), (1, 0, 0), (-1, -1, -1), (1, -1, 1)]
    legs = []
    for x, y, along in sides:
        bend = (30, 70) if x > 0 else (-70, -30)
        axis = (along, 1, 0)
        if y == 0:
            legs.append(Leg((0.2 * x, 0.0, 0.0), (0.275 * x, 0.0, 0.0), (0.55 * x, 0.0, 0.0), axis, bend))
        else:
            segment = (0.18 * x, 0.215 * y, 0.0)
            legs.append(Leg(segment, segment, (0.324 * x, 0.387 * y, 0.0), axis, bend))
    return Robot("bug", 10, 10, 0.08, (-30, 30), tuple(legs))


def _spider() -> Robot:
    stubs = [(-0.056, 0.209), (-0.188, 0.108), (-0.209, -0.056), (-0.108, -0.188)]
    upper = [(-0.050, 0.188), (-0.170, 0.097), (-0.188, -0.050), (-0.097, -0.170)]
    axes = [(0.97, 0.26), (0.50, 0.87), (-0.26, 0.97), (-0.87, 0.50)]
    legs = []
    for (x, y), (leg_x, leg_y), (along, across) in zip(stubs, upper, axes, strict=True):
        for side, bend in ((1, (-35, 45)), (-1, (-45, 35))):
            stub, leg = (side * x, y, 0.125), (side * leg_x, leg_y, 0.113)
            legs.append(Leg(stub, leg, (2 * side * x, 2 * y, -0.6), (side * along, across, 0), bend))
    return Robot("spider", 39, 5, 0.04, (-20, 20), tuple(legs))


ROBOTS = {robot.name: robot for robot in (_ant(), _bug(), _spider())}
