"""What a seat of the NH fight sees: the list of the numbers, and the functions that write them, in the same order."""

from sparring.games.nh_fight.choices import may_attack
from sparring.games.nh_fight.fighting import DAMAGE
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED
from sparring.games.nh_fight.loadouts import (
    DAGGER,
    DEVOTION,
    DRAGON_KNIVES,
    HITPOINTS,
    NO_WEAPON,
    PRAYER,
    REACH,
    SPEED,
    STATIUS,
    TABLE,
    TANK,
    VOLATILE,
    WEAPONS,
    ZARYTE,
)
from sparring.games.nh_fight.movement import distance, is_in_reach
from sparring.games.nh_fight.upkeep import (
    ATTACKING,
    AVENGING,
    DRINKING,
    EATING,
    FROZEN,
    IMMUNE,
    KARAMBWANS,
)

_SETS = ("tank", "mage", "ranged", "melee")
_STYLES = ("mage", "ranged", "melee")
_PRAYERS = ("none", "protect from mage", "protect from ranged", "protect from melee", "smite", "redemption")
_SKILLS = ("attack", "strength", "defence", "ranged", "magic")
_SUPPLIES = ("food", "karambwans", "doses of brew", "doses of restore", "doses of combat", "doses of ranging")
_TIMERS = ("attack", "food", "potion", "karambwan", "vengeance")
_SPECIALS = (*WEAPONS[DAGGER : STATIUS + 1], *WEAPONS[ZARYTE : DRAGON_KNIVES + 1], WEAPONS[VOLATILE])


def _many(prefix, names, low, high, hidden=False, constant=False):
    return tuple((f"{prefix}: {name}", low, high, hidden, constant) for name in names)


def _one(name, low, high, hidden=False, constant=False):
    return ((name, low, high, hidden, constant),)


def _statistics(whose):
    names = [f"share of attacks by {style}" for style in _STYLES]
    names += [f"share met by protection from {style}" for style in _STYLES]
    names += ["share met by the right one", "share of hits that wounded"]
    return _many(f"{whose} attacks in the fight", names, 0, 1) + _many(f"{whose} last 5 attacks", names, 0, 1)


def _gear(whose, hidden, constant):
    kinds = ("attack", "strength", *(f"defence against {style}" for style in _STYLES))
    names = [f"{kind} in {worn} gear" for worn in _SETS for kind in (kinds[2:] if worn == "tank" else kinds)]
    return _many(whose, names, 0, 4, hidden, constant)


# name, lowest, highest, hidden from the opponent, constant in an episode
FEATURES = (
    *_many("own gear", _SETS, 0, 1),
    *_one("own special energy", 0, 1),
    *_many("own prayer", _PRAYERS, 0, 1),
    *_many("opponent's gear", _SETS, 0, 1),
    *_one("opponent's special energy", 0, 1),
    *_many("opponent's prayer", _PRAYERS, 0, 1),
    *_one("own hitpoints", 0, 1.25, True),
    *_one("opponent's hitpoints as of its last hit", 0, 1.25),
    *_many("own supplies", _SUPPLIES, 0, 1, True),
    *_one("own prayer points", 0, 1, True),
    *_many("ticks", ("own freeze", "opponent's freeze", "own immunity", "opponent's immunity"), 0, 1.2),
    *_one("in reach of melee", 0, 1),
    *_many("own level", _SKILLS, 0, 24, True),
    *_many("own timer", _TIMERS[:1], 0, 4),
    *_many("own timer", _TIMERS[1:], 0, 1, True),
    *_one("opponent's timer: attack", 0, 4),
    *_many("vengeance", ("own", "opponent's"), 0, 1),
    *_one("own damage on its way", 0, 20, True),
    *_many("hitpoints lost in the last tick", ("own", "opponent's"), 0, 2),
    *_many("attacked in the last tick", ("self", "opponent"), 0, 1),
    *_many("attacking", ("self", "opponent"), 0, 1),
    *_many("moved in the last tick", ("self", "opponent"), 0, 1),
    *_one("own priority", 0, 1),
    *_many("distance", ("tiles", "tiles along the shorter side"), 0, 1),
    *_many("right prayer at the last attack", ("own", "opponent's"), -1, 1),
    *_one("damage dealt to damage received", 0.5, 2),
    *_statistics("own"),
    *_statistics("opponent's"),
    *_many("confidence in the statistics", ("own", "opponent's"), 0, 1),
    *_many("own base level", (*_SKILLS, "prayer", "hitpoints"), 0, 1, True, True),
    *_many("own special", _SPECIALS, 0, 1, True, True),
    *_many("own bolts", ("opal", "dragonstone", "diamond"), 0, 1, True, True),
    *_many("own loadout", ("ancient spells", "vengeance", "ring of recoil"), 0, 1, True, True),
    *_gear("own bonus", True, True),
    *_one("own bonus: prayer", 0, 1, True),
    *_many("own", ("speed of the melee weapon", "speed of the ranged weapon"), 0, 1, True, True),
    *_one("own range of the ranged weapon", 0, 1, True, True),
    *_gear("opponent's bonus as last seen", False, False),
    *_many("fight", ("normal", "last man", "arena"), 0, 1, False, True),
    *_many("mode", ("smite", "redemption", "prayers only when attacking", "moving while able"), 0, 1, False, True),
    *_one("mode: death match", 0, 1, False, True),
    *_one("share of the ticks left", 0, 1),
    *_many(
        "may attack", ("melee", "melee special", "ranged", "ranged special", "ice", "blood", "volatile"), 0, 1, True
    ),
)


def write(state, seat, observation):
    """Write all features; returns how many there are."""
    at = write_appearance(state, seat, observation, 0)
    at = write_appearance(state, 1 - seat, observation, at)
    at = write_condition(state, seat, observation, at)
    at = write_timers(state, seat, observation, at)
    at = write_last_tick(state, seat, observation, at)
    at = write_statistics(state, seat, observation, at)
    at = write_loadout(state, seat, observation, at)
    at = write_seen_gear(state, 1 - seat, observation, at)
    at = write_mode(state, observation, at)
    return write_attacks(state, seat, observation, at)


def write_appearance(state, seat, observation, at):
    """What anyone sees of a fighter."""
    observation[at + state.worn[seat]] = 1.0
    observation[at + 4] = state.energy[seat] / 100.0
    observation[at + 5 + state.overhead[seat]] = 1.0
    return at + 11


def write_condition(state, seat, observation, at):
    other = 1 - seat
    observation[at] = state.hitpoints[seat] / state.bases[seat, HITPOINTS]
    observation[at + 1] = state.seen_hitpoints[other] / state.bases[other, HITPOINTS]
    at += 2
    for kind in range(6):
        if state.stock[seat, kind] > 0:
            observation[at + kind] = state.supplies[seat, kind] / state.stock[seat, kind]
    at += 6
    observation[at] = state.prayer[seat] / state.bases[seat, PRAYER]
    observation[at + 1] = state.timers[seat, FROZEN] / 32.0
    observation[at + 2] = state.timers[other, FROZEN] / 32.0
    observation[at + 3] = state.timers[seat, IMMUNE] / 32.0
    observation[at + 4] = state.timers[other, IMMUNE] / 32.0
    observation[at + 5] = is_in_reach(state, MELEE, 0)
    at += 6
    for skill in range(5):
        observation[at + skill] = state.levels[seat, skill] / state.bases[seat, skill]
    return at + 5


def write_timers(state, seat, observation, at):
    other = 1 - seat
    observation[at] = state.timers[seat, ATTACKING] / 8.0
    observation[at + 1] = state.timers[seat, EATING] / 3.0
    observation[at + 2] = state.timers[seat, DRINKING] / 3.0
    observation[at + 3] = state.timers[seat, KARAMBWANS] / 3.0
    observation[at + 4] = state.timers[seat, AVENGING] / 50.0
    observation[at + 5] = state.timers[other, ATTACKING] / 8.0
    observation[at + 6] = state.vengeful[seat]
    observation[at + 7] = state.vengeful[other]
    return at + 8


def write_last_tick(state, seat, observation, at):
    other = 1 - seat
    observation[at] = on_the_way(state, other) / state.bases[other, HITPOINTS]
    observation[at + 1] = lost(state, seat) / state.bases[seat, HITPOINTS]
    observation[at + 2] = lost(state, other) / state.bases[other, HITPOINTS]
    observation[at + 3] = state.attacked[seat] > 0
    observation[at + 4] = state.attacked[other] > 0
    observation[at + 5] = state.style[seat] > 0
    observation[at + 6] = state.style[other] > 0
    observation[at + 7] = state.moved[seat]
    observation[at + 8] = state.moved[other]
    observation[at + 9] = state.priority == seat
    observation[at + 10] = min(distance(state), 7) / 7.0
    across = abs(state.place[0, 0] - state.place[1, 0])
    along = abs(state.place[0, 1] - state.place[1, 1])
    observation[at + 11] = min(min(across, along), 7) / 7.0
    observation[at + 12] = state.last_right[other]
    observation[at + 13] = state.last_right[seat]
    observation[at + 14] = damage_ratio(state, seat)
    return at + 15


def on_the_way(state, seat):
    """Damage of the hits of the opponent that have not landed on the seat."""
    total = 0
    for place in range(state.hits[seat]):
        total += state.flying[seat, place, DAMAGE]
    return total


def lost(state, seat):
    """What the hits of the last tick took from the seat."""
    return max(state.shown[seat, 0], 0) + max(state.shown[seat, 1], 0)


def damage_ratio(state, seat):
    dealt = state.dealt[seat]
    received = state.dealt[1 - seat]
    if received == 0:
        return 2.0 if dealt > 0 else 1.0
    return min(max(dealt / received, 0.5), 2.0)


def write_statistics(state, seat, observation, at):
    for turn in range(2):
        attacker = (seat + turn) % 2
        write_fight(state, attacker, observation, at)
        write_recent(state, attacker, observation, at + 8)
        at += 16
    observation[at] = min(attacks(state, seat), 20) / 20.0
    observation[at + 1] = min(attacks(state, 1 - seat), 20) / 20.0
    return at + 2


def attacks(state, seat):
    return state.attacks[seat, 0] + state.attacks[seat, 1] + state.attacks[seat, 2]


def write_fight(state, attacker, observation, at):
    total = attacks(state, attacker)
    if total > 0:
        for style in range(3):
            observation[at + style] = state.attacks[attacker, style] / total
            observation[at + 3 + style] = state.guards[attacker, style] / total
        observation[at + 6] = state.right[attacker] / total
    if state.strikes[attacker] > 0:
        observation[at + 7] = state.wounds[attacker] / state.strikes[attacker]


def write_recent(state, attacker, observation, at):
    """The same of the last five."""
    total = min(attacks(state, attacker), 5)
    if total > 0:
        right = 0
        for style in range(1, 4):
            observation[at + style - 1] = count_recent(state, attacker, total, 0, style) / total
            observation[at + style + 2] = count_recent(state, attacker, total, 1, style) / total
        for place in range(total):
            right += state.recent[attacker, place, 0] == state.recent[attacker, place, 1]
        observation[at + 6] = right / total
    total = min(state.strikes[attacker], 5)
    if total > 0:
        wounds = 0
        for place in range(total):
            wounds += state.recent_wounds[attacker, place]
        observation[at + 7] = wounds / total


def count_recent(state, attacker, total, column, style):
    """How many of the last attacks were of a style (column 0), or met by the prayer against it (column 1)."""
    found = 0
    for place in range(total):
        found += state.recent[attacker, place, column] == style
    return found


def write_loadout(state, seat, observation, at):
    for skill in range(7):
        observation[at + skill] = state.bases[seat, skill] / 99.0
    at += 7
    for style in range(3):
        weapon = state.weapons[seat, style, 1]
        if DAGGER <= weapon <= STATIUS:
            observation[at + weapon - DAGGER] = 1.0
        elif ZARYTE <= weapon <= DRAGON_KNIVES:
            observation[at + 6 + weapon - ZARYTE] = 1.0
        elif weapon != NO_WEAPON:
            observation[at + 10] = 1.0
    at += 11
    if state.bolts[seat] > 0:
        observation[at + state.bolts[seat] - 1] = 1.0
    observation[at + 3] = state.ancient[seat]
    observation[at + 4] = state.lunar[seat]
    observation[at + 5] = state.recoil[seat]
    at += 6
    for worn in range(4):
        at = write_gear(state.gear[seat], worn, observation, at)
    observation[at] = state.gear[seat, state.worn[seat], DEVOTION] / 100.0
    observation[at + 1] = TABLE[state.weapons[seat, 2, 0], SPEED] / 8.0
    observation[at + 2] = TABLE[state.weapons[seat, 1, 0], SPEED] / 8.0
    observation[at + 3] = TABLE[state.weapons[seat, 1, 0], REACH] / 10.0
    return at + 4


def write_gear(gear, worn, observation, at):
    if worn != TANK:
        observation[at] = gear[worn, 0] / 100.0
        observation[at + 1] = gear[worn, 1] / 100.0
        at += 2
    for style in range(3):
        observation[at + style] = gear[worn, 2 + style] / 100.0
    return at + 3


def write_seen_gear(state, seat, observation, at):
    for worn in range(4):
        at = write_gear(state.seen_gear[seat], worn, observation, at)
    return at


def write_mode(state, observation, at):
    observation[at + state.fight] = 1.0
    observation[at + 3] = state.smite
    observation[at + 4] = state.redemption
    observation[at + 5] = state.pray_when_attacking
    observation[at + 6] = state.move_while_able
    observation[at + 7] = state.death_match
    observation[at + 8] = 1.0 - state.ply / state.limit
    return at + 9


def write_attacks(state, seat, observation, at):
    observation[at] = may_attack(state, seat, MELEE, 1)
    observation[at + 1] = may_attack(state, seat, MELEE, 2)
    observation[at + 2] = may_attack(state, seat, RANGED, 1)
    observation[at + 3] = may_attack(state, seat, RANGED, 2)
    for kind in range(1, 4):
        observation[at + 3 + kind] = may_attack(state, seat, MAGE, kind)
    return at + 7
