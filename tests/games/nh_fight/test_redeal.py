"""The other half of a fight, drawn anew: nobody notices, nothing contradicts what was seen, and it could all be."""

from __future__ import annotations

from collections import Counter

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import Batch, load_game
from sparring.games.nh_fight import drawing
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED, REDEMPTION, combat_boost, ranged_boost
from sparring.games.nh_fight.loadouts import ATTACK, BREW, FOOD, HITPOINTS, KARAMBWAN, PRAYER, RANGE, VOLATILE
from sparring.games.nh_fight.upkeep import ATTACKING, AVENGING, DRINKING, EATING, FROZEN, IMMUNE, KARAMBWANS

MIXED = {"random_builds": True, "random_gear": True}
FIGHTS = [
    {},
    MIXED,
    {"random_builds": True, "death_match": False},
    {"random_gear": True, "fight": "last man", "build": "medium"},
    {"fight": "arena", "build": "arena_zerker", "pray_when_attacking": True, "shaping": True},
]
every_fight = pytest.mark.parametrize("options", FIGHTS, ids=str)
HIDDEN_TIMERS = [EATING, DRINKING, KARAMBWANS, AVENGING]
OF_THE_OTHER = ("bases", "levels", "hitpoints", "prayer", "drain", "weapons", "bolts", "ancient", "lunar", "gear")
OF_THE_OTHER += ("stock", "supplies", "timers", "shaped")


def fights(options, ticks, seed=1, size=24):
    """Fights between random fighters, ``ticks`` old or less, none of them over."""
    batch = Batch(load_game("nh_fight", options), size, seed)
    for _ in range(ticks):
        batch.step(batch.random_actions())
    return batch.game, batch.states.view(np.recarray).copy()


def redealt(game, states, seat, seed=1):
    drawn = states.copy()
    drawn.random = np.random.default_rng(seed).integers(1, 2**32, (len(states), 2))
    for record in drawn:
        game.rules.redeal(record, seat)
    return drawn


def same(game, some, others):
    return all((some[name] == others[name]).all() for name in game.state_dtype.names)


def seen(game, states, seat):
    seats = np.full(len(states), seat, np.int8)
    views = [drawing.seen_by(game.view(state), seat) for state in states]
    return game.observe(states, seats).tobytes(), game.legal(states, seats).tobytes(), views


@every_fight
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), ticks=st.integers(0, 250), seat=st.integers(0, 1))
def test_nobody_sees_that_the_other_half_is_drawn_anew(options, seed, ticks, seat):
    game, states = fights(options, ticks, seed)
    drawn = redealt(game, states, seat, seed)
    assert seen(game, drawn, seat) == seen(game, states, seat)
    other = 1 - seat
    for name in set(game.state_dtype.names) - {"random", "priority_ticks", "flying"}:
        if name in OF_THE_OTHER:
            assert (drawn[name][:, seat] == states[name][:, seat]).all(), f"{name} are one's own"
        else:
            assert (drawn[name] == states[name]).all(), f"{name} can be seen"
    known = [ATTACKING, FROZEN, IMMUNE]
    assert (drawn.timers[:, other, known] == states.timers[:, other, known]).all()
    assert (drawn.flying[:, other] == states.flying[:, other]).all(), "one's own hits"
    assert (drawn.flying[:, seat, :, 1:] == states.flying[:, seat, :, 1:]).all(), "when they were sent"


@every_fight
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), ticks=st.integers(0, 250), seat=st.integers(0, 1))
def test_the_guess_goes_by_nothing_that_is_hidden(options, seed, ticks, seat):
    game, states = fights(options, ticks, seed)
    first = redealt(game, states, seat, seed=5)
    again = redealt(game, redealt(game, states, seat, seed=6), seat, seed=5)
    assert same(game, first, again)


def test_all_that_is_hidden_is_drawn():
    game, states = fights(MIXED, 60, size=64)
    drawn = redealt(game, states, 0)
    for name in set(OF_THE_OTHER) - {"shaped"}:
        assert (drawn[name][:, 1] != states[name][:, 1]).any(), name
    assert (drawn.priority_ticks != states.priority_ticks).any()
    assert (drawn.flying[:, 0] != states.flying[:, 0]).any()
    game, states = fights({"fight": "arena"}, 60, size=64)
    drawn = redealt(game, states, 0)
    for timer in HIDDEN_TIMERS:
        assert (drawn.timers[:, 1, timer] != states.timers[:, 1, timer]).any(), timer
    game, states = fights(FIGHTS[4], 60)
    assert (redealt(game, states, 0).shaped[:, 1] == 0).all()


def require_possible(states, seat):
    bases, levels, supplies = states.bases[:, seat], states.levels[:, seat], states.supplies[:, seat]
    assert (supplies >= 0).all()
    assert (supplies <= states.stock[:, seat]).all()
    assert (levels >= 0).all()
    boosts = np.array([combat_boost(base) for base in bases[:, ATTACK]])
    assert (levels[:, ATTACK] <= bases[:, ATTACK] + boosts).all()
    assert (levels[:, RANGE] <= bases[:, RANGE] + ranged_boost(99)).all()
    assert (states.hitpoints[:, seat] > 0).all()
    assert (states.hitpoints[:, seat] <= bases[:, HITPOINTS] + 22).all()
    assert (states.prayer[:, seat] <= bases[:, PRAYER]).all()
    assert ((states.prayer[:, seat] > 0) | (states.overhead[:, seat] == 0)).all()
    food, potion, karambwan = (states.timers[:, seat, timer] for timer in (EATING, DRINKING, KARAMBWANS))
    assert (food >= potion).all()
    assert (potion >= karambwan).all()
    assert (states.timers[:, seat] >= 0).all()
    assert ((states.priority_ticks > 0) & (states.priority_ticks <= 60)).all()
    eaten = supplies[:, [FOOD, KARAMBWAN]].sum(axis=1) == 0
    assert (~eaten | (states.death_match > 0)).all()
    assert (eaten | (states.overhead[:, seat] != REDEMPTION)).all()
    assert ((states.lunar[:, seat] > 0) | (states.vengeful[:, seat] == 0)).all()
    has_cast = (states.attacks[:, seat, MAGE - 1] > 0) | (states.timers[:, 1 - seat, IMMUNE] > 0)
    can_cast = (states.ancient[:, seat] > 0) | (states.weapons[:, seat, MAGE - 1, 1] == VOLATILE)
    assert (can_cast | ~has_cast).all()
    for style in (MAGE, RANGED, MELEE):
        shown = states.seen_gear[:, seat, style, 2] > 0
        assert (states.gear[shown, seat, style] == states.seen_gear[shown, seat, style]).all()


@every_fight
def test_fights_go_on_to_their_end_from_there(options):
    game, states = fights({"limit": 200, **options}, 90)
    random = np.random.default_rng(2)
    for seat in range(2):
        drawn = redealt(game, states, seat)
        require_possible(drawn, 1 - seat)
        for _ in range(200):
            going_on = drawn[~drawn.over]
            if not len(going_on):
                break
            masks = [game.legal(going_on, np.full(len(going_on), player, np.int8)) for player in range(2)]
            game.play(going_on, game.random_actions(np.stack(masks, axis=1), random))
            drawn = going_on
            alive = drawn[~drawn.over]
            assert (alive.supplies >= 0).all()
            assert (alive.levels >= 0).all()
            assert (alive.hitpoints > 0).all()
            assert (alive.hits <= 16).all()
        assert drawn.over.all()


@every_fight
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), ticks=st.integers(0, 250))
def test_what_is_drawn_could_be(options, seed, ticks):
    game, states = fights(options, ticks, seed)
    for seat in range(2):
        require_possible(redealt(game, states, seat, seed), 1 - seat)


def test_at_the_start_of_a_fight_between_equals_only_the_next_priority_is_unknown():
    game, states = fights({}, 0)
    drawn = redealt(game, states, 0)
    changed = {name for name in game.state_dtype.names if (drawn[name] != states[name]).any()}
    assert changed == {"random", "priority_ticks"}
    assert (drawn.priority_ticks.min(), drawn.priority_ticks.max()) >= (40, 50)


def test_who_was_hurt_and_lives_has_eaten():
    game, states = fights({}, 0)
    states.ply, states.overhead[:, 1] = 200, MAGE
    states.dealt[:, 0] = 300
    drawn = redealt(game, states, 0)
    used = (drawn.stock - drawn.supplies)[:, 1]
    assert (used[:, [FOOD, KARAMBWAN, BREW]] @ [22, 18, 16] > 260).all()
    assert (drawn.prayer[:, 1] < 99).any()
    states.seen_hitpoints[:, 1], states.shown[:, 1, 0] = 30, 9
    assert (redealt(game, states, 0).hitpoints[:, 1] == 30).all(), "it was hit just now"
    states.shown[:, 1, 0] = -1
    assert set(redealt(game, states, 0).hitpoints[:, 1].tolist()) > {30, 46, 48, 52}


def test_builds_and_weapons_are_drawn_as_often_as_they_have_what_was_seen():
    """Among fighters who look alike after their first attack, or without one, builds and weapons are as common."""
    game, states = fights(MIXED, 1, size=6000)
    drawn = redealt(game, states, 0)
    looks = [gear.tobytes() for gear in states.seen_gear[:, 1]]
    for look, _ in Counter(looks).most_common(8):
        alike = np.array([gear == look for gear in looks])
        for part in ("bases", "weapons", "bolts"):
            true, guessed = (Counter(row.tobytes() for row in each[alike][part][:, 1]) for each in (states, drawn))
            for what, count in true.items():
                if count > 12:
                    assert abs(count - guessed[what]) < 6 * np.sqrt(count) + 10, part
        assert len({bases.tobytes() for bases in drawn[alike].bases[:, 1]}) > 1


@every_fight
def test_compiled_it_draws_the_same(options):
    game, states = fights(options, 70)
    compiled = numba.njit(game.rules.redeal)
    interpreted = redealt(game, states, 1, seed=9)
    states.random = np.random.default_rng(9).integers(1, 2**32, (len(states), 2))
    records = states.view(np.ndarray)
    for row in range(len(records)):
        compiled(records[row], 1)
    assert same(game, states, interpreted)
