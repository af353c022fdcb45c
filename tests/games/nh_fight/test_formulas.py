"""The formulas of the NH fight, against numbers worked out by hand and against counting."""

from __future__ import annotations

import pytest

from sparring.games.nh_fight.formulas import (
    BALLISTA,
    BOW,
    HAND,
    MAGE,
    MELEE,
    NONE,
    RANGED,
    REDEMPTION,
    SMITE,
    SPELL,
    THROWN,
    accuracy,
    blood_heal,
    blood_max,
    blood_tier,
    boost,
    boost_drain,
    boost_guard,
    boost_tier,
    brew_defence,
    brew_drain,
    brew_heal,
    combat_boost,
    drain_per_tick,
    effective_level,
    freeze_ticks,
    hit_delay,
    ice_max,
    ice_tier,
    is_close_to_death,
    magic_defence,
    max_hit,
    max_spell,
    overhead_drain,
    protected,
    ranged_boost,
    recoil_damage,
    redemption_heal,
    restore_amount,
    roll,
    smite_drain,
    vengeance_damage,
    volatile_max,
)


def test_effective_levels_round_down_after_prayer():
    assert effective_level(99, boost(4, False), 3, 8) == 118 + 3 + 8  # 99 x 1.20 = 118.8
    assert effective_level(60, boost(3, False), 0, 8) == 69 + 8  # 60 x 1.15 = 69
    assert effective_level(99, boost_guard(4), 0, 9) == 123 + 9  # 99 x 1.25 = 123.75
    assert roll(129, 134) == 129 * 198 == 25542


@pytest.mark.parametrize(("attack", "defence"), [(9, 4), (4, 9), (5, 5), (0, 7), (30, 1), (1, 30)])
def test_accuracy_is_how_often_one_uniform_roll_beats_another(attack, defence):
    wins = sum(a > d for a in range(attack + 1) for d in range(defence + 1))
    assert accuracy(attack, defence) == pytest.approx(wins / ((attack + 1) * (defence + 1)))


def test_accuracy_by_hand():
    assert accuracy(9, 4) == pytest.approx(1 - 6 / 20)
    assert accuracy(4, 9) == pytest.approx(4 / 20)


def test_magic_is_defended_by_seventy_parts_of_magic_and_thirty_of_defence():
    assert magic_defence(99, 125, 131) == 86 + 39  # .7 x 123 = 86.1, .3 x 131 = 39.3
    assert magic_defence(90, 100, 100) == 63 + 30, "no rounding error of .7 x 90"


def test_maximum_hits():
    assert max_hit(132, 134) == 41  # (132 x 198 + 320) / 640 = 41.3
    assert max_hit(9, 0) == 1  # (9 x 64 + 320) / 640 = 1.4
    assert max_spell(30, 25) == 37  # 37.5
    assert [volatile_max(magic, 0) for magic in (99, 75, 120)] == [58, 44, 58]  # 75 x 263/449 + 1 = 44.9
    assert volatile_max(99, 10) == 63  # 63.8


def test_the_right_protection_lets_six_tenths_through():
    assert [protected(damage) for damage in (0, 1, 10, 41)] == [0, 0, 6, 24]


def test_hits_travel_by_distance():
    assert [hit_delay(HAND, d) for d in (1, 5)] == [0, 0]
    assert [hit_delay(SPELL, d) for d in (1, 2, 4, 5, 10)] == [1, 2, 2, 3, 4]
    assert [hit_delay(BOW, d) for d in (1, 2, 3, 7, 9)] == [1, 1, 2, 2, 3]
    assert [hit_delay(THROWN, d) for d in (1, 5, 6)] == [1, 1, 2]
    assert [hit_delay(BALLISTA, d) for d in (1, 4, 5, 7)] == [2, 2, 3, 3]


def test_boosting_prayers_come_in_tiers():
    assert [boost(tier, False) for tier in range(5)] == [100, 105, 110, 115, 120]
    assert [boost(tier, True) for tier in range(5)] == [100, 105, 110, 115, 123]
    assert [boost_guard(tier) for tier in range(5)] == [100, 105, 110, 115, 125]
    assert boost_tier(52, 1) == boost_tier(55, 45) == boost_tier(99, 1) == 3
    assert boost_tier(77, 70) == boost_tier(99, 99) == 4


def test_prayers_drain_by_the_minute_and_bonus_slows_it():
    assert [overhead_drain(p) for p in (NONE, MAGE, RANGED, MELEE, SMITE, REDEMPTION)] == [0, 20, 20, 20, 30, 10]
    assert [boost_drain(tier) for tier in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert drain_per_tick(60, 0) == pytest.approx(0.6)
    assert drain_per_tick(60, 15) == pytest.approx(0.6 / 1.4995)


def test_potions_by_level():
    assert (brew_heal(99), brew_defence(99), brew_drain(99)) == (16, 21, 11)  # 2 + 14.85, 2 + 19.8, 9.9 + 2
    assert (brew_heal(10), brew_defence(1), brew_drain(5)) == (3, 2, 2)
    assert (restore_amount(99), restore_amount(52)) == (32, 21)
    assert (combat_boost(99), combat_boost(60), ranged_boost(99)) == (19, 14, 13)


def test_spells_by_level():
    assert [ice_tier(magic) for magic in (57, 58, 69, 70, 82, 93, 94, 120)] == [-1, 0, 0, 1, 2, 2, 3, 3]
    assert [blood_tier(magic) for magic in (55, 56, 68, 80, 92, 99)] == [-1, 0, 1, 2, 3, 3]
    assert [ice_max(tier) for tier in range(4)] == [18, 22, 26, 30]
    assert [freeze_ticks(tier) for tier in range(4)] == [8, 16, 24, 32]
    assert [blood_max(tier) for tier in range(4)] == [15, 21, 25, 29]
    assert [blood_heal(tier, 29) for tier in range(4)] == [2, 4, 5, 7]


def test_what_hits_back_and_what_saves():
    assert (vengeance_damage(37), recoil_damage(37), smite_drain(37)) == (27, 4, 9)
    assert (redemption_heal(99), redemption_heal(52)) == (24, 13)
    assert [is_close_to_death(hitpoints, 99) for hitpoints in (0, 1, 9, 10)] == [False, True, True, False]
