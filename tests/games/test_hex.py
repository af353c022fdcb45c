"""Hex: who is connected, by a search of the whole board; the swap; and the symmetries of the rhombus."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import Game, load_game, perft
from sparring.errors import IllegalAction
from sparring.games.hex.evaluation import distance, evaluate

AROUND = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, 1)]
SIZES = [3, 5, 11]


def reached(board: np.ndarray, seat: int, far: bool) -> np.ndarray:
    """The seat's stones that are connected with its first (or far) side: bool [size, size], grown to the last."""
    size = len(board)
    stones = board == seat + 1
    found = np.zeros_like(stones)
    edge = size - 1 if far else 0
    if seat == 0:
        found[edge] = stones[edge]
    else:
        found[:, edge] = stones[:, edge]
    while True:
        wide = np.pad(found, 1)
        grown = found | stones & np.any([np.roll(wide, step, (0, 1))[1:-1, 1:-1] for step in AROUND], axis=0)
        if (grown == found).all():
            return found
        found = grown


def position(game: Game, seed: int, plies: int):
    states, random = game.new_states([seed]), np.random.default_rng(seed)
    for _ in range(plies):
        if states.over[0]:
            break
        game.play(states, random.choice(np.flatnonzero(game.legal(states, states.seat)[0]), 1))
    return states


@pytest.mark.parametrize("size", SIZES)
def test_a_match_is_won_as_soon_as_two_sides_are_connected_and_never_drawn(size):
    game = load_game("hex", {"size": size})
    winners = set()
    for seed in range(12):
        states, random = game.new_states([seed]), np.random.default_rng(seed)
        while not states.over[0]:
            game.play(states, random.choice(np.flatnonzero(game.legal(states, states.seat)[0]), 1))
            board = states.board[0]
            near, far = ([reached(board, seat, side) for seat in range(2)] for side in (False, True))
            connected = [(near[seat] & far[seat]).any() for seat in range(2)]
            assert connected == [states.winner[0] == 0, states.winner[0] == 1]
            assert states.over[0] == any(connected)
            if not states.over[0]:
                assert (states.edges[0] == near[0] + near[1] + 2 * (far[0] + far[1].astype(int))).all()
        winners.add(int(states.winner[0]))
    assert winners == {0, 1}


def naive_count(board: dict, seat: int, depth: int, swap: bool, size: int) -> tuple[list[int], list[int]]:
    """Lines and finished matches by ply, with nothing but a dict of stones."""
    lines, finished = [1] + [0] * depth, [0] * (depth + 1)
    if depth == 0:
        return lines, finished
    free = [(row, column) for row in range(size) for column in range(size) if (row, column) not in board]
    nexts = [{**board, cell: seat} for cell in free]
    if swap and len(board) == 1 and seat == 1:
        nexts.append({(column, row): 1 for row, column in board})
    for after in nexts:
        lines[1] += 1
        cells = np.zeros((size, size), np.int8)
        for cell, owner in after.items():
            cells[cell] = owner + 1
        if any((reached(cells, s, False) & reached(cells, s, True)).any() for s in range(2)):
            finished[1] += 1
            continue
        below = naive_count(after, 1 - seat, depth - 1, False if len(board) else swap, size)
        lines[2:] = [a + b for a, b in zip(lines[2:], below[0][1:], strict=True)]
        finished[2:] = [a + b for a, b in zip(finished[2:], below[1][1:], strict=True)]
    return lines, finished


@pytest.mark.parametrize("swap", [False, True])
def test_lines_agree_with_an_independent_hex(swap):
    counts = perft(load_game("hex", {"size": 3, "swap": swap}), 4)
    assert (counts.lines, counts.finished) == naive_count({}, 0, 4, swap, 3)
    assert perft(load_game("hex", {"size": 3, "swap": swap}), 9).finished[:5] == [0] * 5


@pytest.mark.parametrize("swap", [False, True])
def test_the_first_player_wins_the_small_board_unless_the_second_may_swap(swap):
    game = load_game("hex", {"size": 3, "swap": swap})

    def value(states) -> int:
        """What the first player gets when both play perfectly."""
        if states.over[0]:
            return 1 if states.winner[0] == 0 else -1
        best = 1 if states.seat[0] == 0 else -1
        for action in np.flatnonzero(game.legal(states, states.seat)[0]):
            after = states.copy()
            game.play_unchecked(after, np.array([action]))
            key = (after.board.tobytes(), int(after.seat[0]), int(after.ply[0]) == 1)
            if key not in known:
                known[key] = value(after)
            if known[key] == best:
                return best
        return -best

    known: dict = {}
    assert value(game.new_states([1])) == (-1 if swap else 1)


def test_the_swap_takes_over_the_mirrored_stone_and_is_there_once():
    game = load_game("hex", {"size": 5})
    states = game.new_states([1])
    assert not game.legal(states, [0])[0, 25]
    game.play(states, np.array([5 * 1 + 3]))
    assert game.legal(states, [1])[0, 25]
    game.play(states, np.array([25]))
    assert np.argwhere(states.board[0]).tolist() == [[3, 1]]
    assert states.board[0, 3, 1] == 2
    assert states.seat[0] == 0
    assert not game.legal(states, [0])[0, 25]
    game.play(states, np.array([0]))
    with pytest.raises(IllegalAction):
        game.play(states, np.array([25]))


def test_a_stone_on_the_edge_keeps_its_worth_when_swapped():
    game = load_game("hex", {"size": 4})
    states = game.new_states([1])
    for action in (2, 16, 15, 9, 14, 10, 12, 11):
        assert not states.over[0]
        rewards = game.play(states, np.array([action]))
    assert rewards.tolist() == [[-1.0, 1.0]]
    assert game.text(states[0]).splitlines()[3].split() == ["3", "O", "O", "O", "O"]


def test_without_the_option_there_is_no_swap():
    game = load_game("hex", {"swap": False})
    assert game.num_actions == 121
    assert load_game("hex").num_actions == 122


@pytest.mark.parametrize("size", [3, 6, 11])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(0, 100))
def test_the_board_turned_by_half_plays_alike(size, seed, plies):
    game = load_game("hex", {"size": size, "swap": False})
    here, there = game.new_states([seed]), game.new_states([seed])
    random = np.random.default_rng(seed)
    for _ in range(plies):
        if here.over[0]:
            break
        legal = np.flatnonzero(game.legal(here, here.seat)[0])
        assert (size * size - 1 - legal)[::-1].tolist() == np.flatnonzero(game.legal(there, there.seat)[0]).tolist()
        action = random.choice(legal, 1)
        assert game.play(here, action).tolist() == game.play(there, size * size - 1 - action).tolist()
        assert (here.board[0] == there.board[0, ::-1, ::-1]).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(2, 40))
def test_colours_swapped_and_mirrored_play_alike_and_are_judged_alike(seed, plies):
    game = load_game("hex", {"size": 7})
    here = position(game, seed, plies)
    there = here.copy()
    there["board"] = np.array([0, 2, 1], np.int8)[here["board"]].transpose(0, 2, 1)
    there["edges"] = here["edges"].transpose(0, 2, 1)
    there["seat"] = 1 - here["seat"]
    for seat in range(2):
        seen, mirrored = game.observe(here, [seat])[0], game.observe(there, [1 - seat])[0]
        assert (seen[:2] == mirrored[:2].transpose(0, 2, 1)).all()
        assert (seen[2] == seat).all()
        assert evaluate(here[0], seat) == evaluate(there[0], 1 - seat) == -evaluate(here[0], 1 - seat)
    action = here.seat[0] * 0 + np.flatnonzero(game.legal(here, here.seat)[0])[:1] if not here.over[0] else None
    if action is not None:
        mirrored_action = action % 7 * 7 + action // 7
        rewards = game.play(here, action)
        assert rewards[0].tolist() == game.play(there, mirrored_action)[0, ::-1].tolist()


def test_distance_counts_the_stones_that_are_missing():
    board = np.zeros((5, 5), np.int8)
    assert (distance(board, 0), distance(board, 1)) == (5, 5)
    board[1, 2] = board[2, 2] = 1
    assert (distance(board, 0), distance(board, 1)) == (3, 5)
    board[4, :] = 2
    assert distance(board, 1) == 0
    assert distance(board, 0) > 5, "cut off"


def test_the_second_player_sees_that_it_may_swap():
    game = load_game("hex", {"size": 5})
    states = game.new_states([1])
    assert not game.observe(states, [0])[0, 3].any()
    game.play(states, np.array([7]))
    assert game.observe(states, [1])[0, 3].all()
    game.play(states, np.array([8]))
    assert not game.observe(states, [0])[0, 3].any()
