"""What a position of the NH fight is worth before its end, counted in hitpoints.

The weights are our own: round numbers that made ``mcts`` stronger, fitted to nothing. Hits on their way count as if they
had landed. Hitpoints are worth more the fewer there are, and supplies less than what they give to who needs them: so
food is kept until it is needed.
"""

import numpy as np

from sparring.games.nh_fight.loadouts import BREW, COMBAT, FOOD, KARAMBWAN, PRAYER, RANGING, RESTORE
from sparring.games.nh_fight.observation import on_the_way
from sparring.games.nh_fight.rules import NOBODY
from sparring.games.nh_fight.upkeep import ATTACKING, FROZEN

HIGHEST = 0.95
SCALE = 300.0  # hitpoints of a fighter and its supplies
HURT, DYING, DEAD = 60, 35, -10  # hitpoints below which each counts twice, then four times, then no more
MEAL, BITE, BREW_DOSE, RESTORE_DOSE, BOOST_DOSE = 18.0, 15.0, 9.0, 7.0, 3.0
LEVEL, DEVOTION, ENERGY = 0.25, 0.2, 0.25  # a level, a point of prayer, a percent of special energy
WITHOUT_PRAYER = 25.0
DELAY, ICE = 1.5, 0.3  # a tick until the next attack, a tick that one stays frozen
VENGEANCE = 8.0


def evaluate(state, seat):
    """Between -0.95 and 0.95, from the view of ``seat``."""
    if state.winner != NOBODY:
        return 0.0
    mine = np.int64(seat)
    return max(-HIGHEST, min(HIGHEST, (worth(state, mine) - worth(state, 1 - mine)) / SCALE))


def worth(state, seat):
    """What a fighter has left."""
    return (
        health(state.hitpoints[seat] - on_the_way(state, seat))
        + pack_worth(state, seat)
        + condition(state, seat)
        - DELAY * state.timers[seat, ATTACKING]
        - ICE * state.timers[seat, FROZEN]
    )


def health(hitpoints):
    hitpoints = max(hitpoints, DEAD)
    return hitpoints - max(HURT - hitpoints, 0) - 2 * max(DYING - hitpoints, 0)


def pack_worth(state, seat):
    supplies = state.supplies[seat]
    return (
        MEAL * supplies[FOOD]
        + BITE * supplies[KARAMBWAN]
        + BREW_DOSE * supplies[BREW]
        + RESTORE_DOSE * supplies[RESTORE]
        + BOOST_DOSE * (supplies[COMBAT] + supplies[RANGING])
    )


def condition(state, seat):
    """Levels, prayer, special energy and vengeance."""
    value = DEVOTION * min(state.prayer[seat], state.bases[seat, PRAYER]) + ENERGY * state.energy[seat]
    for skill in range(5):
        value += LEVEL * state.levels[seat, skill]
    if state.prayer[seat] <= 0:
        value -= WITHOUT_PRAYER
    return value + VENGEANCE * state.vengeful[seat]
