"""What a fight is worth before its end, and that thinking a tick ahead by it beats who doesn't."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.player import Turn
from sparring.engine import load_game
from sparring.games.nh_fight.choices import EAT, EAT_KARAMBWAN, POTION
from sparring.games.nh_fight.evaluation import evaluate
from sparring.games.nh_fight.formulas import MAGE
from sparring.games.nh_fight.loadouts import BREW, FOOD, KARAMBWAN
from sparring.games.nh_fight.upkeep import EATING
from sparring.matches import play_duel
from tests.games.nh_fight.ring import choice, fight, play


def after(hitpoints, **chosen):
    """What it is worth for a fighter with so many hitpoints to do something."""
    game, states = fight(fight="arena")
    states.hitpoints[0, 0], states.timers[0, 0, EATING] = hitpoints, 0
    play(game, states, choice(**chosen))
    return evaluate(states[0], 0)


@pytest.mark.parametrize("chosen", [{"eat": 1}, {"karambwan": 1}, {"potion": 1}], ids=str)
def test_supplies_are_for_the_hurt(chosen):
    assert after(15, **chosen) > after(15)
    assert after(75, **chosen) < after(75)


def test_it_counts_damage_at_once_and_never_as_much_as_a_win():
    _, states = fight()
    before = evaluate(states[0], 0), evaluate(states[0], 1)
    states.flying[0, 1, 0, 0], states.hits[0, 1] = 30, 1
    assert evaluate(states[0], 0) > before[0]
    assert evaluate(states[0], 1) < before[1]
    states.supplies[0, 0], states.dealt[0, 0] = 500, 5000
    assert evaluate(states[0], 0) == 0.95


def test_what_the_other_has_in_its_pack_is_no_part_of_it():
    _, states = fight()
    before = evaluate(states[0], 0)
    states.supplies[0, 1, [FOOD, KARAMBWAN, BREW]] = 0
    assert evaluate(states[0], 0) == before


def meals(hitpoints):
    """How often of 12 times mcts eats or drinks something that heals, with 100 simulations."""
    game = load_game("nh_fight", compiled=False)
    states = np.repeat(fight()[1], 12)
    states.hitpoints[:, 0], states.seen_hitpoints[:, 0] = hitpoints, hitpoints
    states.ply, states.overhead = 1, MAGE
    masks = game.legal(states, np.zeros(12, np.int8))
    player = load("mcts:simulations=100", game, seed=1)
    lanes, seats = np.arange(12), np.zeros(12, np.int8)
    player.begin(lanes, seats, lanes.astype(np.uint64))
    seen = game.observe(states, seats)
    actions = np.array(player.act(Turn(lanes, seats, seen, masks, np.zeros(12, np.float32), states)).actions)
    return int(((actions[:, [EAT, EAT_KARAMBWAN]] > 0).any(axis=1) | (actions[:, POTION] == 1)).sum())


def test_who_thinks_a_tick_ahead_eats_when_it_is_hurt():
    assert meals(12) >= 11
    assert meals(95) <= 6


def points(opponent, simulations, matches):
    game = load_game("nh_fight")
    players = [load(f"mcts:simulations={simulations}", game, seed=1), load(opponent, game, seed=2)]
    return np.array(play_duel(game, players, ["mcts", opponent], matches, seed=5).tally().wins)


@pytest.mark.nightly
def test_a_short_look_ahead_beats_the_novice():
    wins, losses = points("scripted:novice", 50, 8)
    assert wins >= 5
    assert losses <= 1


@pytest.mark.nightly
def test_a_longer_look_ahead_beats_the_switcher():
    wins, losses = points("scripted:switcher", 800, 20)
    assert wins > losses
