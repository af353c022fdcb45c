"""Connect Four against a scan of the whole board that shares nothing with the rules."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import Game, load_game

SIZES = [{}, {"rows": 4, "columns": 5, "connect": 3}, {"rows": 8, "columns": 5, "connect": 4}, {"connect": 5}]


def has_line(stones: np.ndarray, connect: int) -> bool:
    """Whether there is a line in ``stones: bool [rows, columns]``, by shifting the board over itself."""
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        line = np.pad(stones, connect)
        for step in range(1, connect):
            line = line & np.roll(np.pad(stones, connect), (-step * down, -step * right), (0, 1))
        if line.any():
            return True
    return False


def play_randomly(game: Game, seed: int):
    """Every position of one match."""
    states, random = game.new_states([seed]), np.random.default_rng(seed)
    while not states.over[0]:
        game.play(states, np.array([random.choice(np.flatnonzero(game.legal(states, states.seat)[0]))]))
        yield states[0]


@pytest.mark.parametrize("options", SIZES, ids=lambda value: str(value))
def test_a_match_is_won_as_soon_as_there_is_a_line_and_never_without(options):
    game = load_game("connect_four", options)
    winners = []
    for seed in range(50):
        for state in play_randomly(game, seed):
            lines = [has_line(state.board == seat + 1, game.options["connect"]) for seat in range(2)]
            assert lines == [state.winner == 0, state.winner == 1]
            assert state.over == (any(lines) or bool((state.board != 0).all()))
        winners.append(int(state.winner))
    assert {0, 1} <= set(winners)


@pytest.mark.parametrize("columns", [(0, 1, 1, 2, 2, 3, 2, 3, 3, 6, 3), (6, 5, 5, 4, 4, 3, 4, 3, 3, 0, 3)])
def test_rising_and_falling_diagonals_win(columns):
    game = load_game("connect_four")
    states = game.new_states([1])
    for column in columns:
        assert not states.over[0]
        rewards = game.play(states, np.array([column]))
    assert states.over[0]
    assert rewards.tolist() == [[1.0, -1.0]]


def test_stones_fall_on_each_other_and_the_observation_shows_whose_they_are():
    game = load_game("connect_four")
    states = game.new_states([1])
    for column in (3, 3, 0):
        game.play(states, np.array([column]))
    own, other = game.observe(states, [1])[0]
    assert np.argwhere(own).tolist() == [[4, 3]]
    assert np.argwhere(other).tolist() == [[5, 0], [5, 3]]
