"""Special attacks and bolts, and what ice and blood do."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.games.nh_fight import loadouts
from sparring.games.nh_fight.formulas import MELEE
from sparring.games.nh_fight.loadouts import DEFENCE, MAGIC
from sparring.games.nh_fight.movement import ADJACENT
from sparring.games.nh_fight.upkeep import ATTACKING, FROZEN, IMMUNE
from tests.games.nh_fight.ring import (
    BASIC,
    BLOOD,
    BUSY,
    ICE,
    SPECIAL,
    VOLATILE,
    able,
    choice,
    fight,
    flying,
    is_legal,
    play,
    sure_to_hit,
    sure_to_miss,
)


def test_claws_cascade():
    seen = set()
    for seed in range(60):
        game, states = fight(seed=seed, priority=1, fight="arena")
        able(states)
        play(game, states, choice(melee=SPECIAL))
        hits = flying(states, 1)
        assert len(hits) == 4
        first = next((place for place, damage in enumerate(hits) if damage > 0), None)
        seen.add(first)
        if first is not None:
            # strength 132, bonus 134 - 89 + 56 = 101: maximum (132 x 165 + 320) / 640 = 34
            assert 17 <= hits[first] <= 33
            for before, after in zip(hits[first:], hits[first + 1 :], strict=False):
                assert after == before // 2
    assert {0, 1} <= seen


@pytest.mark.parametrize(
    ("build", "style", "hits"), [("zerker", "melee", 2), ("pure", "ranged", 2), ("medium", "melee", 1)]
)
def test_daggers_and_knives_hit_twice_and_a_godsword_once(build, style, hits):
    game, states = fight(build=build, priority=1)
    able(states)
    play(game, states, choice(**{style: SPECIAL}))
    assert states.hits[0, 1] == hits


def test_a_granite_maul_does_not_wait_for_the_attack_timer():
    game, states = fight(build="pure")
    assert is_legal(game, states, 0, melee=SPECIAL)
    assert not is_legal(game, states, 0, melee=BASIC)
    assert is_legal(game, states, 0), "nor does anybody have to swing it"
    play(game, states, choice(melee=SPECIAL))
    assert states.attacked[0, 0] == MELEE
    assert (states.timers[0, 0, ATTACKING], states.energy[0, 0]) == (BUSY - 1, 50)


def test_statius_lowers_defence_by_three_tenths_and_hits_for_a_quarter_at_least():
    game, states = fight(build="arena_zerker", priority=1)
    able(states)
    sure_to_hit(states)
    play(game, states, choice(melee=SPECIAL))
    # strength 99 x 1.15 = 113 + 11 = 124, bonus 25 + 82 - 82 + 114 = 139: maximum 39; special 9 .. 48
    assert 9 <= flying(states, 1)[0] <= 48
    assert states.levels[0, 1, DEFENCE] == 45 * 7 // 10


def test_vesta_hits_for_a_fifth_at_least():
    damages = []
    for seed in range(30):
        game, states = fight(build="arena_maxed", priority=1, seed=seed)
        able(states)
        sure_to_hit(states)
        play(game, states, choice(melee=SPECIAL))
        damages += flying(states, 1)
    # strength 132, bonus 45 + 121 = 166: maximum 47; special 9 .. 56
    assert min(damages) >= 9
    assert 47 < max(damages) <= 56


def test_dark_bow_arrows_do_8_to_48_even_when_they_miss():
    game, states = fight(build="zerker", distance=5)
    able(states)
    sure_to_miss(states)
    play(game, states, choice(ranged=SPECIAL))
    assert flying(states, 1) == [8, 8]
    damages = []
    for seed in range(40):
        game, states = fight(build="zerker", distance=5, seed=seed)
        able(states)
        sure_to_hit(states)
        play(game, states, choice(ranged=SPECIAL))
        damages += flying(states, 1)
    assert min(damages) == 8
    assert max(damages) <= 48


def test_the_volatile_staff_hits_for_1_to_58_and_its_bonus():
    damages = []
    for seed in range(60):
        game, states = fight(distance=5, seed=seed)
        able(states)
        sure_to_hit(states)
        play(game, states, choice(mage=VOLATILE), choice(pray=MELEE))
        damages += flying(states, 1)
    assert min(damages) >= 1
    assert 50 < max(damages) <= 63  # 58 x 1.10


@pytest.mark.parametrize(("bolt", "extra"), [(loadouts.OPAL, 9), (loadouts.DRAGONSTONE, 19)])
def test_the_zaryte_bow_is_sure_of_what_its_bolts_do(bolt, extra):
    for seed in range(20):
        plain, charged = [], []
        for kind, damages in ((loadouts.SHARP, plain), (bolt, charged)):
            game, states = fight(distance=5, seed=seed)
            states.bolts[0] = kind
            able(states)
            sure_to_hit(states)
            play(game, states, choice(ranged=SPECIAL))
            damages += flying(states, 1)
        assert charged[0] == plain[0] + extra


def test_diamond_bolts_do_a_tenth_of_the_time_what_the_zaryte_bow_does_always():
    game = load_game("nh_fight")
    lucky = []
    for bolt in (loadouts.SHARP, loadouts.DIAMOND):
        states = game.new_states(range(4000))
        states.place[:] = [[0, 0], [5, 0]]
        states.bolts[:] = bolt
        states.timers[:, 1, ATTACKING] = BUSY
        states.gear[:, 1, :, 2:5] = -64
        game.play(states, np.tile([choice(ranged=BASIC), choice()], (4000, 1, 1)))
        lucky.append(states.flying[:, 1, 0, 0].copy())
    plain, charged = lucky
    better = charged != plain
    assert (charged[better] == plain[better] * 115 // 100).all()
    # of damages 0 .. 43 those below 7 gain nothing by 15%
    assert better[plain >= 7].mean() == pytest.approx(0.1, abs=4 * (0.09 / 3000) ** 0.5)


def test_ice_freezes_at_once_and_leaves_immune_for_5_ticks_more():
    game, states = fight(distance=4)
    able(states)
    sure_to_hit(states)
    play(game, states, choice(mage=ICE), choice(move=ADJACENT))
    assert states.place[0, 1].tolist() == [4, 0], "frozen before it could move"
    assert states.timers[0, 1, [FROZEN, IMMUNE]].tolist() == [32, 37]
    assert not is_legal(game, states, 1, move=ADJACENT)
    able(states)
    play(game, states, choice(mage=ICE))
    assert states.timers[0, 1, FROZEN] == 31, "who is immune is not frozen again"
    for left in (31, 2):
        states.timers[0, 1, FROZEN] = left
        assert not is_legal(game, states, 1, move=ADJACENT)
    states.timers[0, 1, FROZEN] = 1
    assert is_legal(game, states, 1, move=ADJACENT)


def test_lower_magic_casts_lower_ice_and_none_at_all_below_58():
    for magic, ticks in ((94, 32), (93, 24), (81, 16), (69, 8)):
        game, states = fight(distance=4)
        able(states)
        sure_to_hit(states)
        states.levels[0, 0, MAGIC] = magic
        play(game, states, choice(mage=ICE))
        assert states.timers[0, 1, FROZEN] == ticks
    game, states = fight()
    able(states)
    states.levels[0, 0, MAGIC] = 57
    assert not is_legal(game, states, 0, mage=ICE)


def test_blood_heals_a_quarter_of_its_damage_and_is_for_the_wounded():
    game, states = fight(distance=4)
    able(states)
    sure_to_hit(states)
    assert not is_legal(game, states, 0, mage=BLOOD)
    states.hitpoints[0, 0] = 50
    play(game, states, choice(mage=BLOOD), choice(pray=MELEE))
    (damage,) = flying(states, 1)
    assert damage > 3
    assert states.hitpoints[0, 0] == 50 + damage // 4
