"""What the seats of the NH fight see, what is hidden from them, and what random fighters run into."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sparring.games.nh_fight
from sparring.engine import Batch, load_game
from sparring.games.nh_fight.formulas import MELEE
from sparring.games.nh_fight.observation import FEATURES
from sparring.games.nh_fight.upkeep import ATTACKING, AVENGING, DRINKING, EATING, FROZEN, IMMUNE, KARAMBWANS

NAMES = [name for name, *_ in FEATURES]
LOW, HIGH = (np.array([feature[column] for feature in FEATURES]) for column in (1, 2))
HIDDEN, CONSTANT = (np.array([feature[column] for feature in FEATURES]) for column in (3, 4))
MIXED = {"random_builds": True, "random_gear": True}


def played(options, ticks, seed=1, size=32):
    batch = Batch(load_game("nh_fight", options), size, seed)
    for _ in range(ticks):
        batch.step(batch.random_actions())
    return batch


def seen(game, states, seat):
    seats = np.full(len(states), seat, np.int8)
    return game.observe(states, seats), game.legal(states, seats)


def test_features_have_names_of_their_own_and_are_about_half_hidden():
    assert len(set(NAMES)) == len(NAMES) == load_game("nh_fight").observation_shape[0] == 178
    assert 0.35 < HIDDEN.mean() < 0.55
    assert not (CONSTANT & np.array([name.startswith("own timer") for name in NAMES])).any()


def test_named_features_are_where_the_list_says():
    game = load_game("nh_fight", {"fight": "arena"})
    states = game.new_states([1])
    state = states[0]
    state.place[:] = [[0, 0], [3, 1]]
    state.hitpoints[:] = [33, 66]
    state.seen_hitpoints[:] = [99, 88]
    state.prayer[0], state.overhead[1], state.energy[1], state.worn[1] = 11, MELEE, 40, 2
    state.timers[0, [ATTACKING, EATING, DRINKING, KARAMBWANS, AVENGING, FROZEN, IMMUNE]] = [4, 3, 2, 1, 25, 16, 21]
    state.supplies[0] = [1, 3, 5, 6, 4, 2]
    state.levels[0, 0] = 88
    state.shown[:] = [[9, -1], [5, 6]]
    state.dealt[:] = [30, 20]
    state.priority = 0
    own = dict(zip(NAMES, game.observe(states, [0])[0].tolist(), strict=True))
    for name, value in {
        "own hitpoints": 33 / 99,
        "opponent's hitpoints as of its last hit": 88 / 99,
        "own prayer points": 11 / 99,
        "opponent's prayer: protect from melee": 1,
        "opponent's special energy": 0.4,
        "opponent's gear: ranged": 1,
        "own supplies: food": 0.2,
        "own supplies: doses of ranging": 0.5,
        "own timer: attack": 0.5,
        "own timer: food": 1,
        "own timer: vengeance": 0.5,
        "ticks: own freeze": 0.5,
        "ticks: opponent's freeze": 0,
        "ticks: own immunity": 21 / 32,
        "own level: attack": 88 / 99,
        "hitpoints lost in the last tick: own": 9 / 99,
        "hitpoints lost in the last tick: opponent's": 11 / 99,
        "own priority": 1,
        "distance: tiles": 3 / 7,
        "distance: tiles along the shorter side": 1 / 7,
        "damage dealt to damage received": 1.5,
        "own base level: hitpoints": 1,
        "own special: claws": 1,
        "own special: zaryte bow": 1,
        "own special: volatile staff": 1,
        "own special: dark bow": 0,
        "own bolts: diamond": 1,
        "own loadout: ring of recoil": 0,
        "own bonus: attack in mage gear": 1.03,
        "own bonus: defence against melee in tank gear": 2.4,
        "own range of the ranged weapon": 0.7,
        "opponent's bonus as last seen: defence against mage in tank gear": 0.95,
        "opponent's bonus as last seen: attack in melee gear": 0,
        "fight: arena": 1,
        "mode: death match": 1,
        "share of the ticks left": 1,
        "may attack: melee": 0,
        "may attack: volatile": 0,
    }.items():
        assert own[name] == pytest.approx(value, abs=1e-6), name


def test_own_and_opponents_features_mirror_each_other():
    batch = played(MIXED, 60)
    first, second = batch.observations[:, 0], batch.observations[:, 1]
    pairs = [(name, name.replace("own", "opponent's", 1)) for name in NAMES if name.startswith("own ")]
    pairs = [(NAMES.index(own), NAMES.index(others)) for own, others in pairs if others in NAMES]
    assert len(pairs) > 25
    for own, others in pairs:
        assert (first[:, own] == second[:, others]).all()
        assert (second[:, own] == first[:, others]).all()


@pytest.mark.parametrize("options", [{}, MIXED, {"fight": "arena", "build": "pure", "limit": 150}], ids=str)
def test_numbers_stay_in_their_ranges_and_constants_change_only_with_the_match(options):
    batch = played(options, 0, size=64)
    before = batch.observations.copy()
    for _ in range(300):
        batch.step(batch.random_actions())
        assert (batch.observations >= LOW - 1e-6).all(), [NAMES[i] for i in np.argwhere(batch.observations < LOW)[:, 2]]
        assert (batch.observations <= HIGH).all(), [NAMES[i] for i in np.argwhere(batch.observations > HIGH)[:, 2]]
        going_on = ~batch.over
        assert (batch.observations[going_on][..., CONSTANT] == before[going_on][..., CONSTANT]).all()
        before = batch.observations.copy()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), ticks=st.integers(0, 80), data=st.integers(0, 2**32))
def test_what_is_hidden_changes_nothing_that_the_opponent_sees_or_may_do(seed, ticks, data):
    batch = played(MIXED, ticks, seed, size=8)
    game, states = batch.game, batch.states.view(np.recarray)
    random = np.random.default_rng(data)
    for seat in range(2):
        changed = states.copy()
        other = 1 - seat
        changed.hitpoints[:, other] = random.integers(1, 121, 8)
        changed.prayer[:, other] = random.integers(1, 99, 8)
        changed.supplies[:, other] = random.integers(0, 20, (8, 6))
        changed.stock[:, other] = 20
        changed.levels[:, other] = random.integers(0, 120, (8, 5))
        changed.bases[:, other, :6] = random.integers(1, 100, (8, 6))
        changed.timers[:, other, [EATING, DRINKING, KARAMBWANS, AVENGING]] = random.integers(0, 4, (8, 4))
        changed.weapons[:, other, :, 1] = random.integers(-1, 20, (8, 3))
        changed.bolts[:, other] = random.integers(0, 4, 8)
        changed.ancient[:, other] ^= 1
        changed.lunar[:, other] ^= 1
        changed.recoil[:, other] ^= 1
        changed.gear[:, other] = random.integers(0, 300, (8, 4, 6))
        changed.flying[:, seat, :, 0] = random.integers(0, 50, (8, 16))
        changed.drain[:, other] = 0.5
        changed.random[:] = random.integers(0, 2**32, (8, 2))
        changed.priority_ticks = 7
        for own, others in zip(seen(game, states, seat), seen(game, changed, seat), strict=True):
            assert (own == others).all()
        assert (seen(game, states, other)[0] != seen(game, changed, other)[0]).any(axis=1).all(), "its owner sees it"


def swapped(game, states):
    """The same fight with the seats changed."""
    turned = states.copy()
    for name in game.state_dtype.names:
        if name != "random" and game.state_dtype[name].shape[:1] == (2,):
            turned[name] = states[name][:, ::-1]
    turned["priority"] = 1 - states["priority"]
    turned["winner"] = np.array([1, 0, 2, -1])[states["winner"]]
    return turned


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_with_seats_swapped_it_is_the_same_fight(seed):
    game = load_game("nh_fight", {"shaping": True, **MIXED})
    states = game.new_states([seed])
    states.priority_ticks = 30000  # who is next would be drawn by the same lot in both
    mirrored = swapped(game, states)
    random = np.random.default_rng(seed)
    for _ in range(100):
        if states.over[0]:
            break
        masks = np.stack([game.legal(states, [seat])[0] for seat in range(2)])
        actions = game.random_actions(masks, random)[None]
        rewards = game.play(states, actions)
        mirrored_rewards = game.play(mirrored, actions[:, ::-1].copy())
        assert np.allclose(rewards, mirrored_rewards[:, ::-1], atol=1e-7)  # shaping adds up in another order
        turned = swapped(game, states)
        turned.shaped = mirrored.shaped
        for name in game.state_dtype.names:
            assert (turned[name] == mirrored[name]).all(), name


@pytest.mark.parametrize(
    "options",
    [{}, {**MIXED, "death_match": False}, {"fight": "arena", "move_while_able": True, "pray_when_attacking": True}],
    ids=str,
)
def test_random_fighters_always_find_something_legal_for_every_head(options):
    game = load_game("nh_fight", {"limit": 300, **options})
    batch = Batch(game, 256, seed=5)
    heads = np.cumsum([0, *game.heads])
    ended = 0
    for _ in range(400):
        for begin, end in pairwise(heads):
            assert batch.masks[..., begin:end].any(axis=-1).all()
        batch.step(batch.random_actions())  # raises IllegalAction if one of them is not legal
        ended += int(batch.over.sum())
        states = batch.states
        assert (states["supplies"] >= 0).all()
        assert (states["supplies"] <= states["stock"]).all()
        assert (states["energy"] >= 0).all()
        assert (states["energy"] <= 100).all()
        assert (states["prayer"] >= 0).all()
        assert (states["levels"] >= 0).all()
        assert (states["hitpoints"] > 0).all()
        assert (states["hits"] <= 16).all()
    assert ended >= 256


@pytest.mark.parametrize("options", [{}, MIXED, {"fight": "arena", "build": "zerker", "shaping": True}], ids=str)
def test_interpreted_and_compiled_fights_have_the_same_bytes(options):
    batches = [Batch(load_game("nh_fight", options, compiled=compiled), 2, seed=3) for compiled in (False, True)]
    for _ in range(120):
        actions = batches[0].random_actions()
        for batch in batches:
            batch.step(actions)
        for name in ("states", "observations", "masks", "rewards", "over"):
            interpreted, compiled = (getattr(batch, name).tobytes() for batch in batches)
            assert interpreted == compiled, name


def test_the_page_for_players_lists_every_feature():
    page = (Path(sparring.games.nh_fight.__file__).parent / "README.md").read_text()
    for number, (name, low, high, hidden, constant) in enumerate(FEATURES):
        marks = f"{'yes' if hidden else ''} | {'yes' if constant else ''}"
        assert f"| {number} | {name} | {low:g} | {high:g} | {marks} |" in page
