"""The NH fight, tick by tick: timers, supplies, prayers, attacks, specials, hits on their way, and how it ends."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.errors import IllegalAction
from sparring.games.nh_fight import choices, loadouts, upkeep
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED, REDEMPTION, SMITE
from sparring.games.nh_fight.loadouts import ATTACK, BREW, DEFENCE, FOOD, KARAMBWAN, MAGIC, RANGE, RESTORE, STRENGTH
from sparring.games.nh_fight.movement import ADJACENT, DIAGONAL, FARCAST, UNDER
from sparring.games.nh_fight.upkeep import ATTACKING, FROZEN, IMMUNE

HEADS = {
    "style": choices.STYLE,
    "mage": choices.MAGE_KIND,
    "ranged": choices.RANGED_KIND,
    "melee": choices.MELEE_KIND,
    "potion": choices.POTION,
    "eat": choices.EAT,
    "karambwan": choices.EAT_KARAMBWAN,
    "avenge": choices.AVENGE,
    "gear": choices.GEAR,
    "move": choices.MOVEMENT,
    "far": choices.FAR,
    "pray": choices.PRAY,
}
BASIC, SPECIAL = 1, 2
ICE, BLOOD, VOLATILE = 1, 2, 3
BUSY = 100  # an attack timer that keeps a fighter from having to attack


def choice(**chosen):
    """One action; the style follows from its kind, and the prayer is mage unless something else is said."""
    action = [0] * 12
    for name, value in {"pray": MAGE, **chosen}.items():
        action[HEADS[name]] = value
        if name in ("mage", "ranged", "melee"):
            action[choices.STYLE] = {"mage": MAGE, "ranged": RANGED, "melee": MELEE}[name]
    return action


def fight(distance=1, seed=1, priority=0, **options):
    """Two fighters that need not attack, on one line, the first with priority; the next change of it is far away."""
    game = load_game("nh_fight", options)
    states = game.new_states([seed])
    states.place[0] = [[0, 0], [distance, 0]]
    states.priority, states.priority_ticks = priority, 30000
    states.timers[0, :, ATTACKING] = BUSY
    return game, states


def play(game, states, first=None, second=None):
    return game.play(states, np.array([[first or choice(), second or choice()]]))[0]


def is_legal(game, states, seat, **chosen):
    try:
        game.check_action(states[0], choice(**chosen), seat)
    except IllegalAction:
        return False
    return True


def able(states, seat=0):
    states.timers[0, seat, ATTACKING] = 0


def sure_to_hit(states, seat=0):
    states.gear[0, 1 - seat, :, 2:5] = -64  # no defence: the other rolls 0


def sure_to_miss(states, seat=0):
    states.levels[0, 1 - seat, [DEFENCE, MAGIC]] = 2000


def flying(states, seat):
    return states.flying[0, seat, : states.hits[0, seat], 0].tolist()


# Timers and supplies


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


# Prayers


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


def hit_now(states, seat, *damages, smites=0):
    for place, damage in enumerate(damages):
        states.flying[0, seat, place] = [damage, 0, smites, 0]
    states.hits[0, seat] = len(damages)


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


# Attacks


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


# Special attacks


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


# Magic


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


# Where one stands


def test_nobody_attacks_from_the_same_tile_and_melee_not_diagonally():
    for place, in_reach in (([1, 0], True), ([0, -1], True), ([1, 1], False), ([2, 0], False), ([0, 0], False)):
        game, states = fight()
        able(states)
        states.place[0, 1] = place
        states.timers[0, 0, FROZEN] = 10
        assert is_legal(game, states, 0, melee=BASIC) == in_reach
        assert is_legal(game, states, 0, mage=ICE) == (place != [0, 0])
        states.timers[0, 0, FROZEN] = 0
        assert is_legal(game, states, 0, melee=BASIC), "who is free walks there"


def test_attackers_walk_two_tiles_towards_their_reach():
    for distance, place, attacked in ((3, 2, True), (4, 2, False)):
        game, states = fight(distance=distance)
        able(states)
        play(game, states, choice(melee=BASIC))
        assert states.place[0, 0].tolist() == [place, 0]
        assert (states.attacked[0, 0] == MELEE) == attacked
    game, states = fight(distance=9)
    able(states)
    play(game, states, choice(ranged=BASIC))
    assert states.place[0, 0].tolist() == [2, 0]
    assert states.attacked[0, 0] == RANGED


def test_movements_go_where_they_say_two_tiles_a_tick():
    for move, far, start, end in (
        (ADJACENT, 0, [-4, 1], [-2, 0]),
        (ADJACENT, 0, [-2, 1], [-1, 0]),
        (DIAGONAL, 0, [-2, 0], [-1, 1]),
        (FARCAST, 4, [-1, 0], [-3, 0]),
        (FARCAST, 2, [-4, 3], [-2, 2]),
        (FARCAST, 2, [1, -1], [2, -1]),
    ):
        game, states = fight()
        states.place[0] = [start, [0, 0]]
        play(game, states, choice(move=move, far=max(far - 1, 0)))
        assert states.place[0, 0].tolist() == end, (move, far, start)


def test_under_is_only_for_a_frozen_opponent_and_distances_only_for_farcasts():
    game, states = fight()
    assert not is_legal(game, states, 0, move=UNDER)
    states.timers[0, 1, FROZEN] = 5
    assert is_legal(game, states, 0, move=UNDER)
    play(game, states, choice(move=UNDER))
    assert (states.place[0, 0] == states.place[0, 1]).all()
    assert is_legal(game, states, 0, move=FARCAST, far=6)
    assert not is_legal(game, states, 0, move=FARCAST)
    assert not is_legal(game, states, 0, move=ADJACENT, far=1)


def test_who_could_attack_does_not_move_unless_that_is_allowed_and_then_it_cancels_the_attack():
    game, states = fight()
    able(states)
    assert not is_legal(game, states, 0, melee=BASIC, move=DIAGONAL)
    game, states = fight(move_while_able=True)
    able(states)
    assert is_legal(game, states, 0, melee=BASIC, move=DIAGONAL)
    play(game, states, choice(melee=BASIC, move=DIAGONAL))
    assert states.attacked[0, 0] == 0
    assert states.place[0, 0].tolist() == [0, 1]


def test_tank_gear_is_for_who_does_not_attack_while_the_opponent_may():
    game, states = fight()
    assert not is_legal(game, states, 0, gear=1)
    able(states, 1)
    assert is_legal(game, states, 0, gear=1)
    play(game, states, choice(gear=1), choice(mage=ICE))
    assert states.worn[0].tolist() == [loadouts.TANK, MAGE]
    able(states, 0)
    able(states, 1)
    assert not is_legal(game, states, 0, gear=1, mage=ICE)


# The match


def test_they_start_within_5_tiles_on_different_ones():
    states = load_game("nh_fight").new_states(range(3000))
    offsets = states.place[:, 1] - states.place[:, 0]
    assert abs(offsets).max() == 5
    assert abs(offsets).max(axis=1).min() == 1
    assert len({tuple(offset) for offset in offsets.tolist()}) == 120


def test_priority_is_drawn_again_every_40_to_60_ticks():
    game = load_game("nh_fight")
    states = game.new_states(range(2000))
    assert 0.45 < states.priority.mean() < 0.55
    assert (states.priority_ticks.min(), states.priority_ticks.max()) == (40, 60)
    game, states = fight()
    states.priority_ticks = 1
    play(game, states)
    assert 40 <= states.priority_ticks[0] <= 60


def test_who_kills_has_won_and_two_who_die_in_a_tick_have_tied():
    game, states = fight(fight="arena")
    hit_now(states, 1, 99)
    assert play(game, states).tolist() == [1.0, -1.0]
    assert states.over[0]
    game, states = fight(fight="arena")
    hit_now(states, 0, 99)
    hit_now(states, 1, 120)
    assert play(game, states).tolist() == pytest.approx([-0.2, -0.2])
    assert states.winner[0] == 2


def test_without_a_death_match_it_is_a_tie_once_either_has_no_food():
    for death_match in (True, False):
        game, states = fight(death_match=death_match)
        states.hitpoints[0, 1] = 50
        states.supplies[0, 1, [FOOD, KARAMBWAN]] = [1, 0]
        play(game, states)
        assert not states.over[0]
        rewards = play(game, states, second=choice(eat=1))
        assert states.over[0] == (not death_match)
        assert rewards.tolist() == pytest.approx([0, 0] if death_match else [-0.2, -0.2])


def test_at_the_limit_it_is_a_tie():
    game, states = fight(limit=10)
    for _ in range(9):
        play(game, states)
    assert not states.over[0]
    play(game, states)
    assert states.over[0]
    assert states.winner[0] == 2


def test_shaping_rewards_damage_freezes_and_prayers_and_is_off_by_default():
    for shaping in (False, True):
        game, states = fight(fight="arena", shaping=shaping)
        states.overhead[0] = MAGE
        hit_now(states, 1, 33)
        rewards = play(game, states)
        assert rewards.tolist() == pytest.approx([0.2 / 3, -0.2 / 3] if shaping else [0, 0])
    game, states = fight(distance=4, shaping=True)
    able(states)
    sure_to_hit(states)
    rewards = play(game, states, choice(mage=ICE), choice(pray=MAGE))
    assert rewards.tolist() == pytest.approx([0.001 - 0.01, 0.01 - 0.001])
    states.hits[0] = 0
    states.hitpoints[0, 0] = 90
    rewards = play(game, states, choice(eat=1))
    assert rewards[0] == pytest.approx(0.2 * 22 / 99 + 0.001)
    states.timers[0, 0, 1:] = 0
    rewards = play(game, states, choice(eat=1))
    assert rewards[0] == pytest.approx(0.2 * 9 / 99 + 0.001 - 13 * 0.001)
    states.timers[0, 1, FROZEN] = 0
    rewards = play(game, states, second=choice(potion=1))
    assert rewards[1] == pytest.approx(0.2 * 16 / 99 - 4 * 11 * 0.001)


@pytest.mark.parametrize("build", loadouts.BUILDS)
def test_builds_have_their_levels(build):
    levels = {"pure": (60, 99, 1, 52), "zerker": (60, 99, 45, 55), "medium": (75, 99, 70, 77), "maxed": (99,) * 4}
    levels |= {"arena_pure": (75, 99, 1, 99), "arena_zerker": (75, 99, 45, 99), "arena_maxed": (99, 99, 75, 99)}
    _, states = fight(build=build)
    for seat in range(2):
        bases = states.bases[0, seat]
        assert tuple(bases[[ATTACK, STRENGTH, DEFENCE, 5]].tolist()) == levels[build]
        assert bases[[RANGE, MAGIC, 6]].tolist() == [99, 99, 99]


def test_random_builds_and_gear_give_everything_that_the_levels_allow():
    game = load_game("nh_fight", {"random_builds": True, "random_gear": True})
    states = game.new_states(range(1500))
    assert len({tuple(bases) for bases in states.bases.reshape(-1, 7).tolist()}) == 7
    worn = set(states.weapons.ravel().tolist())
    assert worn == set(range(-1, len(loadouts.WEAPONS)))
    assert set(states.bolts.ravel().tolist()) == {1, 2, 3}
    needs = loadouts.TABLE[states.weapons[:, :, 2], loadouts.NEEDS]
    assert (needs <= states.bases[:, :, ATTACK, None]).all()
    assert 0.2 < states.lunar.mean() < 0.3
    assert (states.ancient + states.lunar == 1).all()


def test_upkeep_of_timers_never_goes_below_nothing():
    game, states = fight()
    play(game, states)
    assert (states.timers[0, :, 1:] == 0).all()
    assert upkeep.VENGEANCE_COOLDOWN == 50
    assert states.supplies[0, 0, [BREW, RESTORE]].tolist() == [20, 12]
