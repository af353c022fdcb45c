"""What a seat of the NH fight does not know of the other, drawn anew: for those who think about what may be.

A simple guess and no exact posterior. It goes by what stands in the position and by the hits that were seen: food and
brews are taken out of the other's pack until what it was healed is accounted for, restores by what its prayers cost,
and levels, timers and hitpoints follow from that. Weapons and builds are as likely as the gear that was seen says. All
of it could be. What it leaves out: waste, spells that heal, what smite and the warhammer took, and which special
attacks were seen earlier.

Where both stand, and that a hit is on its way and since when, everybody sees; such fields stay as they are.
"""

import numpy as np

from sparring.games.chance import draw
from sparring.games.nh_fight.fighting import (
    DAMAGE,
    ON_THE_WAY,
    REFLECTED,
    attack_roll,
    defence_roll,
    succeeds,
    top_hit,
)
from sparring.games.nh_fight.formulas import (
    MAGE,
    MELEE,
    NONE,
    RANGED,
    REDEMPTION,
    boost_drain,
    boost_tier,
    brew_defence,
    brew_drain,
    brew_heal,
    combat_boost,
    drain_per_tick,
    ice_max,
    ice_tier,
    max_spell,
    overhead_drain,
    protected,
    ranged_boost,
    restore_amount,
)
from sparring.games.nh_fight.loadouts import (
    AGAINST_MAGE,
    ARMOUR,
    ATTACK,
    BONUS,
    BREW,
    BUILDS,
    COMBAT,
    DEFENCE,
    DEVOTION,
    FIRST_OF_ROLE,
    FOOD,
    HITPOINTS,
    KARAMBWAN,
    KIT,
    LAST_OF_ROLE,
    LEVELS,
    MAGIC,
    NEEDS,
    NORMAL,
    OFFENCE,
    PRAYER,
    RANGE,
    RANGING,
    RESTORE,
    STRENGTH,
    TABLE,
    TANK,
    VOLATILE,
    arm,
    armour_tier,
    damage_bonus,
    fitting,
    pack,
)
from sparring.games.nh_fight.upkeep import (
    ANGLERFISH,
    ATTACKING,
    AVENGING,
    DRINKING,
    EATING,
    IMMUNE,
    KARAMBWAN_HEALS,
    KARAMBWANS,
    SHARK,
    VENGEANCE_COOLDOWN,
    most_from_food,
)

SURE = 60  # weight of a build that has to have the weapons that were seen; can be shared by 4 and by 5
BREWS_AT_ONCE = 3  # drunk before a restore, at most
TICKS_A_BOOST = 25  # between two doses of a boost, at least


def draw_unseen(state, seat):
    """All that ``seat`` does not know of its opponent, and for how long the priority stays."""
    if state.over:
        return
    other = 1 - seat
    draw_end_of_priority(state)
    if state.random_builds > 0 or state.random_gear > 0:
        rearm(state, other)
    pack(state, other)
    if state.overhead[other] == REDEMPTION:
        state.supplies[other, FOOD] = 0
        state.supplies[other, KARAMBWAN] = 0
    use_up(state, other)
    draw_hitpoints(state, other)
    draw_levels(state, other)
    draw_prayer(state, other)
    draw_timers(state, other)
    draw_vengeance(state, other)
    draw_hits(state, seat)
    state.shaped[other] = 0.0


def draw_end_of_priority(state):
    """Priority stays for 40 to 60 ticks, of which nobody counted how many are gone after the first time."""
    ply = np.int64(state.ply)
    period = 40 + draw(state.random, 21)
    state.priority_ticks = period - ply if ply < 40 else 1 + draw(state.random, period)


def is_seen(state, seat, worn):
    """Whether the opponent has seen a set of the seat's gear."""
    return state.seen_gear[seat, worn, AGAINST_MAGE] > 0


def weapon_seen(state, seat, style):
    """The basic weapon of a style whose gear was seen: the one that has the bonus that the armour has not."""
    tier = tier_seen(state, seat)
    bonus = state.seen_gear[seat, style, OFFENCE] - ARMOUR[tier, style, OFFENCE]
    role = 2 * (style - 1)
    found = FIRST_OF_ROLE[role]
    for weapon in range(FIRST_OF_ROLE[role], LAST_OF_ROLE[role] + 1):
        if TABLE[weapon, BONUS] == bonus:
            found = weapon
    return found


def tier_seen(state, seat):
    """What kind of armour the seat has: everybody starts in tank gear."""
    found = 0
    for tier in range(ARMOUR.shape[0]):
        if ARMOUR[tier, TANK, AGAINST_MAGE] == state.seen_gear[seat, TANK, AGAINST_MAGE]:
            found = tier
    return found


def rearm(state, seat):
    """A build, weapons and a spellbook, as likely as they are for who has seen some of them."""
    casts = state.attacks[seat, MAGE - 1] > 0
    if state.random_gear > 0 and state.fight == NORMAL:
        lunar = draw(state.random, 4) == 0
        if state.vengeful[seat] > 0:
            lunar = True
        elif casts or state.timers[1 - seat, IMMUNE] > 0:
            lunar = False
        state.lunar[seat] = lunar
        state.ancient[seat] = not lunar
    by_staff = casts and state.ancient[seat] == 0
    build = build_by_lot(state, seat, by_staff) if state.random_builds > 0 else np.int64(state.build)
    for skill in range(7):
        state.bases[seat, skill] = LEVELS[build, skill]
    arm(state, seat, build)
    if by_staff:
        state.weapons[seat, MAGE - 1, 1] = VOLATILE
    for style in (MAGE, RANGED, MELEE):
        if is_seen(state, seat, style):
            state.weapons[seat, style - 1, 0] = weapon_seen(state, seat, style)
            for column in range(6):
                state.gear[seat, style, column] = state.seen_gear[seat, style, column]


def build_by_lot(state, seat, by_staff):
    total = 0
    for build in range(len(BUILDS)):
        total += weight_of_build(state, seat, build, by_staff)
    skip = draw(state.random, total)
    chosen = 0
    for build in range(len(BUILDS)):
        weight = weight_of_build(state, seat, build, by_staff)
        if 0 <= skip < weight:
            chosen = build
        skip -= weight
    return chosen


def weight_of_build(state, seat, build, by_staff):
    """How likely a build is to have what was seen; ``by_staff``: it casts without the spells."""
    attack = LEVELS[build, ATTACK]
    if armour_tier(LEVELS[build, DEFENCE]) != tier_seen(state, seat) or (by_staff and attack < TABLE[VOLATILE, NEEDS]):
        return 0
    weight = SURE
    for style in (RANGED, MELEE):
        if is_seen(state, seat, style):
            role = 2 * (style - 1)
            weapon = weapon_seen(state, seat, style)
            if state.random_gear > 0:
                weight = weight // fitting(role, attack) if TABLE[weapon, NEEDS] <= attack else 0
            elif KIT[build, role] != weapon:
                weight = 0
    return weight


def use_up(state, seat):
    """Take out of the pack what healed the seat, up to the last hit that was seen."""
    healed = state.dealt[1 - seat] + state.seen_hitpoints[seat] - state.bases[seat, HITPOINTS]
    while healed > 0:
        kind = healing_by_lot(state, seat)
        if kind < 0:
            return
        amount = healing_of(state, seat, kind)
        if healed < amount and draw(state.random, amount) >= healed:
            return
        state.supplies[seat, kind] -= 1
        healed -= amount


def healing_by_lot(state, seat):
    """Reach into any slot of the pack with something that heals in it; -1 if there is none.

    Unless it is a death match, nobody has come to the last of the food.
    """
    food = np.int64(state.supplies[seat, FOOD])
    karambwans = np.int64(state.supplies[seat, KARAMBWAN])
    brews = (state.supplies[seat, BREW] + 3) // 4
    if state.death_match == 0 and food + karambwans <= 1:
        food = 0
        karambwans = 0
    if food + karambwans + brews == 0:
        return -1
    slot = draw(state.random, food + karambwans + brews)
    if slot < food:
        return FOOD
    return KARAMBWAN if slot < food + karambwans else BREW


def healing_of(state, seat, kind):
    if kind == FOOD:
        return ANGLERFISH if state.fight == NORMAL else SHARK
    return KARAMBWAN_HEALS if kind == KARAMBWAN else brew_heal(state.bases[seat, HITPOINTS])


def draw_hitpoints(state, seat):
    """As of the last hit; if that was not just now, the less it left, the likelier the seat was healed since."""
    base = state.bases[seat, HITPOINTS]
    hitpoints = max(state.seen_hitpoints[seat], 1)
    for _ in range(2):
        if state.shown[seat, 0] < 0 and draw(state.random, base) >= hitpoints:
            kind = healing_by_lot(state, seat)
            if kind >= 0:
                state.supplies[seat, kind] -= 1
                amount = healing_of(state, seat, kind)
                cap = most_from_food(state, seat) if kind == FOOD else base + (amount if kind == BREW else 0)
                hitpoints += min(amount, cap - hitpoints)
    state.hitpoints[seat] = hitpoints


def draw_levels(state, seat):
    """Boosts that have worn off in part, what the last brews took, and the restores that made good for the others."""
    ply = np.int64(state.ply)
    doses = (ply + TICKS_A_BOOST - 1) // TICKS_A_BOOST
    for kind in (COMBAT, RANGING):
        state.supplies[seat, kind] -= draw(state.random, min(doses, state.stock[seat, kind]) + 1)
    for skill in range(5):
        base = state.bases[seat, skill]
        most = 0
        if skill == RANGE and state.supplies[seat, RANGING] < state.stock[seat, RANGING]:
            most = ranged_boost(base)
        elif skill <= DEFENCE and state.supplies[seat, COMBAT] < state.stock[seat, COMBAT]:
            most = combat_boost(base)
        state.levels[seat, skill] = base + draw(state.random, most + 1)
    brews = state.stock[seat, BREW] - state.supplies[seat, BREW]
    lately = draw(state.random, min(brews, BREWS_AT_ONCE) + 1)
    for _ in range(lately):
        for skill in (ATTACK, STRENGTH, MAGIC, RANGE):
            level = state.levels[seat, skill]
            state.levels[seat, skill] = level - brew_drain(level)
    if lately > 0:
        base = state.bases[seat, DEFENCE]
        state.levels[seat, DEFENCE] = max(state.levels[seat, DEFENCE], base + brew_defence(base))
    restores = (brews - lately + BREWS_AT_ONCE - 1) // BREWS_AT_ONCE
    state.supplies[seat, RESTORE] -= min(restores, state.stock[seat, RESTORE])


def draw_prayer(state, seat):
    """What prayers have cost since the start is gone, but for what restores gave back; all of it where none is on."""
    base = state.bases[seat, PRAYER]
    state.drain[seat] = 0.0
    if state.overhead[seat] == NONE:
        state.prayer[seat] = base if state.ply == 0 else 0
        return
    amount = restore_amount(base)
    per_minute = overhead_drain(MAGE) + boost_drain(boost_tier(base, state.bases[seat, DEFENCE]))
    a_tick = drain_per_tick(per_minute, state.gear[seat, state.worn[seat], DEVOTION])
    spent = int(np.int64(state.ply) * a_tick) * (80 + draw(state.random, 41)) // 100
    left = base + amount * (state.stock[seat, RESTORE] - state.supplies[seat, RESTORE]) - spent
    while state.supplies[seat, RESTORE] > 0 and (left <= 0 or (left + amount <= base and draw(state.random, 2) == 0)):
        state.supplies[seat, RESTORE] -= 1
        left += amount
    state.prayer[seat] = min(left, base) if left > 0 else 1 + draw(state.random, amount)
    state.drain[seat] = draw(state.random, 100) / 100.0


def draw_timers(state, seat):
    """The last thing that was eaten or drunk, if that was in the last three ticks, as often as the pack tells."""
    for timer in (EATING, DRINKING, KARAMBWANS):
        state.timers[seat, timer] = 0
    used = 0
    for kind in range(6):
        used += state.stock[seat, kind] - state.supplies[seat, kind]
    ply = np.int64(state.ply)
    if used == 0 or draw(state.random, max(ply, 1)) >= 3 * used:
        return
    skip = draw(state.random, used)
    last = 0
    for kind in range(6):
        count = state.stock[seat, kind] - state.supplies[seat, kind]
        if 0 <= skip < count:
            last = kind
        skip -= count
    left = max(1 + draw(state.random, 3), 4 - ply)
    delays = left if last == FOOD else left - 1 if last == KARAMBWAN else 0  # what there is left of the attack's delay
    bites = last == FOOD or last == KARAMBWAN
    if bites and (state.timers[seat, ATTACKING] < delays or state.attacked[seat] != NONE):
        return
    state.timers[seat, EATING] = left
    if last != FOOD:
        state.timers[seat, DRINKING] = left
    if last == KARAMBWAN:
        state.timers[seat, KARAMBWANS] = left


def draw_vengeance(state, seat):
    """When it was cast last, if ever."""
    state.timers[seat, AVENGING] = 0
    ply = np.int64(state.ply)
    if state.lunar[seat] > 0 and ply > 0 and (state.vengeful[seat] > 0 or draw(state.random, 2) == 0):
        state.timers[seat, AVENGING] = VENGEANCE_COOLDOWN - draw(state.random, min(ply, VENGEANCE_COOLDOWN + 1))


def draw_hits(state, seat):
    """The damage of the hits on their way to the seat, as if all were basic ones of the last style."""
    other = 1 - seat
    attacks = 0
    for style in range(3):
        attacks += state.attacks[other, style]
    if attacks == 0:
        return
    style = np.int64(state.recent[other, (attacks - 1) % 5, 0])
    weapon = np.int64(state.weapons[other, style - 1, 0])
    for place in range(min(state.hits[seat], ON_THE_WAY)):
        if state.flying[seat, place, REFLECTED] == 0:
            damage = 0
            if succeeds(state, attack_roll(state, other, style, weapon, False), defence_roll(state, seat, style)):
                damage = draw(state.random, top_basic(state, other, style, weapon) + 1)
            if state.overhead[seat] == style:
                damage = protected(damage)
            state.flying[seat, place, DAMAGE] = damage


def top_basic(state, seat, style, weapon):
    """The largest hit of an ice spell or a basic weapon."""
    if style == MAGE:
        spell = ice_max(max(ice_tier(state.levels[seat, MAGIC]), 0))
        return max_spell(spell, damage_bonus(state, seat, MAGE, weapon))
    return top_hit(state, seat, style, weapon)
