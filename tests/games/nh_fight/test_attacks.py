"""Attacks: who has to, who may, how often they hit and how hard, and when hits land."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.games.nh_fight import loadouts
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED
from sparring.games.nh_fight.upkeep import ATTACKING, FROZEN
from tests.games.nh_fight.ring import (
    BASIC,
    BUSY,
    ICE,
    SPECIAL,
    VOLATILE,
    able,
    choice,
    fight,
    flying,
    hit_now,
    is_legal,
    play,
    sure_to_hit,
)


def test_who_is_able_to_attack_has_to_and_in_one_style_only():
    game, states = fight()
    able(states)
    assert not is_legal(game, states, 0)
    assert is_legal(game, states, 0, melee=BASIC)
    assert is_legal(game, states, 0, ranged=BASIC)
    assert is_legal(game, states, 0, mage=ICE)
    assert not is_legal(game, states, 0, melee=BASIC, ranged=BASIC)
    assert not is_legal(game, states, 0, style=MELEE)
    assert not is_legal(game, states, 0, melee=BASIC, style=RANGED)
    states.timers[0, 0, ATTACKING] = 2
    assert is_legal(game, states, 0)
    assert not is_legal(game, states, 0, melee=BASIC)


@pytest.mark.parametrize(
    ("name", "speed", "reach"),
    [
        ("crossbow", 5, 7),
        ("zaryte bow", 5, 7),
        ("ballista", 6, 7),
        ("throwing knives", 2, 4),
        ("javelins", 5, 5),
        ("dark bow", 7, 9),
        ("longbow", 5, 9),
        ("whip", 4, 1),
        ("scimitar", 4, 1),
        ("dragon dagger", 4, 1),
        ("claws", 4, 1),
        ("rapier", 4, 1),
        ("vesta longsword", 5, 1),
        ("godsword", 6, 1),
        ("statius warhammer", 6, 1),
        ("elder maul", 6, 1),
        ("greataxe", 7, 1),
        ("granite maul", 7, 1),
        ("staff", 5, 10),
        ("volatile staff", 5, 10),
    ],
)
def test_weapons_have_their_speeds_and_ranges(name, speed, reach):
    weapon = loadouts.TABLE[loadouts.WEAPONS.index(name)]
    assert weapon[[loadouts.SPEED, loadouts.REACH]].tolist() == [speed, reach]


@pytest.mark.parametrize(
    ("weapon", "cost", "might", "aim"),
    [
        (loadouts.GODSWORD, 50, 1375, 200),
        (loadouts.DAGGER, 25, 1150, 120),
        (loadouts.CLAWS, 50, 1000, 135),
        (loadouts.GRANITE_MAUL, 50, 1000, 100),
        (loadouts.VESTA, 25, 1200, 100),
        (loadouts.STATIUS, 35, 1250, 100),
        (loadouts.ZARYTE, 75, 1000, 100),
        (loadouts.BALLISTAS, 65, 1250, 100),
        (loadouts.DARK_BOW, 55, 1500, 100),
        (loadouts.DRAGON_KNIVES, 25, 1000, 100),
        (loadouts.VOLATILE, 55, 1000, 100),
    ],
)
def test_specials_cost_energy_and_are_stronger(weapon, cost, might, aim):
    assert loadouts.TABLE[weapon, [loadouts.COST, loadouts.MIGHT, loadouts.AIM]].tolist() == [cost, might, aim]


def test_an_attack_sets_the_timer_by_the_weapon_and_the_special_takes_energy():
    for build, style, kind, speed, energy in (
        ("maxed", "melee", BASIC, 4, 100),
        ("maxed", "melee", SPECIAL, 4, 50),
        ("maxed", "mage", VOLATILE, 5, 45),
        ("maxed", "ranged", SPECIAL, 5, 25),
        ("zerker", "ranged", SPECIAL, 8, 45),
        ("pure", "ranged", BASIC, 2, 100),
    ):
        game, states = fight(build=build)
        able(states)
        play(game, states, choice(**{style: kind}))
        assert (states.timers[0, 0, ATTACKING], states.energy[0, 0]) == (speed, energy)
        states.timers[0, 0, ATTACKING] = 0
        states.energy[0, 0] = 20
        assert is_legal(game, states, 0, **{style: kind}) == (kind == BASIC)


def test_who_eats_does_not_attack_in_the_same_tick():
    game, states = fight()
    able(states)
    states.hitpoints[0, 0] = 50
    play(game, states, choice(eat=1, melee=BASIC))
    assert states.attacked[0, 0] == 0
    assert states.timers[0, 0, ATTACKING] == 3


@pytest.mark.parametrize(("priority", "ticks"), [(0, 0), (1, 1)])
def test_a_blow_of_who_has_priority_lands_a_tick_sooner(priority, ticks):
    game, states = fight(priority=priority)
    able(states)
    sure_to_hit(states)
    play(game, states, choice(melee=BASIC))
    for _ in range(ticks):
        assert states.shown[0, 1].tolist() == [-1, -1]
        play(game, states)
    assert states.shown[0, 1, 0] > 0
    assert states.hitpoints[0, 1] == 99 - states.shown[0, 1, 0]


@pytest.mark.parametrize(("distance", "ticks"), [(1, 1), (2, 2), (4, 2), (7, 3)])
@pytest.mark.parametrize("priority", [0, 1])
def test_spells_land_after_1_and_a_third_of_the_distance(distance, ticks, priority):
    game, states = fight(distance=distance, priority=priority)
    able(states)
    play(game, states, choice(mage=ICE))
    for _ in range(ticks + priority):
        assert states.shown[0, 1, 0] == -1
        play(game, states)
    assert states.shown[0, 1, 0] >= 0


def test_the_prayer_at_the_roll_counts_and_takes_four_tenths():
    damages = {}
    for prayer in (MAGE, RANGED):
        game, states = fight(distance=4)
        able(states)
        sure_to_hit(states)
        play(game, states, choice(mage=VOLATILE), choice(pray=prayer))
        (damages[prayer],) = flying(states, 1)
        play(game, states, second=choice(pray=RANGED))
        play(game, states, second=choice(pray=MAGE))
        assert states.hitpoints[0, 1] == 99 - damages[prayer]
    assert damages[MAGE] == 6 * damages[RANGED] // 10 > 0


def test_two_hits_show_in_a_tick_and_the_rest_wait():
    game, states = fight(fight="arena")
    hit_now(states, 1, 7, 5, 3)
    play(game, states)
    assert states.shown[0, 1].tolist() == [7, 5]
    assert states.hitpoints[0, 1] == 87
    play(game, states)
    assert states.shown[0, 1].tolist() == [3, -1]
    assert states.hitpoints[0, 1] == 84


def test_damage_is_uniform_from_nothing_to_the_maximum():
    game = load_game("nh_fight", {"fight": "arena"})
    states = game.new_states(range(4000))
    states.place[:] = [[0, 0], [1, 0]]
    states.priority = 0
    states.gear[:, 1, :, 2:5] = -64
    game.play(states, np.tile([choice(melee=BASIC, pray=MAGE), choice(mage=ICE)], (4000, 1, 1)))
    # strength 99 x 1.23 = 121 + 3 + 8; bonus 45 + 89: maximum 41
    shares = np.bincount(states.shown[:, 1, 0], minlength=42) / 4000
    assert len(shares) == 42
    assert np.allclose(shares, 1 / 42, atol=4 * (1 / 42 / 4000) ** 0.5)


def test_the_share_of_hits_is_the_accuracy():
    game = load_game("nh_fight", {"fight": "arena"})
    states = game.new_states(range(4000))
    states.place[:] = [[0, 0], [9, 0]]
    states.priority = 0
    states.worn[:, 1] = MELEE
    states.timers[:, 1, ATTACKING] = BUSY
    game.play(states, np.tile([choice(mage=ICE), choice(pray=RANGED)], (4000, 1, 1)))
    # (123 + 9) x (75 + 28 + 64) = 22044 against (.7 x 99 + .3 x (123 + 8) = 69 + 39) x (30 + 64) = 10152
    expected = 1 - (10152 + 2) / (2 * (22044 + 1))
    assert (states.timers[:, 1, FROZEN] > 0).mean() == pytest.approx(expected, abs=4 * (0.25 / 4000) ** 0.5)
