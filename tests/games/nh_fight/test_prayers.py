"""Prayers: what they cost, save and take; what hits back."""

from __future__ import annotations

import pytest

from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED, REDEMPTION, SMITE
from sparring.games.nh_fight.loadouts import FOOD, KARAMBWAN
from sparring.games.nh_fight.upkeep import ATTACKING
from tests.games.nh_fight.ring import choice, fight, hit_now, is_legal, play


def test_prayers_drain_points_and_go_out_with_the_last():
    game, states = fight()
    play(game, states)
    assert states.drain[0, 0] == pytest.approx(0.4 / 1.2664)  # nothing over the head in the first: 40 a minute, bonus 8
    for _ in range(2):
        play(game, states)
    assert states.prayer[0, 0] == 98
    assert states.drain[0, 0] == pytest.approx((0.4 + 0.6 + 0.6) / 1.2664 - 1)
    states.prayer[0, 0] = 1
    play(game, states)
    play(game, states)
    assert (states.prayer[0, 0], states.overhead[0, 0]) == (0, 0)
    assert is_legal(game, states, 0, pray=0)
    assert not is_legal(game, states, 0, pray=MAGE)


def test_there_is_no_idle_prayer_while_there_are_points():
    game, states = fight()
    assert not is_legal(game, states, 0, pray=0)
    assert all(is_legal(game, states, 0, pray=p) for p in (MAGE, RANGED, MELEE, SMITE))
    game, states = fight(smite=False)
    assert not is_legal(game, states, 0, pray=SMITE)


def test_redemption_is_for_who_has_no_food():
    game, states = fight()
    assert not is_legal(game, states, 0, pray=REDEMPTION)
    states.supplies[0, 0, [FOOD, KARAMBWAN]] = 0
    assert is_legal(game, states, 0, pray=REDEMPTION)
    game, states = fight(redemption=False)
    states.supplies[0, 0, [FOOD, KARAMBWAN]] = 0
    assert not is_legal(game, states, 0, pray=REDEMPTION)


def test_prayers_may_be_bound_to_moments_before_an_attack():
    game, states = fight(pray_when_attacking=True)
    assert is_legal(game, states, 0, pray=0)
    assert not is_legal(game, states, 0, pray=MELEE)
    states.timers[0, 1, ATTACKING] = 1
    assert is_legal(game, states, 0, pray=MELEE)
    assert not is_legal(game, states, 0, pray=0)


def test_smite_takes_a_quarter_of_the_damage_from_the_prayer():
    game, states = fight(fight="arena")
    hit_now(states, 1, 37, smites=1)
    play(game, states)
    assert states.hitpoints[0, 1] == 62
    assert states.prayer[0, 1] == 99 - 9


def test_redemption_saves_who_has_a_tenth_left_and_empties_prayer():
    game, states = fight(fight="arena")
    states.supplies[0, 1, [FOOD, KARAMBWAN]] = 0
    states.hitpoints[0, 1] = 30
    hit_now(states, 1, 21)
    play(game, states, second=choice(pray=REDEMPTION))
    assert states.hitpoints[0, 1] == 9 + 24
    assert (states.prayer[0, 1], states.overhead[0, 1]) == (0, 0)


def test_recoil_and_vengeance_hit_back_but_not_again():
    game, states = fight()
    hit_now(states, 0, 37)
    play(game, states)
    play(game, states)
    assert states.hitpoints[0].tolist() == [62, 95]  # 37 // 10 + 1
    game, states = fight(fight="arena")
    states.hitpoints[0] = 99
    play(game, states, choice(avenge=1))
    assert states.vengeful[0].tolist() == [1, 0]
    hit_now(states, 0, 0)
    play(game, states)
    assert states.vengeful[0, 0] == 1, "a hit of 0 is not avenged"
    hit_now(states, 0, 37)
    play(game, states)
    play(game, states)
    assert states.hitpoints[0].tolist() == [62, 72]  # .75 x 37 = 27.75
    assert states.vengeful[0, 0] == 0
    for tick in range(48):
        assert is_legal(game, states, 0, avenge=1) == (tick >= 46), tick
        play(game, states)


def test_vengeance_belongs_to_a_spellbook():
    game, states = fight()
    assert not is_legal(game, states, 0, avenge=1)
    game, states = fight(fight="arena")
    assert is_legal(game, states, 0, avenge=1)
