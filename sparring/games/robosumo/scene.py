"""The scene of a pairing as MJCF, the XML that MuJoCo reads: floor, mat, border and the two robots."""

from __future__ import annotations

from collections.abc import Iterable

from sparring.games.robosumo.robots import TORSO_RADIUS, Leg, Robot
from sparring.games.svg import element

BORDER = 2.0
"""The border lies at plus and minus this in x and y, metres."""
MAT_TOP = 0.5
TIMESTEP = 0.01


def scene(first: Robot, second: Robot) -> str:
    """MJCF of ``first`` against ``second``; motors and joints in order of the robots, their legs, hip before ankle."""
    robots = (first, second)
    motors = [_motor(seat, robot, leg) for seat, robot in enumerate(robots) for leg in range(len(robot.legs))]
    return element(
        "mujoco",
        element("compiler", angle="degree", inertiafromgeom="true"),
        element("option", integrator="RK4", timestep=f"{TIMESTEP}"),
        element("default", element("joint", armature="1", damping="1", limited="true")),
        element("worldbody", *_arena(), *(_robot(seat, robot) for seat, robot in enumerate(robots))),
        element("actuator", *motors),
        model=f"{first.name} against {second.name}",
    )


def _arena() -> list[str]:
    mat_friction = "1 .1 .1"
    half = _numbers((BORDER + 0.3, BORDER + 0.3, MAT_TOP / 2))
    parts = [
        element("geom", name="floor", type="plane", pos="0 0 -.025", size="20 20 .125", friction=mat_friction),
        element("geom", name="mat", type="box", pos=f"0 0 {MAT_TOP / 2}", size=half, friction=mat_friction),
    ]
    corners = [(-BORDER, BORDER), (BORDER, BORDER), (BORDER, -BORDER), (-BORDER, -BORDER)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        line = _numbers((*start, MAT_TOP, *end, MAT_TOP))
        parts.append(element("geom", type="cylinder", fromto=line, size=".03"))
    return parts


def _robot(seat: int, robot: Robot) -> str:
    torso = _geom(robot.density, type="sphere", size=f"{TORSO_RADIUS}")
    root = element("joint", type="free", armature="0", damping="0", limited="false", margin=".01")
    legs = [_leg(seat, robot, number, leg) for number, leg in enumerate(robot.legs)]
    return element("body", torso, root, *legs, name=f"torso_{seat}", pos=_numbers((1 - 2 * seat, 0, MAT_TOP + 0.75)))


def _leg(seat: int, robot: Robot, number: int, leg: Leg) -> str:
    shin = element(
        "body",
        _hinge(f"ankle_{seat}_{number}", leg.axis, leg.bend),
        _capsule(robot, leg.shin),
        pos=_numbers(leg.leg),
    )
    upper = element(
        "body",
        _hinge(f"hip_{seat}_{number}", (0, 0, 1), robot.hip),
        _capsule(robot, leg.leg),
        shin,
        pos=_numbers(leg.stub),
    )
    return element("body", _capsule(robot, leg.stub), upper)


def _hinge(name: str, axis: Iterable[float], limits: Iterable[float]) -> str:
    return element("joint", name=name, type="hinge", axis=_numbers(axis), range=_numbers(limits))


def _capsule(robot: Robot, end: Iterable[float]) -> str:
    return _geom(robot.leg_density, type="capsule", fromto=f"0 0 0 {_numbers(end)}", size=f"{robot.radius}")


def _geom(density: float, **attributes: str) -> str:
    return element(
        "geom", density=f"{density}", friction="1 .5 .5", margin=".01", condim="3", conaffinity="1", **attributes
    )


def _motor(seat: int, robot: Robot, leg: int) -> str:
    limits = {"gear": "150", "ctrllimited": "true", "ctrlrange": "-1 1"}
    joints = (f"hip_{seat}_{leg}", f"ankle_{seat}_{leg}")
    return "".join(element("motor", joint=joint, **limits) for joint in joints)


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{value:.6g}" for value in values)
