"""Games played side by side with OpenSpiel on random lines: seat to move, legal actions, end and returns.

``BOARD_GAMES`` says how our actions are written over there; in ``ROUNDS`` both seats choose at once, over and over.
Both sides start anew whenever a match ends.
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


def paid_over_there(stage: Any) -> str:
    """A one-shot game of OpenSpiel as a table for our matrix game."""
    rows, columns = range(stage.num_rows()), range(stage.num_cols())
    cells = [[f"{stage.row_utility(row, at):g},{stage.col_utility(row, at):g}" for at in columns] for row in rows]
    return "; ".join(" ".join(row) for row in cells)


def same_choices(actions: Any) -> Any:
    return actions


def daring_first(actions: Any) -> Any:
    return 1 - actions


def columns_turned(actions: Any) -> Any:
    """Shapley's game there: our first column is its last."""
    return (actions + np.array([0, 2])) % 3


UNEVEN = pyspiel.create_matrix_game(
    "uneven", "rows and columns differ", ["A", "B"], list("ABC"), [[1, -2, 3], [0.5, 0, 7]], [[4, 0, -9], [2.25, 1, 0]]
)
WATER = pyspiel.load_matrix_game("matrix_rpsw")

ROUNDS: dict[str, tuple[str, dict[str, Any], Any, Callable[[Any], Any]]] = {
    "rock-paper-scissors": ("rock_paper_scissors", {}, "matrix_rps", same_choices),
    "one throw": ("rock_paper_scissors", {"repetitions": 1}, "matrix_rps", same_choices),
    "rock-paper-scissors as a table": ("matrix_game", {"game": "rock_paper_scissors"}, "matrix_rps", same_choices),
    "matching pennies": ("matrix_game", {"game": "matching_pennies"}, "matrix_mp", same_choices),
    "coordination": ("matrix_game", {"game": "coordination"}, "matrix_coordination", same_choices),
    "battle of the sexes": ("matrix_game", {"game": "battle_of_the_sexes"}, "matrix_bos", same_choices),
    "chicken": ("matrix_game", {"game": "chicken"}, "matrix_cd", daring_first),
    "Shapley's game": ("matrix_game", {"game": "shapley"}, "matrix_shapleys_game", columns_turned),
    "prisoners": ("matrix_game", {"table": "5,5 0,10; 10,0 1,1", "repetitions": 7}, "matrix_pd", same_choices),
    "hunters": ("matrix_game", {"table": "2,2 0,1; 1,0 1,1", "repetitions": 100}, "matrix_sh", same_choices),
    "water, too": ("matrix_game", {"table": paid_over_there(WATER)}, WATER, same_choices),
    "two choices against three": ("matrix_game", {"table": paid_over_there(UNEVEN)}, UNEVEN, same_choices),
}
"""Our game and its options, the game that is repeated over there, and how our choices are numbered in it. Where they
pay otherwise there, in prisoner's dilemma and stag hunt, our game is given their table."""

rounds = pytest.mark.parametrize(("name", "options", "stage", "renumber"), ROUNDS.values(), ids=ROUNDS.keys())


def play_rounds_beside(
    name: str, options: dict[str, Any], stage: Any, renumber: Callable[[Any], Any], plies: int
) -> int:
    """Play at least ``plies`` random rounds on both sides; returns how many matches ended."""
    game = load_game(name, options)
    once = pyspiel.load_matrix_game(stage) if isinstance(stage, str) else stage
    other = pyspiel.create_repeated_game(once, {"num_repetitions": game.options["repetitions"]})
    random = np.random.default_rng(plies)
    states = game.new_states(np.arange(ROWS))
    others = [other.new_initial_state() for _ in range(ROWS)]
    returns = np.zeros((ROWS, 2))
    ended = 0
    for _ in range(-(-plies // ROWS)):
        masks = np.stack([game.legal(states, np.full(ROWS, seat, np.int8)) for seat in range(2)], axis=1)
        actions = random.integers([once.num_rows(), once.num_cols()], size=(ROWS, 2))
        there = renumber(actions)
        rewards = game.play(states, actions)
        returns += rewards
        for row, beside in enumerate(others):
            assert beside.is_simultaneous_node()
            for seat in range(2):
                assert beside.legal_actions(seat) == np.flatnonzero(masks[row, seat]).tolist()
            beside.apply_actions(there[row].tolist())
            assert beside.rewards() == rewards[row].tolist()
            assert beside.is_terminal() == states.over[row]
            if states.over[row]:
                assert beside.returns() == returns[row].tolist()
                others[row] = other.new_initial_state()
        over = np.flatnonzero(states.over)
        states[over] = game.new_states(over)
        returns[over] = 0
        ended += len(over)
    return ended


@rounds
def test_ten_thousand_rounds_pay_the_same(name, options, stage, renumber):
    assert play_rounds_beside(name, options, stage, renumber, 10_000) > 90


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@rounds
def test_a_million_rounds_pay_the_same(name, options, stage, renumber):
    assert play_rounds_beside(name, options, stage, renumber, 1_000_000) > 9000
