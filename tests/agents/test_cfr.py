"""CFR+ approaches an equilibrium of the poker games, judged by their whole trees."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.exact.cfr import CfrPlus
from sparring.agents.exact.exploitability import exploitability, tree_of
from sparring.agents.exact.policies import solution, uniform
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import play_duel

LEDUC_VALUE = -0.085606424078
"""To the first seat; as OpenSpiel's tests of its sequence-form program have it."""


def learned(name: str, iterations: int) -> CfrPlus:
    learner = CfrPlus(load_game(name))
    learner.iterate(iterations)
    return learner


@pytest.mark.parametrize(
    ("name", "iterations", "most", "value", "off"),
    [("kuhn_poker", 1500, 1e-4, -1 / 18, 1e-4), ("leduc_poker", 250, 0.005, LEDUC_VALUE, 0.005)],
)
def test_the_average_can_hardly_be_exploited_and_wins_what_the_game_is_worth(name, iterations, most, value, off):
    average = learned(name, iterations).average()
    assert exploitability(load_game(name), average) < most
    assert tree_of(load_game(name)).value(average) == pytest.approx(value, abs=off)


def test_more_iterations_leave_less_to_exploit():
    learner, found = CfrPlus(load_game("leduc_poker")), []
    for _ in range(3):
        learner.iterate(30)
        found.append(exploitability(load_game("leduc_poker"), learner.average()))
    assert found == sorted(found, reverse=True)
    assert learner.iterations == 90


def test_it_starts_from_chance():
    learner = CfrPlus(load_game("kuhn_poker"))
    assert exploitability(load_game("kuhn_poker"), learner.current()) == exploitability(
        load_game("kuhn_poker"), uniform
    )


def test_what_actions_bring_adds_up_to_what_the_game_is_worth():
    tree = tree_of(load_game("leduc_poker"))
    even = [allowed / allowed.sum(axis=1, keepdims=True) for allowed in tree.allowed]
    gains, reached = tree.counterfactual(even, 0)
    assert (even[0] * gains[0]).sum() / tree.deals == pytest.approx(tree.value(uniform))
    assert (reached[0] == 1.0).all()
    assert not np.concatenate([chances.ravel() for chances in tree.counterfactual(even, 1)[0][:1]]).any()


def test_the_solver_of_leduc_loses_next_to_nothing_to_anyone():
    game = load_game("leduc_poker")
    assert exploitability(game, solution(game)) < 0.001
    duel = play_duel(game, [load("solver", game, seed=1), load("random", game, seed=2)], ["solver", "random"], 2000, 3)
    assert duel.tally().scores[0] > 2000 * 0.4


def test_three_seats_have_no_tree():
    with pytest.raises(SparringError, match="with 2 seats"):
        CfrPlus(load_game("leduc_poker", {"seats": 3}))
