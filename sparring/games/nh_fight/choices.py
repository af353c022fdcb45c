"""The twelve heads of an action: what each may choose, and what goes together."""

from sparring.games.nh_fight.fighting import ICE, MAGE_SPECIAL, SPECIAL, weapon_of
from sparring.games.nh_fight.formulas import MAGE, MELEE, NONE, RANGED, REDEMPTION, blood_tier, ice_tier
from sparring.games.nh_fight.loadouts import (
    COST,
    FOOD,
    GRANITE_MAUL,
    HITPOINTS,
    KARAMBWAN,
    MAGIC,
    NO_WEAPON,
    TABLE,
)
from sparring.games.nh_fight.movement import FARCAST, UNDER, is_in_reach
from sparring.games.nh_fight.upkeep import (
    ATTACKING,
    AVENGING,
    DRINKING,
    EATING,
    FROZEN,
    KARAMBWANS,
    is_useful,
    most_from_food,
)

HEADS = (4, 3, 3, 4, 5, 2, 2, 2, 2, 5, 7, 6)
STYLE, MELEE_KIND, RANGED_KIND, MAGE_KIND, POTION, EAT, EAT_KARAMBWAN, AVENGE = 0, 1, 2, 3, 4, 5, 6, 7
GEAR, MOVEMENT, FAR, PRAY = 8, 9, 10, 11
STYLE_AT, MELEE_AT, RANGED_AT, MAGE_AT, POTION_AT, EAT_AT, KARAMBWAN_AT, AVENGE_AT = 0, 4, 7, 10, 14, 19, 21, 23
GEAR_AT, MOVEMENT_AT, FAR_AT, PRAY_AT = 25, 27, 32, 39
KIND_AT = (0, MAGE_AT, RANGED_AT, MELEE_AT)  # by style
KIND_HEAD = (0, MAGE_KIND, RANGED_KIND, MELEE_KIND)

KIND_NAMES = (("", "ice", "blood", "special"), ("", "basic", "special"), ("", "basic", "special"))


def dependencies():
    """Which choice of a head needs which of an earlier one, as the engine takes them."""
    rules = []
    for style, kinds in ((MELEE, 3), (RANGED, 3), (MAGE, 4)):
        head = KIND_HEAD[style]
        rules.append((head, NONE, STYLE, [other for other in range(4) if other != style]))
        rules.extend((head, kind, STYLE, [style]) for kind in range(1, kinds))
    rules.append((GEAR, 1, STYLE, [NONE]))
    rules.append((FAR, 0, MOVEMENT, [movement for movement in range(5) if movement != FARCAST]))
    rules.extend((FAR, tiles, MOVEMENT, [FARCAST]) for tiles in range(1, 7))
    return rules


def is_due(state, seat, timer):
    """Whether the timer will have run out in the tick that is to come."""
    return state.timers[seat, timer] <= 1


def may_attack(state, seat, style, kind):
    """Whether an attack is to be had in the coming tick, as far as the seat can know."""
    weapon = weapon_of(state, seat, style, kind)
    if weapon == NO_WEAPON:
        return False
    special = kind == (MAGE_SPECIAL if style == MAGE else SPECIAL)
    if not is_due(state, seat, ATTACKING) and not (special and weapon == GRANITE_MAUL):
        return False
    if special and state.energy[seat] < TABLE[weapon, COST]:
        return False
    if style == MAGE and not special and not may_cast(state, seat, kind):
        return False
    return is_in_reach(state, style, weapon) or is_due(state, seat, FROZEN)


def may_cast(state, seat, spell):
    """Ice and blood belong to a spellbook and need a level; blood is for the wounded."""
    if state.ancient[seat] == 0:
        return False
    if spell == ICE:
        return ice_tier(state.levels[seat, MAGIC]) >= 0
    return blood_tier(state.levels[seat, MAGIC]) >= 0 and state.hitpoints[seat] < state.bases[seat, HITPOINTS]


def mark_choices(state, seat, mask):
    """Set what the heads may choose; what goes together is left to the dependencies."""
    mask[MELEE_AT] = mask[RANGED_AT] = mask[MAGE_AT] = True
    mask[POTION_AT] = mask[EAT_AT] = mask[KARAMBWAN_AT] = mask[AVENGE_AT] = mask[GEAR_AT] = True
    able = mark_attacks(state, seat, mask)
    mark_supplies(state, seat, mask)
    mask[AVENGE_AT + 1] = state.lunar[seat] > 0 and is_due(state, seat, AVENGING) and state.vengeful[seat] == 0
    mask[GEAR_AT + 1] = is_due(state, 1 - seat, ATTACKING)
    mark_movements(state, seat, mask, able)
    mark_prayers(state, seat, mask)


def mark_attacks(state, seat, mask):
    """Returns whether the seat is able to attack: then it has to, unless only a granite maul is."""
    for style in (MAGE, RANGED, MELEE):
        for kind in range(1, 4 if style == MAGE else 3):
            if may_attack(state, seat, style, kind):
                mask[KIND_AT[style] + kind] = True
                mask[STYLE_AT + style] = True
    able = is_due(state, seat, ATTACKING) and (
        mask[STYLE_AT + MAGE] or mask[STYLE_AT + RANGED] or mask[STYLE_AT + MELEE]
    )
    mask[STYLE_AT + NONE] = not able
    return able


def mark_supplies(state, seat, mask):
    if is_due(state, seat, DRINKING):
        for potion in range(1, 5):
            mask[POTION_AT + potion] = state.supplies[seat, 1 + potion] > 0 and is_useful(state, seat, potion)
    wounded = state.hitpoints[seat] < most_from_food(state, seat)
    mask[EAT_AT + 1] = state.supplies[seat, FOOD] > 0 and is_due(state, seat, EATING) and wounded
    wounded = state.hitpoints[seat] < state.bases[seat, HITPOINTS]
    mask[KARAMBWAN_AT + 1] = state.supplies[seat, KARAMBWAN] > 0 and is_due(state, seat, KARAMBWANS) and wounded


def mark_movements(state, seat, mask, able):
    mask[MOVEMENT_AT] = True
    mask[FAR_AT] = True
    if is_due(state, seat, FROZEN) and (not able or state.move_while_able > 0):
        for movement in range(1, 5):
            mask[MOVEMENT_AT + movement] = movement != UNDER or not is_due(state, 1 - seat, FROZEN)
        for tiles in range(1, 7):
            mask[FAR_AT + tiles] = True


def mark_prayers(state, seat, mask):
    """There is a no-op only where no prayer can be chosen."""
    about_to_attack = is_due(state, 0, ATTACKING) or is_due(state, 1, ATTACKING)
    if state.prayer[seat] <= 0 or (state.pray_when_attacking > 0 and not about_to_attack):
        mask[PRAY_AT] = True
        return
    for prayer in range(1, 4):
        mask[PRAY_AT + prayer] = True
    mask[PRAY_AT + 4] = state.smite > 0
    mask[PRAY_AT + REDEMPTION] = state.redemption > 0 and not has_food(state, seat)


def has_food(state, seat):
    return state.supplies[seat, FOOD] > 0 or state.supplies[seat, KARAMBWAN] > 0
