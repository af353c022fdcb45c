"""Scripts of pong, all at the same paddle: one looks at the ball, two work out where it will be."""

from __future__ import annotations

from sparring.agents.scripts.sight import Script, Sight
from sparring.games.pong.rules import FASTEST, HEIGHT, PADDLE_SPEED, RADIUS, REACH, STEEPEST, WIDTH

UP, STAY, DOWN = range(3)
TIP = 0.7
"""How far from the middle of its paddle the trickster hits the ball, as a share of half its length."""


def follower(sight: Sight) -> int:
    """Keeps its paddle at the height of the ball."""
    return towards(sight, height(sight.observation[5]))


def predictor(sight: Sight) -> int:
    """Waits where the ball will come down to its paddle; while it flies away, in the middle."""
    return towards(sight, landing(sight) if flies_here(sight) else HEIGHT / 2)


def trickster(sight: Sight) -> int:
    """Waits a little beside, so that the ball leaves its paddle away from where the opponent's is."""
    if not flies_here(sight):
        return towards(sight, HEIGHT / 2)
    away = 1 if sight.observation[1] < 0 else -1
    return towards(sight, landing(sight) - away * TIP * sight.options["paddle"] / 2)


SCRIPTS: dict[str, Script] = {"follower": follower, "predictor": predictor, "trickster": trickster}


def height(number: float) -> float:
    """A height in units of the court, of a number in -1..1."""
    return (number + 1) * HEIGHT / 2


def flies_here(sight: Sight) -> bool:
    return bool(sight.observation[6] < 0)


def landing(sight: Sight) -> float:
    """The height at which the ball will reach the own paddle."""
    _, _, _, _, x, y, dx, dy = sight.observation[:8].tolist()
    ticks = ((x + 1) * WIDTH / 2 - REACH - RADIUS) / (-dx * FASTEST)
    return mirrored(height(y) + ticks * dy * STEEPEST)


def mirrored(y: float) -> float:
    """Where a ball is that would be at ``y`` if there were no walls.

    >>> mirrored(700), mirrored(-100), mirrored(1200)
    (700, 160, 1140)
    """
    court = HEIGHT - 2 * RADIUS
    above = (y - RADIUS) % (2 * court)
    return RADIUS + min(above, 2 * court - above)


def towards(sight: Sight, wanted: float) -> int:
    """The action that brings the middle of the own paddle nearer to a height."""
    missing = wanted - height(float(sight.observation[0]))
    if abs(missing) <= PADDLE_SPEED / 2:
        return STAY
    return DOWN if missing > 0 else UP
