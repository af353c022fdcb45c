"""Known numbers of lines of play, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game, perft
from sparring.errors import SparringError


def test_connect_four_has_the_known_numbers_of_lines():
    counts = perft(load_game("connect_four"), 8)
    assert counts.lines == [1, 7, 49, 343, 2401, 16807, 117649, 823536, 5673234]
    assert counts.finished[:7] == [0] * 7


def test_tic_tac_toe_has_255168_matches_that_end_at_the_known_plies():
    counts = perft(load_game("tic_tac_toe"), 9)
    assert sum(counts.lines) == 549946
    assert counts.finished == [0, 0, 0, 0, 0, 1440, 5328, 47952, 72576, 127872]
    assert sum(counts.finished) == 255168


def test_lines_are_the_same_interpreted():
    assert perft(load_game("tic_tac_toe", compiled=False), 5) == perft(load_game("tic_tac_toe"), 5)


def test_counting_starts_from_any_position_and_leaves_it_alone():
    game = load_game("connect_four")
    states = game.new_states([1])
    for action in (0, 1, 0, 1, 0, 1):
        game.play(states, np.array([action]))
    before = states.tobytes()
    counts = perft(game, 2, states[0])
    assert (counts.lines, counts.finished) == ([1, 7, 42], [0, 1, 5])
    assert states.tobytes() == before


def test_nothing_follows_a_finished_match():
    game = load_game("connect_four")
    states = game.new_states([1])
    for action in (0, 1, 0, 1, 0, 1, 0):
        game.play(states, np.array([action]))
    assert perft(game, 3, states[0]).lines == [1, 0, 0, 0]


def test_lines_of_a_simultaneous_game_are_refused_with_a_sentence():
    with pytest.raises(SparringError, match="simultaneous"):
        perft(load_game("rock_paper_scissors"), 2)
