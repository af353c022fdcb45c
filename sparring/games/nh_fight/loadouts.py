"""Builds, weapons and armour. Levels, speeds, ranges and specials are the game's; the bonuses are our own."""

import numpy as np

from sparring.games.chance import draw
from sparring.games.nh_fight.formulas import BALLISTA, BOW, HAND, MAGE, RANGED, SPELL, THROWN

ATTACK, STRENGTH, DEFENCE, RANGE, MAGIC, PRAYER, HITPOINTS = 0, 1, 2, 3, 4, 5, 6

BUILDS = ("pure", "zerker", "medium", "maxed", "arena_pure", "arena_zerker", "arena_maxed")
LEVELS = np.array(
    [
        # attack, strength, defence, ranged, magic, prayer, hitpoints
        [60, 99, 1, 99, 99, 52, 99],
        [60, 99, 45, 99, 99, 55, 99],
        [75, 99, 70, 99, 99, 77, 99],
        [99, 99, 99, 99, 99, 99, 99],
        [75, 99, 1, 99, 99, 99, 99],
        [75, 99, 45, 99, 99, 99, 99],
        [99, 99, 75, 99, 99, 99, 99],
    ]
)

WEAPONS = (
    "scimitar", "whip", "rapier", "elder maul", "greataxe",
    "dragon dagger", "claws", "granite maul", "godsword", "vesta longsword", "statius warhammer",
    "crossbow", "javelins", "throwing knives", "longbow",
    "zaryte bow", "ballista", "dark bow", "dragon knives",
    "staff", "volatile staff",
)  # fmt: skip
SCIMITAR, WHIP, RAPIER, ELDER_MAUL, GREATAXE = 0, 1, 2, 3, 4
DAGGER, CLAWS, GRANITE_MAUL, GODSWORD, VESTA, STATIUS = 5, 6, 7, 8, 9, 10
CROSSBOW, JAVELINS, KNIVES, LONGBOW = 11, 12, 13, 14
ZARYTE, BALLISTAS, DARK_BOW, DRAGON_KNIVES = 15, 16, 17, 18
STAFF, VOLATILE = 19, 20
NO_WEAPON = -1

SPEED, REACH, FLIGHT, BONUS, POWER, SURE_HAND, STRONG_HAND, COST, MIGHT, AIM, NEEDS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
TABLE = np.array(
    [
        # ticks, range, flight; attack, strength (staffs: % damage); stance on attack, on strength;
        # special: energy, strength in thousandths, accuracy in percent; attack level to wield
        [4, 1, HAND, 67, 66, 0, 3, 0, 1000, 100, 60],
        [4, 1, HAND, 82, 82, 1, 1, 0, 1000, 100, 70],
        [4, 1, HAND, 94, 89, 0, 3, 0, 1000, 100, 75],
        [6, 1, HAND, 135, 147, 0, 3, 0, 1000, 100, 75],
        [7, 1, HAND, 103, 129, 0, 3, 0, 1000, 100, 70],
        [4, 1, HAND, 40, 40, 0, 3, 25, 1150, 120, 60],
        [4, 1, HAND, 57, 56, 0, 3, 50, 1000, 135, 60],
        [7, 1, HAND, 81, 79, 0, 3, 50, 1000, 100, 50],
        [6, 1, HAND, 132, 132, 0, 3, 50, 1375, 200, 75],
        [5, 1, HAND, 106, 121, 0, 3, 25, 1200, 100, 75],
        [6, 1, HAND, 123, 114, 0, 3, 35, 1250, 100, 75],
        [5, 7, BOW, 90, 105, 0, 0, 0, 1000, 100, 1],
        [5, 5, THROWN, 84, 95, 0, 0, 0, 1000, 100, 1],
        [2, 4, THROWN, 28, 30, 0, 0, 0, 1000, 100, 1],
        [5, 9, BOW, 80, 90, 0, 0, 0, 1000, 100, 1],
        [5, 7, BOW, 110, 105, 0, 0, 75, 1000, 100, 75],
        [6, 7, BALLISTA, 125, 150, 0, 0, 65, 1250, 100, 75],
        [7, 9, BOW, 95, 60, 0, 0, 55, 1500, 100, 1],
        [2, 4, THROWN, 28, 30, 0, 0, 25, 1000, 100, 1],
        [5, 10, SPELL, 28, 15, 0, 0, 0, 1000, 100, 1],
        [5, 10, SPELL, 20, 0, 0, 0, 55, 1000, 100, 75],
    ]
)  # fmt: skip

SHARP, OPAL, DRAGONSTONE, DIAMOND = 0, 1, 2, 3  # bolts; sharp ones do nothing more

# Basic and special weapon of each build, by style (mage, ranged, melee), then its bolts.
KIT = np.array(
    [
        [STAFF, NO_WEAPON, KNIVES, DRAGON_KNIVES, SCIMITAR, GRANITE_MAUL, OPAL],
        [STAFF, NO_WEAPON, CROSSBOW, DARK_BOW, SCIMITAR, DAGGER, OPAL],
        [STAFF, NO_WEAPON, CROSSBOW, DARK_BOW, WHIP, GODSWORD, DRAGONSTONE],
        [STAFF, VOLATILE, CROSSBOW, ZARYTE, RAPIER, CLAWS, DIAMOND],
        [STAFF, NO_WEAPON, JAVELINS, BALLISTAS, WHIP, DAGGER, SHARP],
        [STAFF, NO_WEAPON, CROSSBOW, BALLISTAS, WHIP, STATIUS, OPAL],
        [STAFF, VOLATILE, CROSSBOW, ZARYTE, RAPIER, VESTA, DIAMOND],
    ]
)
FIRST_OF_ROLE = np.array([STAFF, VOLATILE, CROSSBOW, ZARYTE, SCIMITAR, DAGGER])
LAST_OF_ROLE = np.array([STAFF, VOLATILE, LONGBOW, DRAGON_KNIVES, GREATAXE, STATIUS])

TANK = 0  # what is worn is the gear of a style, or this
OFFENCE, DAMAGE, AGAINST_MAGE, AGAINST_RANGED, AGAINST_MELEE, DEVOTION = 0, 1, 2, 3, 4, 5
ARMOUR = np.array(
    [
        # attack, strength (mage: % damage), against mage, ranged, melee, prayer; rows: tank, mage, ranged, melee
        [[0, 0, 35, 40, 45, 8], [45, 5, 30, 15, 15, 5], [45, 5, 25, 20, 25, 5], [15, 20, 10, 15, 20, 6]],
        [[0, 0, 60, 140, 150, 8], [50, 5, 40, 60, 65, 5], [50, 6, 45, 70, 75, 5], [20, 25, 15, 110, 120, 6]],
        [[0, 0, 95, 230, 240, 8], [75, 10, 90, 100, 100, 5], [90, 12, 90, 120, 130, 5], [40, 45, 30, 180, 190, 6]],
    ]
)

FOOD, KARAMBWAN, BREW, RESTORE, COMBAT, RANGING = 0, 1, 2, 3, 4, 5
SLOTS, POTIONS, KARAMBWANS, DOSES = 28, 10, 3, 4
NORMAL, LAST_MAN, ARENA = 0, 1, 2


def armour_tier(defence):
    if defence >= 70:
        return 2
    return 1 if defence >= 45 else 0


def equip(state, seat):
    """Levels, weapons, armour, spellbook and supplies of a fighter; by lot where the options say so."""
    build = draw(state.random, len(BUILDS)) if state.random_builds else state.build
    for skill in range(7):
        state.bases[seat, skill] = LEVELS[build, skill]
    for skill in range(5):
        state.levels[seat, skill] = LEVELS[build, skill]
    arm(state, seat, build)
    arena = state.fight == ARENA
    lunar = state.random_gear and state.fight == NORMAL and draw(state.random, 4) == 0
    state.ancient[seat] = not lunar
    state.lunar[seat] = arena or lunar
    state.recoil[seat] = state.fight == NORMAL
    pack(state, seat)


def arm(state, seat, build):
    """Weapons, and what armour and basic weapon of each style are good for together."""
    for role in range(6):
        weapon = KIT[build, role]
        if state.random_gear:
            weapon = weapon_by_lot(state, role, LEVELS[build, ATTACK])
        state.weapons[seat, role // 2, role % 2] = weapon
    state.bolts[seat] = 1 + draw(state.random, 3) if state.random_gear else KIT[build, 6]
    tier = armour_tier(LEVELS[build, DEFENCE] + 0)
    for worn in range(4):
        for column in range(6):
            state.gear[seat, worn, column] = ARMOUR[tier, worn, column]
        if worn != TANK:
            state.gear[seat, worn, OFFENCE] += TABLE[state.weapons[seat, worn - 1, 0], BONUS]
            state.gear[seat, worn, DAMAGE] += TABLE[state.weapons[seat, worn - 1, 0], POWER]


def weapon_by_lot(state, role, attack):
    """Any weapon of the role that the attack level allows; the volatile staff, by the toss of a coin."""
    first = FIRST_OF_ROLE[role]
    if role == 1:
        return VOLATILE if attack >= TABLE[VOLATILE, NEEDS] and draw(state.random, 2) == 0 else NO_WEAPON
    skip = draw(state.random, fitting(role, attack))
    chosen = first
    for weapon in range(first, LAST_OF_ROLE[role] + 1):
        if TABLE[weapon, NEEDS] <= attack:
            if skip == 0:
                chosen = weapon
            skip -= 1
    return chosen


def fitting(role, attack):
    """How many weapons of a role an attack level allows."""
    fit = 0
    for weapon in range(FIRST_OF_ROLE[role], LAST_OF_ROLE[role] + 1):
        fit += TABLE[weapon, NEEDS] <= attack
    return fit


def pack(state, seat):
    """28 slots: gear to change into, ten potions of four doses, three karambwans, and food in what is left."""
    state.stock[seat, COMBAT] = DOSES
    state.stock[seat, RANGING] = DOSES
    state.stock[seat, RESTORE] = 3 * DOSES
    state.stock[seat, BREW] = 5 * DOSES
    state.stock[seat, KARAMBWAN] = KARAMBWANS
    changes = 5 + armour_tier(state.bases[seat, DEFENCE] + 0)
    for style in range(3):
        changes += state.weapons[seat, style, 1] != NO_WEAPON
    state.stock[seat, FOOD] = SLOTS - POTIONS - KARAMBWANS - changes
    for kind in range(6):
        state.supplies[seat, kind] = state.stock[seat, kind]


def offence(state, seat, style, weapon):
    """Bonus on attack in a style's armour with a weapon."""
    basic = state.weapons[seat, style - 1, 0]
    return state.gear[seat, style, OFFENCE] + TABLE[weapon, BONUS] - TABLE[basic, BONUS]


def damage_bonus(state, seat, style, weapon):
    """Bonus on strength (magic: percent of damage) in a style's armour with a weapon."""
    basic = state.weapons[seat, style - 1, 0]
    return state.gear[seat, style, DAMAGE] + TABLE[weapon, POWER] - TABLE[basic, POWER]


def against(style):
    """The column of the bonus on defence against a style."""
    if style == MAGE:
        return AGAINST_MAGE
    return AGAINST_RANGED if style == RANGED else AGAINST_MELEE
