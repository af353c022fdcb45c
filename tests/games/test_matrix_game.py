"""Matrix games: tables are read, paid, remembered, and refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.games.matrix_game.drawing import NAMES, seen_by
from sparring.games.matrix_game.rules import TABLES, read_table

COOPERATE, DEFECT = 0, 1


def played(game, rounds):
    states = game.new_states([1])
    return states, [game.play(states, np.array([choices]))[0].tolist() for choices in rounds]


def test_the_prisoners_dilemma_pays_what_it_is_known_for():
    game = load_game("matrix_game", {"repetitions": 4})
    states, rewards = played(game, [(0, 0), (0, 1), (1, 0), (1, 1)])
    assert rewards == [[3, 3], [0, 5], [5, 0], [1, 1]]
    assert states.scores[0].tolist() == [9, 9]
    assert states.over[0]


def test_a_table_of_ones_own_is_paid_to_both_and_rows_and_columns_may_differ():
    game = load_game("matrix_game", {"table": "1,2 -3,4 0.25,100; 1 2 3", "repetitions": 2})
    _, rewards = played(game, [(0, 2), (1, 1)])
    assert rewards == [[0.25, 100], [2, -2]]
    assert game.num_actions == 3
    fresh = game.new_states([1])
    assert [game.legal(fresh, [seat])[0].tolist() for seat in range(2)] == [[True, True, False], [True, True, True]]
    assert game.forfeit == 200


@given(data=st.data(), rows=st.integers(1, 16), columns=st.integers(1, 16))
def test_a_table_reads_as_it_was_written(data, rows, columns):
    numbers = st.integers(-99999, 99999).map(lambda number: number / 100)
    payoffs = data.draw(st.lists(numbers, min_size=2 * rows * columns, max_size=2 * rows * columns))
    table = np.array(payoffs).reshape(rows, columns, 2)
    text = " ;".join("  ".join(f"{first:.2f},{second:.2f}" for first, second in row) for row in table)
    assert (read_table(text) == table).all()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("1 2; 3", "Row 2 of the table has 1 cells, and the first has 2"),
        ("1,2,3", "'1,2,3' is no cell of a table"),
        ("1 x", "'x' is no cell of a table"),
        ("1e9", "'1e9' is no cell"),
        ("nan inf", "'nan' is no cell"),
        (";", "A table has 1 to 16 rows"),
        (" ".join(["1"] * 17), "A table has 1 to 16 rows"),
        ("9" * 9000, "Option table of matrix_game can't be"),
        (7, "Option table of matrix_game can't be 7"),
    ],
)
def test_what_is_no_table_is_told_why(table, sentence):
    with pytest.raises(BadOption, match=sentence):
        load_game("matrix_game", {"table": table})


def test_a_seat_sees_the_last_rounds_from_its_own_side():
    game = load_game("matrix_game", {"table": "1 2 3; 4 5 6", "repetitions": 5, "recall": 2})
    states, _ = played(game, [(1, 2)])
    first, second = game.observe(states, [0])[0], game.observe(states, [1])[0]
    assert first[:, :-1].argmax(axis=1).tolist() == [6, 3 * 1 + 2]
    assert second[:, :-1].argmax(axis=1).tolist() == [6, 2 * 2 + 1]
    assert (first[:, :-1].sum(axis=1) == 1).all()


def test_a_seat_sees_which_one_it_is():
    """Before anything was played, there is nothing else to tell who chooses rows and who columns."""
    game = load_game("matrix_game", {"game": "matching_pennies"})
    fresh = game.new_states([1])
    assert [game.observe(fresh, [seat])[0, :, -1].tolist() for seat in range(2)] == [[0, 0, 0], [1, 1, 1]]


def test_each_seat_is_offered_its_own_choices_to_click():
    game = load_game("matrix_game", {"table": "1 2 3; 4 5 6"})
    view = game.view(game.new_states([1])[0])
    offered = [game.drawing.draw(seen_by(view, seat)).count("data-action") for seat in range(2)]
    assert offered == [2, 3]


def test_every_well_known_table_has_names_for_its_choices():
    assert set(NAMES) == set(TABLES)
    for name, words in NAMES.items():
        assert len({word[0] for word in words}) == len(words) == max(read_table(TABLES[name]).shape[:2])
