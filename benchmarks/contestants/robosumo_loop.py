"""RoboSumo, ant against ant, as one writes it by hand: a loop over ``mujoco``, one match at a time.

The same scene, the same number of frames a step, observations of both seats and who has lost after each step.
"""

import mujoco
import numpy as np
from contestant import rate, serve

from sparring.games.robosumo.robots import ROBOTS
from sparring.games.robosumo.scene import scene

FRAMES, STEPS = 5, 500
FLOOR, EDGE, MOST_FORCE = 0.29, 2.1, 100.0
PLACES, SPEEDS, BODIES = 15, 14, 14
SEEN_OF_OPPONENT = 7


class Match:
    """One match at random, from start to end and again."""

    def __init__(self):
        self.model = mujoco.MjModel.from_xml_string(scene(ROBOTS["ant"], ROBOTS["ant"]))
        self.data = mujoco.MjData(self.model)
        self.chance = np.random.default_rng(1)
        self.start()

    def start(self):
        data = self.data
        mujoco.mj_resetData(self.model, data)
        angle = self.chance.uniform(0, 2 * np.pi)
        for first in (0, PLACES):
            data.qpos[first : first + 3] = 1.15 * np.cos(angle), 1.15 * np.sin(angle), 1.25
            angle += np.pi
        data.qpos[:] += self.chance.uniform(-0.1, 0.1, self.model.nq)
        data.qvel[:] = 0.1 * self.chance.standard_normal(self.model.nv)
        for first in (3, PLACES + 3):
            data.qpos[first : first + 4] /= np.linalg.norm(data.qpos[first : first + 4])
        mujoco.mj_forward(self.model, data)
        self.steps = 0

    def step(self):
        model, data = self.model, self.data
        data.ctrl[:] = self.chance.uniform(-1, 1, model.nu)
        mujoco.mj_step(model, data, FRAMES)
        mujoco.mj_rnePostConstraint(model, data)
        self.steps += 1
        forces = np.abs(np.clip(data.cfrc_ext, -MOST_FORCE, MOST_FORCE))
        self.observations = [self.observe(seat, forces) for seat in (0, 1)]
        over = self.steps == STEPS or self.lost(0) or self.lost(PLACES)
        if over:
            self.start()
        return 1, int(over)

    def observe(self, seat, forces):
        place, speed, body = seat * PLACES, seat * SPEEDS, 1 + seat * (BODIES - 1)
        other_place, other_body = (1 - seat) * PLACES, 1 + (1 - seat) * (BODIES - 1)
        return np.concatenate(
            [
                self.data.qpos[place : place + PLACES],
                self.data.qvel[speed : speed + SPEEDS],
                forces[body : body + BODIES - 1].ravel(),
                self.data.qpos[other_place : other_place + SEEN_OF_OPPONENT],
                forces[other_body],
            ]
        ).astype(np.float32)

    def lost(self, first):
        x, y, height = self.data.qpos[first : first + 3]
        return height < FLOOR or max(abs(x), abs(y)) >= EDGE


def prepare():
    match = Match()
    rate(match.step, 1.0)
    return lambda seconds: rate(match.step, seconds)


serve(prepare, ["mujoco", "numpy"])
