"""Scripts of RoboSumo: one stands, one walks at its opponent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.scripts.sight import Script, Sight
from sparring.games.robosumo.pose import from_quaternion, joints_of
from sparring.games.robosumo.robots import FREE_POSITION, FREE_VELOCITY, ROBOTS, Robot


@dataclass(frozen=True)
class Gait:
    period: int
    """Steps of the game in a stride."""
    stride: float
    """How far a foot goes to and fro, metres."""
    lift: float
    """How high it is lifted, metres."""
    stiffness: float
    """Pull for each radian that a joint is away from where it should be."""
    damping: float
    """Pull against each radian a second."""


GAITS = {
    "ant": Gait(8, 0.4, 0.2, 1.5, 0.1),
    "bug": Gait(12, 0.7, 0.4, 0.8, 0.1),
    "spider": Gait(12, 0.7, 0.4, 0.8, 0.1),
}
"""The best of a few dozen tried against a robot that stands still."""
BRINK = 1.7
"""Whoever is further out than this turns to the middle first, metres."""


def still(sight: Sight) -> Any:
    """Pulls nothing and stands where it has landed."""
    return np.zeros(motors(sight), np.float32)


def pusher(sight: Sight) -> Any:
    """Walks at its opponent: every other leg carries while the rest step."""
    robot = own_robot(sight)
    body = Body.of(robot, sight.observation)
    step = sight.memory["step"] = sight.memory.get("step", -1) + 1
    gait = GAITS[robot.name]
    feet = strides(gait, len(robot.legs), step / gait.period, body.heading())
    pulls = np.zeros(motors(sight), np.float32)
    pulls[: robot.actions] = body.pull_towards(stance(robot).joints_for(feet), gait)
    return pulls


SCRIPTS: dict[str, Script] = {"still": still, "pusher": pusher}


@dataclass(frozen=True)
class Body:
    """What a seat sees of its own body and of the opponent's torso."""

    place: NDArray[Any]
    turn: NDArray[Any]
    """Rotation from the body to the world, [3, 3]."""
    joints: NDArray[Any]
    speeds: NDArray[Any]
    opponent: NDArray[Any]

    @classmethod
    def of(cls, robot: Robot, observation: NDArray[Any]) -> Body:
        seen = observation.astype(np.float64)
        velocities = robot.positions + FREE_VELOCITY
        return cls(
            place=seen[:3],
            turn=np.array(from_quaternion(seen[3:FREE_POSITION].tolist())),
            joints=seen[FREE_POSITION : robot.positions],
            speeds=seen[velocities : velocities + robot.actions],
            opponent=seen[robot.observation - 13 : robot.observation - 10],
        )

    def heading(self) -> NDArray[Any]:
        """Where to walk, as the body sees it: float [3], of length 1."""
        on_the_brink = np.abs(self.place[:2]).max() > BRINK
        way = -self.place if on_the_brink else self.opponent - self.place
        level = np.array([way[0], way[1], 0.0])
        return np.asarray(self.turn.T @ (level / max(float(np.linalg.norm(level)), 1e-6)))

    def pull_towards(self, joints: NDArray[Any], gait: Gait) -> NDArray[Any]:
        """How the motors pull to bring the joints there."""
        return np.asarray(np.clip(gait.stiffness * (joints - self.joints) - gait.damping * self.speeds, -1, 1))


@dataclass(frozen=True)
class Stance:
    """A robot at rest: its joints, [2 L], and what they must do to move each foot, [L, 2, 3]."""

    joints: NDArray[Any]
    lever: NDArray[Any]

    def joints_for(self, feet: NDArray[Any]) -> NDArray[Any]:
        """Angles of the joints that move the feet by ``feet: [L, 3]`` from where they rest."""
        return self.joints + np.einsum("lij,lj->li", self.lever, feet).ravel()  # type: ignore[no-any-return]


@cache
def stance(robot: Robot) -> Stance:
    """Hips straight, ankles in the middle of their range."""
    middle = [(0.0, math.radians(sum(leg.bend) / 2)) for leg in robot.legs]
    joints = np.array(middle).ravel()
    rest = feet_at(robot, joints)
    little = 1e-4
    moved = [feet_at(robot, joints + little * one) for one in np.eye(len(joints))]
    slopes = [
        np.stack([(moved[2 * leg + joint][leg] - rest[leg]) / little for joint in range(2)], axis=1)
        for leg in range(len(robot.legs))
    ]
    return Stance(joints, np.linalg.pinv(np.array(slopes)))


def feet_at(robot: Robot, joints: NDArray[Any]) -> NDArray[Any]:
    """Where the feet are, as the body sees it: [L, 3]."""
    legs = joints_of(robot, [0, 0, 0, 1, 0, 0, 0, *joints.tolist()])
    return np.array([ends[-1] for ends in legs])


def strides(gait: Gait, legs: int, phase: float, heading: NDArray[Any]) -> NDArray[Any]:
    """How far each foot is from where it rests, [L, 3]: carrying feet go back, the others forward through the air."""
    steps = np.zeros((legs, 3))
    for leg in range(legs):
        share = (phase + 0.5 * group(leg)) % 1
        if share < 0.5:
            steps[leg] = heading * gait.stride * (0.5 - 2 * share)
        else:
            steps[leg] = heading * gait.stride * (2 * share - 1.5)
            steps[leg, 2] += gait.lift * math.sin(2 * math.pi * (share - 0.5))
    return steps


def group(leg: int) -> int:
    """Legs in two groups, neighbours apart: pairs of a row are numbered side by side."""
    row, side = divmod(leg, 2)
    return (row + side) % 2


def own_robot(sight: Sight) -> Robot:
    """Which of the two robots is one's own: a smaller one sees zeros where a larger one sees its opponent."""
    robots = sorted((ROBOTS[sight.options[seat]] for seat in ("first", "second")), key=lambda robot: robot.observation)
    larger = robots[1]
    return larger if sight.observation[larger.observation - 10 : larger.observation - 6].any() else robots[0]


def motors(sight: Sight) -> int:
    """Numbers of an action: as many as the robot with more motors has."""
    return max(ROBOTS[sight.options[seat]].actions for seat in ("first", "second"))
