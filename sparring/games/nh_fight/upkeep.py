"""What fighters do to themselves: timers, prayers, food, potions and vengeance."""

from sparring.games.nh_fight.formulas import (
    NONE,
    boost_drain,
    boost_tier,
    brew_defence,
    brew_drain,
    brew_heal,
    combat_boost,
    drain_per_tick,
    overhead_drain,
    ranged_boost,
    restore_amount,
)
from sparring.games.nh_fight.loadouts import (
    ATTACK,
    BREW,
    DEFENCE,
    DEVOTION,
    FOOD,
    HITPOINTS,
    KARAMBWAN,
    MAGIC,
    NORMAL,
    PRAYER,
    RANGE,
    STRENGTH,
)
from sparring.games.nh_fight.rewards import DRAINED, WASTED, count, count_damage

ATTACKING, EATING, DRINKING, KARAMBWANS, AVENGING, FROZEN, IMMUNE = 0, 1, 2, 3, 4, 5, 6  # timers
SHARK, ANGLERFISH, KARAMBWAN_HEALS = 20, 22, 18
VENGEANCE_COOLDOWN = 50


def pass_time(state, seat):
    """What a tick brings by itself; timers come first."""
    for timer in range(7):
        if state.timers[seat, timer] > 0:
            state.timers[seat, timer] -= 1
    if (state.ply + 1) % 50 == 0:
        state.energy[seat] = min(state.energy[seat] + 10, 100)
    if (state.ply + 1) % 100 == 0:
        drift(state, seat)
    drain_prayer(state, seat)


def drift(state, seat):
    """Levels and hitpoints go back to their base by one."""
    for skill in range(5):
        state.levels[seat, skill] += towards(state.levels[seat, skill], state.bases[seat, skill])
    state.hitpoints[seat] += towards(state.hitpoints[seat], state.bases[seat, HITPOINTS])


def towards(level, base):
    return int(level < base) - int(level > base)


def tier(state, seat):
    """How strong the seat's boosting prayers are: they are on as long as there are prayer points."""
    if state.prayer[seat] <= 0:
        return 0
    return boost_tier(state.bases[seat, PRAYER], state.bases[seat, DEFENCE])


def drain_prayer(state, seat):
    if state.prayer[seat] > 0:
        per_minute = overhead_drain(state.overhead[seat]) + boost_drain(tier(state, seat))
        state.drain[seat] += drain_per_tick(per_minute, state.gear[seat, state.worn[seat], DEVOTION])
        while state.drain[seat] >= 1.0:
            state.drain[seat] -= 1.0
            lose_prayer(state, seat, 1)


def lose_prayer(state, seat, points):
    state.prayer[seat] = max(state.prayer[seat] - points, 0)
    if state.prayer[seat] == 0:
        state.overhead[seat] = NONE
        state.drain[seat] = 0.0


def pray(state, seat, prayer):
    if prayer != NONE and state.prayer[seat] > 0:
        state.overhead[seat] = prayer


def heal(state, seat, amount, cap):
    """Returns by how much hitpoints rose: they never rise beyond the cap, and never fall."""
    healed = max(min(amount, cap - state.hitpoints[seat]), 0)
    state.hitpoints[seat] += healed
    count_damage(state, seat, -healed)
    return healed


def most_from_food(state, seat):
    """Hitpoints that food can bring a fighter to. Anglerfish heal beyond the base."""
    base = state.bases[seat, HITPOINTS]
    return base + ANGLERFISH if state.fight == NORMAL else base


def eat(state, seat):
    amount = ANGLERFISH if state.fight == NORMAL else SHARK
    healed = heal(state, seat, amount, most_from_food(state, seat))
    count(state, seat, -WASTED * (amount - healed))
    state.supplies[seat, FOOD] -= 1
    state.timers[seat, EATING] = 3
    state.timers[seat, ATTACKING] += 3


def eat_karambwan(state, seat):
    healed = heal(state, seat, KARAMBWAN_HEALS, state.bases[seat, HITPOINTS] + 0)
    count(state, seat, -WASTED * (KARAMBWAN_HEALS - healed))
    state.supplies[seat, KARAMBWAN] -= 1
    state.timers[seat, KARAMBWANS] = 3
    state.timers[seat, DRINKING] = 3
    state.timers[seat, EATING] = max(state.timers[seat, EATING], 3)
    state.timers[seat, ATTACKING] += 2


def drink(state, seat, potion):
    """``potion``: 1 brew, 2 restore, 3 combat, 4 ranging."""
    state.supplies[seat, BREW + potion - 1] -= 1
    state.timers[seat, DRINKING] = 3
    state.timers[seat, EATING] = 3
    if potion == 1:
        drink_brew(state, seat)
    elif potion == 2:
        drink_restore(state, seat)
    elif potion == 3:
        for skill in (ATTACK, STRENGTH, DEFENCE):
            raise_level(state, seat, skill, combat_boost(state.bases[seat, skill]))
    else:
        raise_level(state, seat, RANGE, ranged_boost(state.bases[seat, RANGE]))


def drink_brew(state, seat):
    amount = brew_heal(state.bases[seat, HITPOINTS]) + 0
    heal(state, seat, amount, state.bases[seat, HITPOINTS] + amount)
    raise_level(state, seat, DEFENCE, brew_defence(state.bases[seat, DEFENCE]))
    for skill in (ATTACK, STRENGTH, MAGIC, RANGE):
        level = state.levels[seat, skill]
        lower_level(state, seat, skill, brew_drain(level))


def drink_restore(state, seat):
    for skill in range(5):
        missing = state.bases[seat, skill] - state.levels[seat, skill]
        state.levels[seat, skill] += max(min(restore_amount(state.bases[seat, skill]), missing), 0)
    missing = state.bases[seat, PRAYER] - state.prayer[seat]
    state.prayer[seat] += max(min(restore_amount(state.bases[seat, PRAYER]), missing), 0)


def raise_level(state, seat, skill, amount):
    """Up to ``amount`` beyond the base; a level that is higher stays."""
    level = state.levels[seat, skill]
    state.levels[seat, skill] = max(level, min(level + amount, state.bases[seat, skill] + amount))


def lower_level(state, seat, skill, amount):
    level = state.levels[seat, skill]
    lowered = max(level - amount, 0)
    base = state.bases[seat, skill]
    count(state, seat, -DRAINED * (min(level, base) - min(lowered, base)))
    state.levels[seat, skill] = lowered


def cast_vengeance(state, seat):
    state.vengeful[seat] = 1
    state.timers[seat, AVENGING] = VENGEANCE_COOLDOWN


def is_useful(state, seat, potion):
    """Whether a potion would raise something: a boost counts when it is more than 1 below its most."""
    base = state.bases[seat]
    levels = state.levels[seat]
    if potion == 1:
        return state.hitpoints[seat] < base[HITPOINTS] + brew_heal(base[HITPOINTS]) - 1
    if potion == 2:
        for skill in range(5):
            if levels[skill] < base[skill]:
                return True
        return state.prayer[seat] < base[PRAYER]
    if potion == 3:
        for skill in (ATTACK, STRENGTH):
            if levels[skill] < base[skill] + combat_boost(base[skill]) - 1:
                return True
        return False
    return levels[RANGE] < base[RANGE] + ranged_boost(base[RANGE]) - 1
