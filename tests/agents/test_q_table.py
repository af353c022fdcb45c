"""Tables of action values: they learn, they play, and damaged ones are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sparring.agents.player import Turn
from sparring.agents.q_table import QTable
from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import play_duel


def small_table() -> QTable:
    """Tic-tac-toe with one known position, the empty board, where cells 3 and 5 are best."""
    values = np.array([[0, 0, 0, 1, 0, 1, 0, 0, 0]], np.float32)
    return QTable("tic_tac_toe", np.zeros((1, 2, 3, 3), np.int8), values)


def first_moves(path: Path, seed: int) -> list[int]:
    game = load_game("tic_tac_toe")
    player = load(f"q-table:{path}", game, seed=seed)
    states = game.new_states(np.zeros(200, np.uint64))
    lanes, seats = np.arange(200), np.zeros(200, np.int8)
    masks, rewards = game.legal(states, seats), np.zeros(200, np.float32)
    reply = player.act(Turn(lanes, seats, game.observe(states, seats), masks, rewards, states))
    return [int(action) for action in np.asarray(reply.actions)]


def test_the_best_action_is_taken_and_equals_are_drawn_by_lot(tmp_path: Path) -> None:
    small_table().save(tmp_path / "table.npz")
    moves = first_moves(tmp_path / "table.npz", seed=1)
    assert set(moves) == {3, 5}
    assert 60 < moves.count(3) < 140
    assert moves == first_moves(tmp_path / "table.npz", seed=1)


def test_a_position_that_the_table_does_not_know_is_played_by_lot(tmp_path: Path) -> None:
    small_table().save(tmp_path / "table.npz")
    game = load_game("tic_tac_toe")
    players = [load(f"q-table:{tmp_path / 'table.npz'}", game), load("random", game)]
    tally = play_duel(game, players, ["table", "random"], matches=50, seed=1).tally()
    assert tally.errors == (0, 0)
    assert sum(tally.wins) + tally.draws == 50


def test_a_table_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    small_table().save(tmp_path / "table.npz")
    table = QTable.load(tmp_path / "table.npz")
    assert table.game == "tic_tac_toe"
    assert table.values.tolist() == small_table().values.tolist()


def test_files_that_are_no_tables_get_a_sentence(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    with pytest.raises(SparringError, match="There is no file"):
        load(f"q-table:{tmp_path / 'nowhere.npz'}", game)
    (tmp_path / "rubbish.npz").write_bytes(b"rubbish")
    with pytest.raises(SparringError, match="no table of action values"):
        load(f"q-table:{tmp_path / 'rubbish.npz'}", game)
    np.savez(tmp_path / "other.npz", game=np.array("tic_tac_toe"))
    with pytest.raises(SparringError, match="no table of action values"):
        load(f"q-table:{tmp_path / 'other.npz'}", game)
    small_table().save(tmp_path / "table.npz")
    with pytest.raises(SparringError, match="is for tic_tac_toe"):
        load(f"q-table:{tmp_path / 'table.npz'}", load_game("connect_four"))
    pickled = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "pickled.npz", game=np.array("tic_tac_toe"), observations=pickled, values=pickled)
    with pytest.raises(SparringError, match="no table of action values"):
        load(f"q-table:{tmp_path / 'pickled.npz'}", game)
