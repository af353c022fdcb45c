"""The rules of RoboSumo: two robots push each other off a mat. MuJoCo moves them; here is what a match makes of it."""

import numpy as np

from sparring.games.chance import next_word
from sparring.games.robosumo.physics import FRAMES, pairing, simulator
from sparring.games.robosumo.robots import FORCE, FREE_POSITION, ROBOTS
from sparring.games.robosumo.scene import MAT_TOP, TIMESTEP
from sparring.games.robosumo.sides import sides_of

TITLE = "RoboSumo"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = False
BATCHED = True
NAMES = ("ant", "bug", "spider")
OPTIONS = {
    "first": ("ant", NAMES, "Robot of the first seat."),
    "second": ("ant", NAMES, "Robot of the second seat."),
    "adjusted": (False, (False, True), "Heights are measured from the top of the mat: who drops onto it has lost."),
    "shaping": (False, (False, True), "Add a small reward for closing in, pushing outwards and saving strength."),
    "steps": (500, range(1, 5001), "Steps until a draw, twenty a second."),
}

EDGE = 2.1
LOWEST = 0.29
WIN, DRAW = 2000.0, -1000.0
EFFORT, APPROACH, PUSH = 0.1, 0.1, 10.0


def layout(first, second, adjusted, shaping, steps):
    simulator()
    robots = (ROBOTS[first], ROBOTS[second])
    positions = sum(robot.positions for robot in robots)
    velocities = sum(robot.velocities for robot in robots)
    motors = max(robot.actions for robot in robots)
    return {
        "state": [
            ("first", np.int8),
            ("second", np.int8),
            ("adjusted", np.int8),
            ("shaping", np.int8),
            ("steps", np.int16),
            ("winner", np.int8),
            ("down", np.int8, (2,)),
            ("pose", np.float64, (positions,)),
            ("shaped", np.float32, (2,)),
            ("closing", np.float32, (2,)),
            ("out", np.float32, (2,)),
            ("_physics", np.float64, (1 + positions + 2 * velocities,)),
            ("_forces", np.float32, (sum(robot.bodies for robot in robots), 6)),
        ],
        "actions": {"low": [-1.0] * motors, "high": [1.0] * motors},
        "observation": (max(robot.observation for robot in robots),),
        "dtype": np.float32,
        "forfeit": WIN + shaping * steps * (PUSH + EFFORT * motors),
    }


def bearings(options):
    """What turns with the world: own place and attitude, then the opponent's; own velocity. And the robot's sides."""
    if options["first"] != options["second"]:
        return None  # what seats see differs
    own = ROBOTS[options["first"]]
    other = own.observation - FREE_POSITION - FORCE
    turning = {"places": (0, other), "attitudes": (3, other + 3), "directions": (own.positions,)}
    return turning | {"sides": sides_of(own)}


def start(states):
    if len(states):
        seeds = [[next_word(state.random), next_word(state.random)] for state in states]
        robots = pairing_of(states)
        robots.start(states._physics, states._forces, np.array(seeds, np.uint32))
        states.winner = -1
        show(states, robots)
        states.out = far_out(places(states, robots))


def legal(states, seats, masks):
    """Nothing is forbidden within the box."""


def play(states, actions):
    if not len(states):
        return
    robots = pairing_of(states)
    before = places(states, robots)
    effort = [actions[:, seat, : robot.actions] for seat, robot in enumerate(robots.robots)]
    robots.step(states._physics, states._forces, np.concatenate(effort, axis=1).astype(np.float64))
    after = places(states, robots)
    show(states, robots)
    states.down = is_down(after, states.adjusted)
    states.winner = np.where(states.down[:, 0] == states.down[:, 1], -1, states.down[:, 0])
    states.over = states.down.any(axis=1) | (states.ply + 1 >= states.steps)
    states.closing = closing(before[..., :2], after[..., :2])
    states.out = far_out(after)
    states.shaped = shaping(states.closing, after[..., :2], effort)


def reward(states, rewards):
    rewards[:] = states.shaped * states.shaping[:, None]
    for seat in range(2):
        rewards[states.winner == seat, seat] += WIN
        rewards[states.winner == 1 - seat, seat] -= WIN
    rewards[states.over & ~states.down.any(axis=1)] += DRAW


def observe(states, seats, observations):
    """Own positions, velocities and forces, then place of and forces on the opponent's torso; zeros up to the end."""
    if not len(states):
        return
    robots = pairing_of(states)
    ground = MAT_TOP * states.adjusted
    for seat in range(2):
        own = robots.positions(states._physics, seat).copy()
        other = robots.positions(states._physics, 1 - seat)[:, :FREE_POSITION].copy()
        own[:, 2] -= ground
        other[:, 2] -= ground
        forces = robots.forces_on(states._forces, seat).reshape(len(states), -1)
        blow = robots.forces_on(states._forces, 1 - seat)[:, 0]
        seen = np.concatenate([own, robots.velocities(states._physics, seat), forces, other, blow], axis=1)
        rows = seats == seat
        observations[rows, : seen.shape[1]] = seen[rows]


def pairing_of(states):
    """The simulation of the two robots that all these matches have chosen."""
    return pairing(NAMES[states.first[0]], NAMES[states.second[0]])


def places(states, robots):
    """Where the torsos are: float64 [B, 2, 3]."""
    return np.stack([robots.positions(states._physics, seat)[:, :3] for seat in range(2)], axis=1)


def show(states, robots):
    """Keep what a drawing needs: positions to a tenth of a millimetre."""
    positions = [robots.positions(states._physics, seat) for seat in range(2)]
    states.pose = np.round(np.concatenate(positions, axis=1), 4)


def is_down(places, adjusted):
    """Who has lost, bool [B, 2]: too low, or past the edge."""
    height = places[:, :, 2] - MAT_TOP * adjusted[:, None]
    return (height < LOWEST) | (far_out(places) >= EDGE)


def far_out(places):
    """How far from the middle each robot is, in x or in y, metres: [B, 2]."""
    return np.abs(places[:, :, :2]).max(axis=2)


def closing(before, after):
    """How fast each robot moves toward the opponent, metres a second: [B, 2]."""
    direction = after[:, ::-1] - before
    direction /= np.linalg.norm(direction, axis=2, keepdims=True)
    return ((after - before) * direction).sum(axis=2) / (FRAMES * TIMESTEP)


def shaping(speed, after, effort):
    """Rewards [B, 2] for strength saved, speed toward the opponent, and the opponent's distance from the centre."""
    target = after[:, ::-1]
    strength = np.stack([np.square(forces).sum(axis=1) for forces in effort], axis=1)
    return APPROACH * np.maximum(speed, 0) - EFFORT * strength - PUSH * np.exp(-np.linalg.norm(target, axis=2))
