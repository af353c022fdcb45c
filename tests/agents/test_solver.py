"""The solver: perfect play where a game is solved, a sentence where it isn't."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sparring.agents import house_agents, load
from sparring.agents.exact.connect_four import ConnectFourSolution
from sparring.agents.exact.exhaustive import ExhaustiveSolution
from sparring.agents.exact.exploitability import exploitability, tree_of
from sparring.agents.exact.kuhn import VALUE, equilibrium
from sparring.agents.exact.policies import solution
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.learning.probes import probe_for
from sparring.matches import play_duel


def duel(name, opponent, matches, seed=1, options=None):
    game = load_game(name, options)
    players = [load("solver", game, seed=seed), load(opponent, game, seed=seed + 1)]
    return play_duel(game, players, ["solver", opponent], matches=matches, seed=seed)


def greedy(policy):
    return lambda observations, masks: policy(observations, masks).argmax(axis=1)


def test_tic_tac_toe_is_never_lost_whatever_the_opponent_does():
    game = load_game("tic_tac_toe")
    policy = ExhaustiveSolution.of(game)
    probe = probe_for(game)
    chances = policy(probe.observations, probe.masks)
    assert ((chances > 0) <= probe.masks).all()
    found = probe.measure(greedy(policy))
    assert (found.value, found.details["never_loses"]) == (1.0, 1.0)


def test_the_solver_wins_tic_tac_toe_against_random_play_and_draws_with_itself():
    records = duel("tic_tac_toe", "random", 60).records
    solvers = [record.scores[record.players.index("solver")] for record in records]
    assert min(solvers) >= 0
    assert sum(solvers) > 40
    assert duel("tic_tac_toe", "solver", 20).tally().points == (20, 20)


def test_connect_four_is_played_as_well_as_can_be():
    """The labels of the probe came from the same solver, by moves from the start; here it sees what a seat sees."""
    probe = probe_for(load_game("connect_four"))
    some = np.flatnonzero(probe.plies >= 16)[::8]
    chances = ConnectFourSolution()(probe.observations[some], probe.masks[some])
    values = probe.values[some]
    best = values == values.max(axis=1, keepdims=True)
    assert (chances[~best] == 0).all()
    assert chances.sum(axis=1) == pytest.approx(1)


def test_connect_four_wins_in_the_middle_and_at_once_where_it_can():
    game = load_game("connect_four")
    policy = solution(game)
    states = game.new_states([1])
    start = policy(game.observe(states, states.seat), game.legal(states, states.seat))
    assert start[0].tolist() == [0, 0, 0, 1, 0, 0, 0]
    for column in (0, 6, 1, 6, 2, 6):
        game.play(states, np.array([column]))
    assert policy(game.observe(states, states.seat), game.legal(states, states.seat))[0, 3] == 1


def test_the_connect_four_solver_beats_minimax_from_either_seat():
    assert duel("connect_four", "minimax:depth=2", 2).tally().points == (4, 0)


@pytest.mark.parametrize("bluff", [0, 0.1, 1 / 6, 1 / 3])
def test_no_best_response_gains_anything_against_the_equilibria_of_kuhn(bluff):
    game = load_game("kuhn_poker")
    assert exploitability(game, equilibrium(bluff)) == pytest.approx(0, abs=1e-12)
    assert tree_of(game).value(equilibrium(bluff)) == pytest.approx(VALUE)


def test_more_bluffing_than_that_is_no_equilibrium():
    game = load_game("kuhn_poker")
    assert exploitability(game, lambda observations, masks: equilibrium(0.5)(observations, masks).clip(0, 1)) > 0.01


def test_the_solver_mixes_as_the_equilibrium_of_kuhn_says():
    game = load_game("kuhn_poker")
    records = duel("kuhn_poker", "solver", 6000).records
    opened = {card: [] for card in range(3)}
    for record in records:
        card = game.new_states([record.seed]).cards[0, 0]
        opened[int(card)].append(int(record.actions[0]))
    shares = [np.mean(opened[card]) for card in range(3)]
    assert shares == pytest.approx([1 / 6, 0, 1 / 2], abs=0.05)
    assert np.mean([record.scores[0] for record in records]) == pytest.approx(VALUE, abs=0.06)


def test_the_same_seeds_give_the_same_matches():
    first, second = (duel("kuhn_poker", "solver", 40, seed=3) for _ in range(2))
    assert [record.actions.tolist() for record in first.records] == [
        record.actions.tolist() for record in second.records
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [("quarto", {}), ("kuhn_poker", {"seats": 3}), ("connect_four", {"columns": 8}), ("leduc_poker", {"seats": 3})],
)
def test_what_is_not_solved_gets_a_sentence_that_names_what_is(name, options):
    game = load_game(name, options)
    with pytest.raises(SparringError, match=r"no solver for .*There is one for connect_four \(6 rows.*tic_tac_toe"):
        load("solver", game)
    assert "solver" not in dict(house_agents(game))


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "kuhn_poker"])
def test_the_solver_is_of_the_house_where_there_is_one(name):
    assert dict(house_agents(load_game(name)))["solver"] == "solver"


def test_without_its_package_connect_four_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "bitbully", None)
    monkeypatch.delitem(sys.modules, "sparring.agents.exact.connect_four")
    game = load_game("connect_four")
    with pytest.raises(SparringError, match=r"'bitbully'.*pip install 'sparring\[solver\]'"):
        load("solver", game)
    assert "solver" not in dict(house_agents(game))
