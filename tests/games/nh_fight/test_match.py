"""How fights begin, who has priority, how they end and what they are worth."""

from __future__ import annotations

import pytest

from sparring.engine import load_game
from sparring.games.nh_fight import loadouts, upkeep
from sparring.games.nh_fight.formulas import MAGE
from sparring.games.nh_fight.loadouts import ATTACK, BREW, DEFENCE, FOOD, KARAMBWAN, MAGIC, RANGE, RESTORE, STRENGTH
from sparring.games.nh_fight.upkeep import FROZEN
from tests.games.nh_fight.ring import ICE, able, choice, fight, hit_now, play, sure_to_hit


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
