"""What a position of the NH fight is worth before its end, counted in hitpoints.

The weights are our own: round numbers that made ``mcts`` stronger, fitted to nothing. Hits on their way count as if
they had landed. Hitpoints are worth more the fewer there are; supplies are worth more than what they give to the hale,
and less than to the hurt: so they are kept until they are needed. Of the other, only the damage that it took and what
can be seen counts: who searches can but guess the rest, and what one does oneself would drown in the guesses.
"""

import numpy as np

from sparring.games.nh_fight.loadouts import BREW, COMBAT, FOOD, KARAMBWAN, RANGING, RESTORE
from sparring.games.nh_fight.observation import on_the_way
from sparring.games.nh_fight.upkeep import ATTACKING, FROZEN

HIGHEST = 0.95
SCALE = 800.0  # twice this is the most that a fighter can have left and have done
HURT, DYING, DEAD = 60, 35, -10  # hitpoints below which each counts twice, then four times, then no more
MEAL, BITE, BREW_DOSE, RESTORE_DOSE, BOOST_DOSE = 42.0, 36.0, 20.0, 18.0, 8.0
LEVEL, DEVOTION, ENERGY = 0.4, 0.2, 0.25  # a level, a point of prayer, a percent of special energy
DEVOUT, WITHOUT_PRAYER = 25, 25.0  # points of prayer below which each counts for one more; to have none costs extra
DELAY, ICE = 0.8, 0.3  # a tick until the next attack, a tick that one stays frozen
VENGEANCE = 8.0


def evaluate(state, seat):
    """Between -0.95 and 0.95, from the view of ``seat``."""
    mine = np.int64(seat)
    value = own_worth(state, mine) + damage_done(state, mine)
    return max(-HIGHEST, min(HIGHEST, value / SCALE - 1.0))


def own_worth(state, seat):
    """What a fighter has left."""
    value = health(state.hitpoints[seat] - on_the_way(state, seat)) + pack_worth(state, seat) + condition(state, seat)
    return value - DELAY * state.timers[seat, ATTACKING] - ICE * state.timers[seat, FROZEN]


def damage_done(state, seat):
    """What a fighter has done to the other, who can be seen to wait and to be frozen, too."""
    timers = state.timers[1 - seat]
    return state.dealt[seat] + on_the_way(state, 1 - seat) + DELAY * timers[ATTACKING] + ICE * timers[FROZEN]


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
    prayer = state.prayer[seat]
    value = DEVOTION * prayer - max(DEVOUT - prayer, 0) + ENERGY * state.energy[seat]
    for skill in range(5):
        value += LEVEL * state.levels[seat, skill]
    if prayer <= 0:
        value -= WITHOUT_PRAYER
    return value + VENGEANCE * state.vengeful[seat]
