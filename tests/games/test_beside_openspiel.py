"""Board games played side by side with OpenSpiel on random lines: seat to move, legal actions, end and returns.

``BOARD_GAMES`` says how our actions are written over there. Both sides start anew whenever a match ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyspiel
import pytest

from sparring.engine import load_game
from sparring.games.chess import tables

ROWS = 32

Translate = Callable[[Any, Any, int], int]
"""OpenSpiel's number of our action, from its position and ours."""


def same(theirs: Any, ours: Any, action: int) -> int:
    return action


def chess_action(theirs: Any, ours: Any, action: int) -> int:
    """Both count squares from the side of who moves and know the same 73 planes, which OpenSpiel numbers differently,
    and castling besides: our king's moves by two squares are the actions 4672 (long) and 4673 (short) there."""
    king_at_home = abs(int(ours.board[4 + 56 * int(ours.seat)])) == tables.KING
    if king_at_home and action in (SHORT, LONG):
        return 4673 if action == SHORT else 4672
    if action not in PLANES_THERE:
        PLANES_THERE[action] = theirs.parse_move_to_action(CHESS.action_name(action, ours))
    return PLANES_THERE[action]


CHESS = load_game("chess")
SHORT, LONG = (73 * 4 + int(tables.PLANE[4, to]) for to in (6, 2))
PLANES_THERE: dict[int, int] = {}
"""By our action, learned from its name when it is first played: each is asked of OpenSpiel once."""

BOARD_GAMES: list[tuple[str, dict[str, Any], str, Translate]] = [
    ("othello", {}, "othello", same),
    ("hex", {"swap": False}, "hex", same),
    ("hex", {"size": 5, "swap": True}, "hex(board_size=5,swap=True)", same),
    ("hex", {"size": 11, "swap": True}, "hex(board_size=11,swap=True)", same),
    ("chess", {}, "chess", chess_action),  # where white is player 1
    ("connect_four", {}, "connect_four", same),
    ("tic_tac_toe", {}, "tic_tac_toe", same),
]
board_games = pytest.mark.parametrize(("name", "options", "theirs", "translate"), BOARD_GAMES)


def play_beside(name: str, options: dict[str, Any], theirs: str, translate: Translate, plies: int, seed: int) -> int:
    """Play at least ``plies`` random plies on both sides; returns how many matches ended."""
    game, other = load_game(name, options), pyspiel.load_game(theirs)
    random = np.random.default_rng(seed)
    states = game.new_states(np.arange(ROWS))
    others = [other.new_initial_state() for _ in range(ROWS)]
    returns = np.zeros((ROWS, 2))
    seats = (1, 0) if name == "chess" else (0, 1)
    ended = 0
    for _ in range(-(-plies // ROWS)):
        masks = game.legal(states, states.seat)
        actions = np.zeros(ROWS, np.int64)
        for row, beside in enumerate(others):
            assert beside.current_player() == seats[states.seat[row]]
            legal = np.flatnonzero(masks[row])
            there = [translate(beside, states[row], int(action)) for action in legal]
            assert sorted(there) == beside.legal_actions(), str(beside)
            choice = random.integers(len(legal))
            actions[row] = legal[choice]
            beside.apply_action(there[choice])
        returns += game.play(states, actions)
        for row, beside in enumerate(others):
            assert beside.is_terminal() == states.over[row], str(beside)
            if states.over[row]:
                assert beside.returns() == returns[row, seats].tolist(), str(beside)
                states[row] = game.new_states([row])[0]
                others[row] = other.new_initial_state()
                returns[row] = 0
                ended += 1
    return ended


@board_games
def test_ten_thousand_plies_are_the_same(name, options, theirs, translate):
    assert play_beside(name, options, theirs, translate, 10_000, seed=1) > 10


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@board_games
def test_a_million_plies_are_the_same(name, options, theirs, translate):
    assert play_beside(name, options, theirs, translate, 1_000_000, seed=2) > 1000
