"""Food, potions and the timers they share, levels and energy that come back."""

from __future__ import annotations

import pytest

from sparring.games.nh_fight.loadouts import ATTACK, FOOD, RANGE
from sparring.games.nh_fight.upkeep import ATTACKING
from tests.games.nh_fight.ring import BUSY, choice, fight, is_legal, play


def test_eating_heals_22_and_delays_the_next_bite_and_the_attack_by_3():
    game, states = fight()
    states.hitpoints[0] = 50
    food = int(states.supplies[0, 0, FOOD])
    play(game, states, choice(eat=1))
    assert states.hitpoints[0].tolist() == [72, 50]
    assert states.supplies[0, 0, FOOD] == food - 1
    assert states.timers[0, 0, ATTACKING] == BUSY - 1 + 3
    assert [is_legal(game, states, 0, eat=1), play(game, states) is None] == [False, False]
    assert not is_legal(game, states, 0, eat=1)
    play(game, states)
    assert is_legal(game, states, 0, eat=1), "three ticks after the last bite"


@pytest.mark.parametrize(("kind", "best"), [("normal", 121), ("last man", 99), ("arena", 99)])
def test_anglerfish_heal_beyond_the_maximum_and_sharks_do_not(kind, best):
    game, states = fight(fight=kind)
    states.hitpoints[0] = 98
    play(game, states, choice(eat=1))
    assert states.hitpoints[0, 0] == min(98 + 22, best) if kind == "normal" else 99
    states.hitpoints[0, 1] = best
    assert not is_legal(game, states, 1, eat=1)


def test_food_brew_and_karambwan_go_down_in_one_tick_in_this_order():
    game, states = fight()
    states.hitpoints[0] = 10
    assert is_legal(game, states, 0, eat=1, potion=1, karambwan=1)
    play(game, states, choice(eat=1, potion=1, karambwan=1))
    assert states.hitpoints[0, 0] == 10 + 22 + 16 + 18
    assert states.timers[0, 0].tolist()[:4] == [BUSY - 1 + 3 + 2, 3, 3, 3]
    for _ in range(2):
        assert not any(is_legal(game, states, 0, **{name: 1}) for name in ("eat", "potion", "karambwan"))
        play(game, states)
    assert is_legal(game, states, 0, eat=1, potion=1, karambwan=1)


def test_a_karambwan_stops_food_and_potions_for_3_ticks_and_the_attack_for_2():
    game, states = fight()
    states.hitpoints[0] = 10
    play(game, states, choice(karambwan=1))
    assert states.timers[0, 0].tolist()[:4] == [BUSY - 1 + 2, 3, 3, 3]
    assert states.hitpoints[0, 0] == 28


def test_a_brew_trades_levels_for_hitpoints_and_defence():
    game, states = fight()
    play(game, states, choice(potion=1))
    assert states.hitpoints[0, 0] == 115
    assert states.levels[0, 0].tolist() == [88, 88, 120, 88, 88]
    play(game, states)
    assert not is_legal(game, states, 0, potion=1), "its timer runs"
    states.timers[0, 0] = BUSY - 10
    states.timers[0, 0, 1:] = 0
    assert not is_legal(game, states, 0, potion=1), "there is nothing to gain"
    states.hitpoints[0, 0] = 113
    assert is_legal(game, states, 0, potion=1), "2 below its most"


def test_restores_bring_levels_and_prayer_back_to_their_base_only():
    game, states = fight()
    assert not is_legal(game, states, 0, potion=2)
    states.levels[0, 0] = [60, 98, 120, 99, 70]
    states.prayer[0, 0] = 40
    assert is_legal(game, states, 0, potion=2)
    play(game, states, choice(potion=2))
    assert states.levels[0, 0].tolist() == [92, 99, 120, 99, 99]
    assert states.prayer[0, 0] == 72


def test_boosts_raise_levels_up_to_their_most_and_count_when_more_than_1_below_it():
    game, states = fight()
    play(game, states, choice(potion=3))
    assert states.levels[0, 0].tolist() == [118, 118, 118, 99, 99]
    states.timers[0, 0, 1:] = 0
    assert not is_legal(game, states, 0, potion=3)
    states.levels[0, 0, ATTACK] = 117
    assert not is_legal(game, states, 0, potion=3)
    states.levels[0, 0, ATTACK] = 116
    assert is_legal(game, states, 0, potion=3)
    play(game, states, choice(potion=4))
    assert states.levels[0, 0, RANGE] == 112


def test_supplies_fill_28_slots_and_run_out():
    game, states = fight()
    assert states.stock[0, 0].tolist() == [5, 3, 20, 12, 4, 4]  # 10 potions, 3 karambwans, 10 pieces of gear
    states.hitpoints[0] = 50
    states.supplies[0, 0] = 0
    assert not any(is_legal(game, states, 0, **{name: 1}) for name in ("eat", "potion", "karambwan"))


def test_levels_drift_by_1_in_100_ticks_and_energy_rises_by_10_in_50():
    game, states = fight()
    states.levels[0, 0] = [118, 88, 99, 99, 99]
    states.hitpoints[0] = [110, 50]
    states.energy[0] = [25, 95]
    states["ply"] = 48
    play(game, states)
    assert states.energy[0].tolist() == [25, 95]
    play(game, states)
    assert states.energy[0].tolist() == [35, 100]
    states["ply"] = 99
    play(game, states)
    assert states.levels[0, 0].tolist() == [117, 89, 99, 99, 99]
    assert states.hitpoints[0].tolist() == [109, 51]
