"""The arithmetic of the NH fight, each formula by itself. Whole numbers throughout, so that every machine agrees;
shares are in percent, and only the chance to hit is a fraction.
"""

NONE, MAGE, RANGED, MELEE = 0, 1, 2, 3  # styles, and the prayers that protect from them
SMITE, REDEMPTION = 4, 5  # the other prayers over a head

HAND, SPELL, BOW, THROWN, BALLISTA = 0, 1, 2, 3, 4  # how a hit travels


def effective_level(level, prayer, stance, constant):
    """A level with prayer (percent), stance, and a constant: 8, or 9 for attacks by magic."""
    return level * prayer // 100 + stance + constant


def roll(effective, bonus):
    """The largest number that an attack or a defence can roll."""
    return effective * (bonus + 64)


def accuracy(attack, defence):
    """The chance that a uniform roll of attack, 0..attack, beats one of defence."""
    if attack > defence:
        return 1.0 - (defence + 2) / (2 * (attack + 1))
    return attack / (2 * (defence + 1))


def magic_defence(magic, prayer, effective_defence):
    """The effective level against magic: 70% of it magic, 30% defence."""
    return 7 * (magic * prayer // 100) // 10 + 3 * effective_defence // 10


def max_hit(effective_strength, bonus):
    """The largest hit of a melee or ranged weapon."""
    return (effective_strength * (bonus + 64) + 320) // 640


def max_spell(base, percent):
    """The largest hit of a spell with a bonus on damage by magic."""
    return base * (100 + percent) // 100


def volatile_max(magic, percent):
    """The largest hit of the volatile staff's special."""
    return min(58, (magic * 263 + 449) // 449) * (100 + percent) // 100


def protected(damage):
    """What the right protection prayer lets through."""
    return 6 * damage // 10


def hit_delay(flight, distance):
    """Ticks until a hit lands."""
    if flight == SPELL:
        return 1 + (1 + distance) // 3
    if flight == BOW:
        return 1 + (3 + distance) // 6
    if flight == THROWN:
        return 1 + distance // 6
    if flight == BALLISTA:
        return 2 + (1 + distance) // 6
    return 0


def drain_per_tick(per_minute, bonus):
    """Prayer points that go in a tick of 0.6 seconds; a bonus on prayer makes them last longer."""
    return per_minute / (100.0 * (1.0 + 0.0333 * bonus))


def overhead_drain(prayer):
    """Points a minute that the prayer over the head costs."""
    if prayer == NONE:
        return 0
    if prayer == SMITE:
        return 30
    if prayer == REDEMPTION:
        return 10
    return 20


def boost_tier(prayer_level, defence_level):
    """How strong the boosting prayers of a fighter are: 1 to 3 give 5, 10, 15 percent, 4 is piety and its like."""
    if prayer_level >= 77 and defence_level >= 70:
        return 4
    if prayer_level >= 45:
        return 3
    if prayer_level >= 27:
        return 2
    return 1


def boost(tier, strength):
    """Percent of a level that attack, or ``strength`` of melee or ranged, counts for; a tier of 0 is no prayer."""
    if tier == 4:
        return 123 if strength else 120
    return 100 + 5 * tier


def boost_guard(tier):
    """Percent of the defence level; also of the magic level under augury and its lesser kind."""
    return 125 if tier == 4 else 100 + 5 * tier


def boost_drain(tier):
    """Points a minute: 40 for the top tier; the lesser ones are ours, 5, 10 and 20."""
    if tier == 4:
        return 40
    return 5 << (tier - 1)


def brew_heal(base):
    return 2 + 15 * base // 100


def brew_defence(base):
    return 2 + 20 * base // 100


def brew_drain(level):
    return level // 10 + 2


def restore_amount(base):
    return 8 + base // 4


def combat_boost(base):
    return 15 * base // 100 + 5


def ranged_boost(base):
    return base // 10 + 4


def ice_tier(magic):
    """Which ice spell a level of magic allows, 0..3, or -1."""
    return -1 if magic < 58 else min((magic - 58) // 12, 3)


def ice_max(tier):
    return 18 + 4 * tier


def freeze_ticks(tier):
    return 8 * (tier + 1)


def blood_tier(magic):
    return -1 if magic < 56 else min((magic - 56) // 12, 3)


def blood_max(tier):
    if tier == 0:
        return 15
    return 17 + 4 * tier


def blood_heal(tier, damage):
    """10, 15, 20, 25% of the damage."""
    return (10 + 5 * tier) * damage // 100


def vengeance_damage(damage):
    return 75 * damage // 100


def recoil_damage(damage):
    return damage // 10 + 1


def smite_drain(damage):
    return damage // 4


def redemption_heal(prayer_level):
    return 25 * prayer_level // 100


def is_close_to_death(hitpoints, base):
    """Whether redemption saves: at a tenth of the hitpoints or less."""
    return 0 < hitpoints and 10 * hitpoints <= base
