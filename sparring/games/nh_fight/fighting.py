"""Attacks: rolls, specials, spells, and the hits that travel and land."""

from sparring.games.chance import draw
from sparring.games.nh_fight.formulas import (
    MAGE,
    MELEE,
    RANGED,
    REDEMPTION,
    SMITE,
    SPELL,
    accuracy,
    blood_heal,
    blood_max,
    blood_tier,
    boost,
    boost_guard,
    effective_level,
    freeze_ticks,
    hit_delay,
    ice_max,
    ice_tier,
    is_close_to_death,
    magic_defence,
    max_hit,
    max_spell,
    protected,
    recoil_damage,
    redemption_heal,
    roll,
    smite_drain,
    vengeance_damage,
    volatile_max,
)
from sparring.games.nh_fight.loadouts import (
    AIM,
    ATTACK,
    CLAWS,
    COST,
    CROSSBOW,
    DAGGER,
    DARK_BOW,
    DEFENCE,
    DIAMOND,
    DRAGON_KNIVES,
    DRAGONSTONE,
    FLIGHT,
    GRANITE_MAUL,
    HITPOINTS,
    MAGIC,
    MIGHT,
    OPAL,
    PRAYER,
    RANGE,
    SPEED,
    STATIUS,
    STRENGTH,
    STRONG_HAND,
    SURE_HAND,
    TABLE,
    VESTA,
    ZARYTE,
    against,
    damage_bonus,
    offence,
)
from sparring.games.nh_fight.movement import distance, is_in_reach
from sparring.games.nh_fight.rewards import count_damage, count_prayer
from sparring.games.nh_fight.upkeep import ATTACKING, FROZEN, IMMUNE, heal, lose_prayer, lower_level, tier

BASIC, SPECIAL = 1, 2  # kinds of melee and ranged attacks
ICE, BLOOD, MAGE_SPECIAL = 1, 2, 3  # kinds of attacks by magic
DAMAGE, DELAY, SMITES, REFLECTED = 0, 1, 2, 3  # of a hit on its way
ON_THE_WAY = 16
SHOWN = 2
DARK_BOW_SPECIAL_SPEED = 8
FINE = 1 << 30


def is_special(style, kind):
    return kind == MAGE_SPECIAL if style == MAGE else kind == SPECIAL


def weapon_of(state, seat, style, kind):
    return state.weapons[seat, style - 1, int(is_special(style, kind))] + 0


def is_instant(style, kind, weapon):
    """The granite maul's special neither waits for the attack timer nor sets it."""
    return is_special(style, kind) and weapon == GRANITE_MAUL


def attack(state, seat, style, kind):
    """Attack, if it is time to and the opponent is in reach."""
    other = 1 - seat
    if style == 0 or state.hitpoints[seat] <= 0 or state.hitpoints[other] <= 0:
        return
    weapon = weapon_of(state, seat, style, kind)
    instant = is_instant(style, kind, weapon)
    if not is_in_reach(state, style, weapon) or (state.timers[seat, ATTACKING] > 0 and not instant):
        return
    special = is_special(style, kind)
    speed = TABLE[weapon, SPEED]
    if special:
        state.energy[seat] -= TABLE[weapon, COST]
        if weapon == DARK_BOW:
            speed = DARK_BOW_SPECIAL_SPEED
    if not instant:
        state.timers[seat, ATTACKING] = speed
    state.attacked[seat] = style
    remember(state, seat, style, speed)
    if style == MAGE:
        cast(state, seat, kind, weapon)
    else:
        strike(state, seat, style, weapon, special)


def remember(state, seat, style, speed):
    """For the statistics: with what the seat attacked, and how the other was protected."""
    guard = state.overhead[1 - seat]
    right = guard == style
    newest = 0
    for other_style in range(3):
        newest += state.attacks[seat, other_style]
    state.attacks[seat, style - 1] += 1
    if MAGE <= guard <= MELEE:
        state.guards[seat, guard - 1] += 1
    state.right[seat] += right
    state.last_right[seat] = 1 if right else -1
    state.recent[seat, newest % 5, 0] = style
    state.recent[seat, newest % 5, 1] = guard
    count_prayer(state, seat, right, speed)


def attack_roll(state, seat, style, weapon, special):
    level = state.levels[seat, MAGIC if style == MAGE else RANGE if style == RANGED else ATTACK]
    strength = tier(state, seat)
    prayer = boost_guard(strength) if style == MAGE else boost(strength, False)
    effective = effective_level(level, prayer, TABLE[weapon, SURE_HAND], 9 if style == MAGE else 8)
    if special:
        effective = effective * TABLE[weapon, AIM] // 100
    return roll(effective, offence(state, seat, style, weapon))


def defence_roll(state, seat, style):
    """Against an attack of ``style``. Magic counts with prayer while the fighter is dressed for it."""
    guard = boost_guard(tier(state, seat))
    effective = effective_level(state.levels[seat, DEFENCE], guard, 0, 8)
    if style == MAGE:
        effective = magic_defence(state.levels[seat, MAGIC], guard if state.worn[seat] == MAGE else 100, effective)
    return roll(effective, state.gear[seat, state.worn[seat], against(style)] + 0)


def succeeds(state, attack, defence):
    return draw(state.random, FINE) / FINE < accuracy(attack, defence)


def top_hit(state, seat, style, weapon):
    """The largest basic hit of a melee or ranged weapon."""
    level = state.levels[seat, RANGE if style == RANGED else STRENGTH]
    effective = effective_level(level, boost(tier(state, seat), True), TABLE[weapon, STRONG_HAND], 8)
    return max_hit(effective, damage_bonus(state, seat, style, weapon))


def send(state, seat, style, damage, delay):
    """A hit sets out; prayers count as they are now. Returns its damage."""
    if state.overhead[1 - seat] == style:
        damage = protected(damage)
    enqueue(state, 1 - seat, damage, delay, state.overhead[seat] == SMITE, False)
    return damage


def enqueue(state, seat, damage, delay, smites, reflected):
    """Add a hit to those on their way to the seat; where there is no more room, it joins the last."""
    place = state.hits[seat]
    if place == ON_THE_WAY:
        state.flying[seat, place - 1, DAMAGE] += damage
        return
    state.flying[seat, place, DAMAGE] = damage
    state.flying[seat, place, DELAY] = delay
    state.flying[seat, place, SMITES] = smites
    state.flying[seat, place, REFLECTED] = reflected
    state.hits[seat] += 1


def cast(state, seat, kind, weapon):
    """A spell; what it does beside damage it does at once."""
    other = 1 - seat
    delay = hit_delay(SPELL, distance(state))
    percent = damage_bonus(state, seat, MAGE, weapon)
    magic = state.levels[seat, MAGIC]
    hit = succeeds(
        state, attack_roll(state, seat, MAGE, weapon, kind == MAGE_SPECIAL), defence_roll(state, other, MAGE)
    )
    damage = 0
    if kind == ICE:
        if hit:
            damage = draw(state.random, max_spell(ice_max(ice_tier(magic)), percent) + 1)
            freeze(state, other, freeze_ticks(ice_tier(magic)))
        send(state, seat, MAGE, damage, delay)
    elif kind == BLOOD:
        if hit:
            damage = draw(state.random, max_spell(blood_max(blood_tier(magic)), percent) + 1)
        damage = send(state, seat, MAGE, damage, delay)
        heal(state, seat, blood_heal(blood_tier(magic), damage) + 0, state.bases[seat, HITPOINTS] + 0)
    else:
        if hit:
            damage = 1 + draw(state.random, volatile_max(magic, percent))
        send(state, seat, MAGE, damage, delay)


def freeze(state, seat, ticks):
    """Unless the seat is immune; it will be until 5 ticks after it thaws."""
    if state.timers[seat, IMMUNE] == 0:
        state.timers[seat, FROZEN] = ticks
        state.timers[seat, IMMUNE] = ticks + 5


def strike(state, seat, style, weapon, special):
    """An attack with a melee or ranged weapon."""
    other = 1 - seat
    offensive = attack_roll(state, seat, style, weapon, special)
    defensive = defence_roll(state, other, style)
    delay = hit_delay(TABLE[weapon, FLIGHT], distance(state))
    top = top_hit(state, seat, style, weapon)
    if special and weapon == CLAWS:
        claw(state, seat, top, offensive, defensive)
        return
    low = 0
    if special:
        if weapon == VESTA:
            low = top // 5
            defensive = defensive // 4
        elif weapon == STATIUS:
            low = top // 4
        top = top * TABLE[weapon, MIGHT] // 1000
    for _ in range(2 if weapon in (DAGGER, DRAGON_KNIVES, DARK_BOW) else 1):
        damage = 0
        if succeeds(state, offensive, defensive):
            damage = low + draw(state.random, top - low + 1)
            if weapon == CROSSBOW or weapon == ZARYTE:
                damage = with_bolt(state, seat, damage, special)
        if weapon == DARK_BOW and special:
            damage = min(max(damage, 8), 48)
        damage = send(state, seat, style, damage, delay)
        if weapon == STATIUS and special and damage > 0:
            level = state.levels[other, DEFENCE]
            lower_level(state, other, DEFENCE, level - 7 * level // 10)


def claw(state, seat, top, offensive, defensive):
    """Four rolls; the first that succeeds hits for at least half, and each after it for half of the one before."""
    damage = 0
    for _ in range(4):
        if damage > 0:
            damage = damage // 2
        elif succeeds(state, offensive, defensive):
            damage = top // 2 + draw(state.random, max(top - top // 2, 1))
        send(state, seat, MELEE, damage, 0)


def with_bolt(state, seat, damage, certain):
    """The damage of a bolt that has hit: in some hits, or for certain, with what such bolts do."""
    bolt = state.bolts[seat]
    ranged = state.levels[seat, RANGE]
    chance = 10 if bolt == DIAMOND else 5 if bolt == OPAL else 6
    if draw(state.random, 100) >= chance and not certain:
        return damage
    if bolt == DIAMOND:
        return damage * 115 // 100
    if bolt == OPAL:
        return damage + ranged // 10
    if bolt == DRAGONSTONE:
        return damage + ranged // 5
    return damage


def take_hits(state, seat):
    """Hits that have arrived land, two a tick; others come nearer."""
    waiting = state.hits[seat]
    kept = 0
    shown = 0
    for place in range(waiting):
        if state.flying[seat, place, DELAY] > 0:
            state.flying[seat, place, DELAY] -= 1
        elif shown < SHOWN and state.hitpoints[seat] > 0:
            land(state, seat, place, shown)
            shown += 1
            continue
        for part in range(4):
            state.flying[seat, kept, part] = state.flying[seat, place, part]
        kept += 1
    for place in range(kept, waiting):
        for part in range(4):
            state.flying[seat, place, part] = 0
    state.hits[seat] = kept


def land(state, seat, place, shown):
    other = 1 - seat
    damage = min(state.flying[seat, place, DAMAGE], state.hitpoints[seat]) + 0
    state.hitpoints[seat] -= damage
    state.shown[seat, shown] = damage
    state.dealt[other] += damage
    count_damage(state, seat, damage)
    if state.flying[seat, place, REFLECTED] == 0:
        count_hit(state, other, damage)
        if state.flying[seat, place, SMITES] > 0:
            lose_prayer(state, seat, smite_drain(damage))
        if damage > 0:
            reflect(state, seat, damage)
    if state.overhead[seat] == REDEMPTION and is_close_to_death(state.hitpoints[seat], state.bases[seat, HITPOINTS]):
        heal(state, seat, redemption_heal(state.bases[seat, PRAYER]) + 0, state.bases[seat, HITPOINTS] + 0)
        lose_prayer(state, seat, state.prayer[seat] + 0)
    state.seen_hitpoints[seat] = state.hitpoints[seat]


def count_hit(state, attacker, damage):
    state.recent_wounds[attacker, state.strikes[attacker] % 5] = damage > 0
    state.strikes[attacker] += 1
    state.wounds[attacker] += damage > 0


def reflect(state, seat, damage):
    """The ring of recoil and vengeance hit back; what they do is not hit back again."""
    if state.recoil[seat] > 0:
        enqueue(state, 1 - seat, recoil_damage(damage), 0, False, True)
    if state.vengeful[seat] > 0:
        state.vengeful[seat] = 0
        enqueue(state, 1 - seat, vengeance_damage(damage), 0, False, True)
