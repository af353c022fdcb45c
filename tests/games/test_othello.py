"""Othello: published counts of lines, an independent search for what is enclosed, and the symmetries of the board."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import Game, load_game, perft
from sparring.games.othello.evaluation import evaluate

SIZES = [4, 6, 8, 10]
LINES = [1, 4, 12, 56, 244, 1396, 8200, 55092, 390216, 3005288, 24571284]
"""Aart Bik, "Computing Deep Perft and Divide Numbers for Checkers" and Othello pages; a pass counts as a ply."""


def position(game: Game, seed: int, plies: int):
    """The position [1] after up to ``plies`` random plies."""
    states, random = game.new_states([seed]), np.random.default_rng(seed)
    for _ in range(plies):
        if states.over[0]:
            break
        game.play(states, random.choice(np.flatnonzero(game.legal(states, states.seat)[0]), 1))
    return states


def turned(board: np.ndarray, row: int, column: int, mine: int) -> set[tuple[int, int]]:
    """What a disc turns, by cutting each of the eight rays into text."""
    found: set[tuple[int, int]] = set()
    for down, right in set(product((-1, 0, 1), repeat=2)) - {(0, 0)}:
        ray = [(row + i * down, column + i * right) for i in range(1, len(board))]
        ray = [cell for cell in ray if min(cell) >= 0 and max(cell) < len(board)]
        discs = "".join(".mt"[0 if not board[c] else 1 if board[c] == mine else 2] for c in ray)
        theirs = len(discs) - len(discs.lstrip("t"))
        if theirs and discs[theirs : theirs + 1] == "m":
            found.update(ray[:theirs])
    return found


def test_lines_are_as_many_as_published():
    assert perft(load_game("othello"), 8).lines == LINES[:9]


@pytest.mark.nightly
def test_lines_are_as_many_as_published_to_depth_10():
    assert perft(load_game("othello"), 10).lines == LINES


@pytest.mark.parametrize("size", SIZES)
def test_legal_cells_discs_turned_and_the_winner_agree_with_an_independent_search(size):
    game = load_game("othello", {"size": size})
    passes = 0
    for seed in range(12):
        states, random = game.new_states([seed]), np.random.default_rng(seed)
        while not states.over[0]:
            board, mine = states.board[0].copy(), int(states.seat[0]) + 1
            free = [cell for cell in product(range(size), repeat=2) if not board[cell]]
            gains = {cell: turned(board, *cell, mine) for cell in free}
            expected = [row * size + column for (row, column), gain in gains.items() if gain] or [size * size]
            legal = np.flatnonzero(game.legal(states, states.seat)[0])
            assert legal.tolist() == expected
            action = int(random.choice(legal))
            game.play(states, np.array([action]))
            for cell in gains.get(divmod(action, size), ()):
                board[cell] = mine
            if action < size * size:
                board[divmod(action, size)] = mine
            else:
                passes += 1
            assert (states.board[0] == board).all()
        first, second = ((states.board[0] == seat + 1).sum() for seat in range(2))
        assert int(states.winner[0]) == (-1 if first == second else int(second > first))
    assert passes > 0


@pytest.mark.parametrize("size", SIZES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(0, 100), turns=st.integers(0, 3), flip=st.booleans())
def test_turned_and_mirrored_boards_play_alike(size, seed, plies, turns, flip):
    game = load_game("othello", {"size": size})
    here = position(game, seed, plies)
    there = here.copy()

    def moved(cells):
        cells = np.rot90(cells, turns)
        return cells[:, ::-1] if flip else cells

    there.board[0] = moved(here.board[0])
    if here.over[0]:
        return
    cells = np.arange(size * size).reshape(size, size)
    goes_to = np.empty(size * size, int)
    goes_to[moved(cells).ravel()] = cells.ravel()
    legal = np.flatnonzero(game.legal(here, here.seat)[0])
    passing = legal[0] == size * size
    other = legal if passing else goes_to[legal]
    assert sorted(other) == np.flatnonzero(game.legal(there, there.seat)[0]).tolist()
    rewards = [game.play(here, legal[:1]).tolist(), game.play(there, other[:1]).tolist()]
    assert rewards[0] == rewards[1]
    assert (there.board[0] == moved(here.board[0])).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(0, 60))
def test_colours_swapped_play_alike_and_are_judged_alike(seed, plies):
    game = load_game("othello")
    here = position(game, seed, plies)
    there = here.copy()
    there["board"] = np.array([0, 2, 1], np.int8)[here["board"]]
    there["seat"] = 1 - here["seat"]
    assert (game.legal(here, here.seat) == game.legal(there, there.seat)).all()
    for seat in range(2):
        assert (game.observe(here, [seat]) == game.observe(there, [1 - seat])).all()
        assert evaluate(here[0], seat) == evaluate(there[0], 1 - seat)
        assert evaluate(here[0], seat) == -evaluate(here[0], 1 - seat)


def test_a_corner_is_worth_much_and_a_disc_that_gives_one_away_little():
    state = load_game("othello").new_states([1])[0]
    even = evaluate(state, 0)
    state.board[0, 0] = 1
    assert evaluate(state, 0) > even + 0.1
    state.board[0, 0], state.board[1, 1] = 0, 1
    assert evaluate(state, 0) < even


def test_one_may_pass_only_when_stuck_and_two_passes_never_follow_each_other():
    game = load_game("othello", {"size": 6})
    passes = 0
    for seed in range(200):
        states, random, passed = game.new_states([seed]), np.random.default_rng(seed), False
        while not states.over[0]:
            legal = np.flatnonzero(game.legal(states, states.seat)[0])
            stuck = legal.tolist() == [36]
            assert stuck or 36 not in legal
            assert not (stuck and passed)
            passed, passes = stuck, passes + stuck
            game.play(states, random.choice(legal, 1))
    assert passes > 20
