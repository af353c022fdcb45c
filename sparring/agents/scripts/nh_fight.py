"""Scripts of the NH fight: a novice, one that watches gear and prayers, and one that uses all there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate

from sparring.agents.scripts.sight import Script, Sight
from sparring.games.nh_fight.choices import (
    AVENGE,
    EAT,
    EAT_KARAMBWAN,
    FAR,
    GEAR,
    HEADS,
    KIND_HEAD,
    MAGE_KIND,
    MOVEMENT,
    POTION,
    PRAY,
    STYLE,
)
from sparring.games.nh_fight.fighting import BLOOD, ICE, MAGE_SPECIAL, SPECIAL
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED, SMITE
from sparring.games.nh_fight.movement import FARCAST
from sparring.games.nh_fight.observation import FEATURES

PLACE = {name: place for place, (name, *_) in enumerate(FEATURES)}
STARTS = (0, *accumulate(HEADS))
STYLES = (MAGE, RANGED, MELEE)
NAMES = ("none", "mage", "ranged", "melee")
BREW, RESTORE, COMBAT, RANGING = 1, 2, 3, 4


def novice(sight: Sight) -> list[int]:
    """Attacks in any style, eats and drinks when it is late, and prays against melee whatever comes."""
    plan = Plan(sight)
    plan.pray(MELEE)
    if plan.sees("own hitpoints") < 0.4:
        plan.choose(EAT, 1) or plan.choose(EAT_KARAMBWAN, 1) or plan.choose(POTION, BREW)
    plan.attack([int(style) for style in sight.random.permutation(STYLES)])
    return plan.action


def switcher(sight: Sight) -> list[int]:
    """Prays against what the opponent wears, and attacks where the opponent is not protected."""
    plan = Plan(sight)
    plan.pray(plan.opponents_style() or MAGE)
    if plan.sees("own hitpoints") < 0.55:
        plan.choose(EAT, 1) or plan.choose(EAT_KARAMBWAN, 1) or plan.choose(POTION, BREW)
    if plan.sees("own prayer points") < 0.25:
        plan.choose(POTION, RESTORE)
    open_styles = [style for style in STYLES if not plan.is_met(style)]
    plan.attack([int(style) for style in sight.random.permutation(open_styles)])
    return plan.action


def all_rounder(sight: Sight) -> list[int]:
    """Freezes, keeps its distance, saves specials for the kill, eats in one go, and is hard to read."""
    plan = Plan(sight)
    guess = plan.opponents_style() or MAGE
    plan.pray(guess if sight.random.random() < 0.7 else int(sight.random.choice(STYLES)))
    eat_in_time(plan)
    plan.choose(AVENGE, 1)
    if plan.action[EAT] == plan.action[EAT_KARAMBWAN] == 0 and plan.is_able():
        strike(plan)
    elif plan.is_able():
        plan.attack([guess, *STYLES])  # it will not come to it: who eats does not attack
    else:
        keep_away(plan)
    return plan.action


SCRIPTS: dict[str, Script] = {"novice": novice, "switcher": switcher, "all-rounder": all_rounder}


@dataclass
class Plan:
    """An action in the making: every head has a legal choice at any time."""

    sight: Sight
    action: list[int] = field(default_factory=lambda: [0] * len(HEADS))

    def __post_init__(self) -> None:
        self.action[PRAY] = next(prayer for prayer in range(HEADS[PRAY]) if self.can(PRAY, prayer))

    def sees(self, feature: str) -> float:
        return float(self.sight.observation[PLACE[feature]])

    def can(self, head: int, choice: int) -> bool:
        return bool(self.sight.mask[STARTS[head] + choice])

    def choose(self, head: int, choice: int) -> bool:
        """Choose it, if that is allowed. Returns whether it is."""
        allowed = self.can(head, choice)
        if allowed:
            self.action[head] = choice
        return allowed

    def pray(self, prayer: int) -> None:
        self.choose(PRAY, prayer)

    def is_able(self) -> bool:
        """Whether the seat has to attack."""
        return not self.can(STYLE, 0)

    def attack(self, styles: list[int], specials: bool = False) -> bool:
        """Attack in the first of the styles that is to be had, or in any, if the seat has to."""
        for style in [*styles, *STYLES]:
            for kind in self._kinds(style, specials):
                if self.can(KIND_HEAD[style], kind):
                    self.action[STYLE], self.action[KIND_HEAD[style]] = style, kind
                    return True
        return False

    def _kinds(self, style: int, specials: bool) -> tuple[int, ...]:
        if style == MAGE:
            kinds = (BLOOD, ICE) if self.sees("own hitpoints") < 0.7 else (ICE, BLOOD)
            return (MAGE_SPECIAL, *kinds) if specials else (*kinds, MAGE_SPECIAL)
        return (SPECIAL, 1) if specials else (1, SPECIAL)

    def opponents_style(self) -> int:
        """The style that the opponent is dressed for, or 0."""
        return next((style for style in STYLES if self.sees(f"opponent's gear: {NAMES[style]}") > 0), 0)

    def is_met(self, style: int) -> bool:
        """Whether the opponent prays against it."""
        return self.sees(f"opponent's prayer: protect from {NAMES[style]}") > 0


def eat_in_time(plan: Plan) -> None:
    """Food first; a brew and a karambwan with it when it is close."""
    hitpoints = plan.sees("own hitpoints")
    if hitpoints < 0.5:
        plan.choose(EAT, 1)
        if hitpoints < 0.35 or not plan.action[EAT]:
            plan.choose(POTION, BREW)
            if hitpoints < 0.3 or not plan.action[POTION]:
                plan.choose(EAT_KARAMBWAN, 1)
    elif min(plan.sees("own prayer points") * 3, plan.sees("own level: magic")) < 0.85:
        plan.choose(POTION, RESTORE)
    elif hitpoints > 0.7:
        plan.choose(POTION, RANGING) or plan.choose(POTION, COMBAT)


def strike(plan: Plan) -> None:
    """Freeze who is free; where the opponent is open, hit, and hard if it may die of it."""
    if plan.sees("ticks: opponent's immunity") == 0 and not plan.is_met(MAGE) and plan.can(MAGE_KIND, ICE):
        plan.action[STYLE], plan.action[MAGE_KIND] = MAGE, ICE
        return
    open_styles = [style for style in STYLES if not plan.is_met(style)]
    for_the_kill = plan.sees("opponent's hitpoints as of its last hit") < 0.6
    if for_the_kill:
        plan.pray(SMITE if plan.sees("own hitpoints") > 0.8 else plan.action[PRAY])
    order = [MELEE, RANGED, MAGE] if for_the_kill else [RANGED, MAGE, MELEE]
    plan.attack([style for style in order if style in open_styles], specials=for_the_kill)


def keep_away(plan: Plan) -> None:
    """Out of reach of melee while the opponent is frozen; into tank gear when it is about to attack."""
    if plan.sees("ticks: opponent's freeze") > 0 and plan.can(MOVEMENT, FARCAST):
        plan.action[MOVEMENT], plan.action[FAR] = FARCAST, 4
    plan.choose(GEAR, 1)
