"""What a fight is worth before its end, and that thinking a tick ahead by it beats who doesn't."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.games.nh_fight.evaluation import evaluate
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


def points(opponent, simulations, matches):
    game = load_game("nh_fight")
    players = [load(f"mcts:simulations={simulations}", game, seed=1), load(opponent, game, seed=2)]
    return np.array(play_duel(game, players, ["mcts", opponent], matches, seed=5).tally().wins)


def test_a_short_look_ahead_beats_the_novice():
    wins, losses = points("scripted:novice", 50, 8)
    assert wins >= 5
    assert losses <= 1


@pytest.mark.nightly
def test_a_longer_look_ahead_beats_the_switcher():
    wins, losses = points("scripted:switcher", 800, 40)
    assert wins > losses
