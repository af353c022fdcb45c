"""RoboSumo in MuJoCo: pairings of robots whose matches are stepped together, one row a match.

``mujoco.rollout`` and ``mujoco.batch`` are not used: neither gives the forces on bodies after a step of RK4. Threads
step the rows in compiled code; see ``stepping.py``.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.cores import cores
from sparring.errors import MissingExtra
from sparring.games.robosumo.robots import FREE_POSITION, ROBOTS
from sparring.games.robosumo.scene import scene

FRAMES = 5
"""Frames of the simulator in a step of the game."""
ROWS_AT_A_TIME, STARTS_AT_A_TIME = 2, 16
"""What a thread takes on before it looks what is left."""
RADIUS, HEIGHT = 1.15, 1.25
"""Robots start on opposite points of this circle, this high."""
POSITION_NOISE = VELOCITY_NOISE = 0.1
MOST_FORCE = 100.0
"""Forces are seen up to here."""


def simulator() -> Any:
    """The module ``mujoco``. Raises MissingExtra."""
    try:
        import mujoco
    except ImportError as error:
        raise MissingExtra("mujoco", "mujoco", "RoboSumo") from error
    return mujoco


@cache
def pairing(first: str, second: str) -> Pairing:
    """The model of two robots, made once a process."""
    return Pairing(first, second)


class Pairing:
    """Two robots on the mat. Rows are matches: ``physics: float64 [B, size]``, ``forces: float32 [B, bodies, 6]``."""

    def __init__(self, first: str, second: str) -> None:
        self.robots = (ROBOTS[first], ROBOTS[second])
        self._mujoco = simulator()
        kept = self._mujoco.mjtState
        self._kept = int(kept.mjSTATE_FULLPHYSICS) | int(kept.mjSTATE_WARMSTART)
        self.model = self._compiled()
        self._local = threading.local()

    def _compiled(self) -> Any:
        """The scene's model, in which nobody looks for collisions of parts that can't meet: a twentieth of the work."""
        spec = self._mujoco.MjSpec.from_string(scene(*self.robots))
        first = 1
        for robot in self.robots:
            parts = spec.bodies[first : first + robot.bodies]
            for number, part in enumerate(parts, first):
                part.name = part.name or f"body_{number}"
            if not robot.touches_itself:
                for one, other in itertools.combinations(parts, 2):
                    spec.add_exclude(bodyname1=one.name, bodyname2=other.name)
            first += robot.bodies
        return spec.compile()

    def start(self, physics: NDArray[Any], forces: NDArray[Any], seeds: NDArray[np.uint32]) -> None:
        """Put the robots on opposite points of the circle, with noise drawn from ``seeds: uint32 [B, 2]``."""

        def start_some(first: int, last: int) -> None:
            data, random = self._simulator().data, self._simulator().random
            for row in range(first, last):
                self._mujoco.mj_resetData(self.model, data)
                random.seed(seeds[row])
                self._place(data, random)
                self._mujoco.mj_forward(self.model, data)
                self._read(data, physics[row], forces[row])

        _in_parts(len(physics), STARTS_AT_A_TIME, start_some)

    def step(self, physics: NDArray[Any], forces: NDArray[Any], controls: NDArray[Any]) -> None:
        """Advance every row by one step, in place. ``controls: float64 [B, motors]``; the motors clip them to -1..1."""

        def step_some(first: int, last: int) -> None:
            self._simulator().step(physics, forces, controls, first, last)

        _in_parts(len(physics), ROWS_AT_A_TIME, step_some)

    def positions(self, physics: NDArray[Any], seat: int) -> NDArray[Any]:
        """A view of the robot's ``qpos``, [B, positions]: place, quaternion, joints."""
        start = 1 + seat * self.robots[0].positions
        return physics[:, start : start + self.robots[seat].positions]

    def velocities(self, physics: NDArray[Any], seat: int) -> NDArray[Any]:
        """A view of the robot's ``qvel``, [B, velocities]."""
        start = 1 + self.model.nq + seat * self.robots[0].velocities
        return physics[:, start : start + self.robots[seat].velocities]

    def forces_on(self, forces: NDArray[Any], seat: int) -> NDArray[Any]:
        """A view of the forces on the robot's bodies, [B, bodies, 6], the torso first."""
        start = seat * self.robots[0].bodies
        return forces[:, start : start + self.robots[seat].bodies]

    def _simulator(self) -> Any:
        """This thread's."""
        if not hasattr(self._local, "simulator"):
            from sparring.games.robosumo.stepping import Simulator  # only here: it needs ``mujoco``

            self._local.simulator = Simulator(self.model, self._kept)
        return self._local.simulator

    def _place(self, data: Any, random: np.random.RandomState) -> None:
        angle = random.uniform(0, 2 * np.pi)
        for seat, start in enumerate((0, self.robots[0].positions)):
            direction = angle + seat * np.pi
            data.qpos[start : start + 3] = RADIUS * np.cos(direction), RADIUS * np.sin(direction), HEIGHT
        data.qpos[:] += random.uniform(-POSITION_NOISE, POSITION_NOISE, self.model.nq)
        data.qvel[:] = VELOCITY_NOISE * random.standard_normal(self.model.nv)
        for start in (0, self.robots[0].positions):
            turn = data.qpos[start + 3 : start + FREE_POSITION]
            turn /= np.linalg.norm(turn)

    def _read(self, data: Any, physics: NDArray[Any], forces: NDArray[Any]) -> None:
        self._mujoco.mj_rnePostConstraint(self.model, data)
        self._mujoco.mj_getState(self.model, data, physics, self._kept)
        np.clip(data.cfrc_ext[1:], -MOST_FORCE, MOST_FORCE, out=forces, casting="same_kind")
        np.abs(forces, out=forces)


def _in_parts(rows: int, size: int, act: Callable[[int, int], None]) -> None:
    """Call ``act(first, last)`` for all rows, ``size`` at a time, on a thread for each core."""
    starts = range(0, rows, size)
    threads = min(len(starts), cores())
    left: Iterator[int] = iter(starts)

    def work(_: int) -> None:
        for first in left:
            act(first, min(first + size, rows))

    if threads <= 1:
        work(0)
    else:
        list(_threads(os.getpid()).map(work, range(threads)))


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """One for each process: a forked one has none of its parent's threads."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="robosumo")
