"""The ring in which the tests of the NH fight put two fighters: positions, choices and luck to order."""

from __future__ import annotations

import numpy as np

from sparring.engine import load_game
from sparring.errors import IllegalAction
from sparring.games.nh_fight import choices
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED
from sparring.games.nh_fight.loadouts import DEFENCE, MAGIC
from sparring.games.nh_fight.upkeep import ATTACKING

HEADS = {
    "style": choices.STYLE,
    "mage": choices.MAGE_KIND,
    "ranged": choices.RANGED_KIND,
    "melee": choices.MELEE_KIND,
    "potion": choices.POTION,
    "eat": choices.EAT,
    "karambwan": choices.EAT_KARAMBWAN,
    "avenge": choices.AVENGE,
    "gear": choices.GEAR,
    "move": choices.MOVEMENT,
    "far": choices.FAR,
    "pray": choices.PRAY,
}
BASIC, SPECIAL = 1, 2
ICE, BLOOD, VOLATILE = 1, 2, 3
BUSY = 100  # an attack timer that keeps a fighter from having to attack


def choice(**chosen):
    """One action; the style follows from its kind, and the prayer is mage unless something else is said."""
    action = [0] * 12
    for name, value in {"pray": MAGE, **chosen}.items():
        action[HEADS[name]] = value
        if name in ("mage", "ranged", "melee"):
            action[choices.STYLE] = {"mage": MAGE, "ranged": RANGED, "melee": MELEE}[name]
    return action


def fight(distance=1, seed=1, priority=0, **options):
    """Two fighters that need not attack, on one line, the first with priority; the next change of it is far away."""
    game = load_game("nh_fight", options)
    states = game.new_states([seed])
    states.place[0] = [[0, 0], [distance, 0]]
    states.priority, states.priority_ticks = priority, 30000
    states.timers[0, :, ATTACKING] = BUSY
    return game, states


def play(game, states, first=None, second=None):
    return game.play(states, np.array([[first or choice(), second or choice()]]))[0]


def is_legal(game, states, seat, **chosen):
    try:
        game.check_action(states[0], choice(**chosen), seat)
    except IllegalAction:
        return False
    return True


def able(states, seat=0):
    states.timers[0, seat, ATTACKING] = 0


def sure_to_hit(states, seat=0):
    states.gear[0, 1 - seat, :, 2:5] = -64  # no defence: the other rolls 0


def sure_to_miss(states, seat=0):
    states.levels[0, 1 - seat, [DEFENCE, MAGIC]] = 2000


def flying(states, seat):
    return states.flying[0, seat, : states.hits[0, seat], 0].tolist()


def hit_now(states, seat, *damages, smites=0):
    for place, damage in enumerate(damages):
        states.flying[0, seat, place] = [damage, 0, smites, 0]
    states.hits[0, seat] = len(damages)
