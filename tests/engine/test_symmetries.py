"""Symmetries: which each game declares, that they are some, and how a position is seen through one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import game_names, load_game
from sparring.engine.conformance.symmetries import a_match_seen_otherwise_is_a_match
from sparring.engine.conformance.trial import Trial

WAYS = {"connect_four": 2, "hex": 2, "othello": 4, "quarto": 8 * 24, "tic_tac_toe": 8}
OPTIONS = [
    ("tic_tac_toe", {}),
    ("connect_four", {"rows": 4, "columns": 5}),
    ("othello", {"size": 4}),
    ("hex", {"size": 3}),
    ("hex", {"size": 4, "swap": False}),
    ("quarto", {"squares": True}),
    ("quarto", {"variant": "classic"}),
]


def test_the_board_games_declare_their_symmetries_and_the_other_games_have_none():
    declared = {name: load_game(name, compiled=False).symmetries for name in game_names()}
    assert {name: len(ways) for name, ways in declared.items() if ways is not None} == WAYS


@pytest.mark.parametrize(("name", "options"), OPTIONS, ids=str)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_match_seen_through_a_symmetry_is_a_match_under_all_options(name, options, seed):
    """Same observations and masks, permuted, and same rewards, at every ply."""
    trial = Trial(load_game(name, options, compiled=False), 20, seed)
    assert "were matches all the same" in a_match_seen_otherwise_is_a_match(trial)


def test_in_the_mirror_the_first_column_of_connect_four_is_the_last():
    game = load_game("connect_four", compiled=False)
    symmetries, mirror = game.symmetries, np.ones(1, np.int64)
    assert symmetries is not None
    states = game.new_states([1])
    game.play(states, np.array([0]))
    seen = symmetries.observed(game.observe(states, [1]), mirror)
    assert np.argwhere(seen[0]).tolist() == [[1, 5, 6]]
    assert symmetries.called(np.array([0]), mirror).tolist() == [6]


def test_a_policy_is_seen_as_the_board_is_and_an_action_is_called_as_it_is_seen():
    """A quarter to the left takes the corner at the top right to the top left."""
    game = load_game("tic_tac_toe", compiled=False)
    symmetries = game.symmetries
    assert symmetries is not None
    policy, ways = np.tile(np.arange(9.0), (8, 1)), np.arange(8)
    seen = symmetries.by_action(policy, ways)
    assert seen[0].tolist() == policy[0].tolist()
    assert seen[1].reshape(3, 3).tolist() == [[2, 5, 8], [1, 4, 7], [0, 3, 6]]
    chosen = seen.argmax(axis=1)
    assert symmetries.called(np.full(8, 8), ways).tolist() == chosen.tolist()
    again = symmetries.by_action(policy[:2] + np.array([[0], [9]]), np.array([1, 0]), rows=np.array([1, 1]))
    assert again.tolist() == [(seen[1] + 9).tolist(), list(range(9, 18))]
