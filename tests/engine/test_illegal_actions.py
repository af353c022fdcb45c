"""What is no legal action is refused in one place, with a sentence, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import Batch, load_game
from sparring.errors import IllegalAction

NO_INTEGERS = [
    True,
    False,
    np.bool_(True),
    3.0,
    np.float32(3),
    "3",
    None,
    [3],
    (3,),
    np.array([3]),
    3 + 0j,
    b"3",
    np.timedelta64(3),
]
OUTSIDE = [-1, 7, 8, -7, 255, 256, 259, 2**31 + 3, 2**32 + 3, 2**63, 2**64 + 3, -(2**64) + 3, np.uint64(2**64 - 1)]


@pytest.fixture(scope="module")
def connect_four():
    return load_game("connect_four")


@pytest.fixture
def filled_column(connect_four):
    states = connect_four.new_states([1])
    for _ in range(6):
        connect_four.play(states, np.array([3]))
    return states


@pytest.mark.parametrize("action", NO_INTEGERS, ids=repr)
def test_only_integers_are_actions(connect_four, action):
    with pytest.raises(IllegalAction, match="An action is an integer, not"):
        connect_four.check_action(connect_four.new_states([1])[0], action)


@pytest.mark.parametrize("action", OUTSIDE, ids=repr)
def test_an_action_outside_the_range_is_never_wrapped_around(connect_four, action):
    with pytest.raises(IllegalAction, match=r"outside 0\.\.6"):
        connect_four.check_action(connect_four.new_states([1])[0], action)


def test_a_full_column_is_refused_by_its_name(connect_four, filled_column):
    with pytest.raises(IllegalAction, match="column 4"):
        connect_four.check_action(filled_column[0], 3)


@pytest.mark.parametrize("action", [3, np.int8(3), np.uint64(3), np.int64(3)], ids=repr)
def test_every_kind_of_integer_counts(connect_four, action):
    checked = connect_four.check_action(connect_four.new_states([1])[0], action)
    assert checked == 3
    assert type(checked) is int


def test_a_finished_match_takes_no_action(connect_four):
    states = connect_four.new_states([1])
    for action in (0, 1, 0, 1, 0, 1, 0):
        connect_four.play(states, np.array([action]))
    with pytest.raises(IllegalAction, match="The match is over"):
        connect_four.check_action(states[0], 2)


def test_an_integer_of_hostile_type_is_not_asked_for_its_text(connect_four):
    class Hostile:
        def __repr__(self):
            raise RuntimeError("you asked")

        def __index__(self):
            return 3

    with pytest.raises(IllegalAction, match="a value of type Hostile"):
        connect_four.check_action(connect_four.new_states([1])[0], Hostile())


BAD_ARRAYS = [
    np.array([0.0, 1.0]),
    np.array([True, False]),
    np.array([0]),
    np.array([0, 1, 2]),
    np.array([[0], [1]]),
    np.array(0),
    np.array(["0", "1"]),
    np.array([0, None], dtype=object),
    np.array([0, -1]),
    np.array([0, 7]),
    np.array([0, 2**62]),
    np.array([0, 2**64 - 1], np.uint64),
    np.array([0, 2**63 + 1], np.uint64),
    [0, 2**70],
]


@pytest.mark.parametrize("actions", BAD_ARRAYS, ids=repr)
def test_arrays_that_are_no_actions_play_nothing(connect_four, actions):
    states = connect_four.new_states([1, 2])
    before = states.tobytes()
    with pytest.raises(IllegalAction):
        connect_four.play(states, actions)
    assert states.tobytes() == before


@pytest.mark.parametrize("actions", BAD_ARRAYS, ids=repr)
def test_a_batch_refuses_the_same_arrays_and_plays_nothing(connect_four, actions):
    batch = Batch(connect_four, 2, seed=1)
    before = batch.states.tobytes()
    with pytest.raises(IllegalAction):
        batch.step(actions)
    assert batch.states.tobytes() == before


def test_one_illegal_row_stops_all_rows(connect_four, filled_column):
    states = np.concatenate([connect_four.new_states([5]), filled_column]).view(np.recarray)
    before = states.tobytes()
    with pytest.raises(IllegalAction, match=r"Row 1.*column 4"):
        connect_four.play(states, np.array([3, 3]))
    assert states.tobytes() == before


def test_both_seats_of_a_simultaneous_game_are_checked():
    game = load_game("rock_paper_scissors")
    for actions in ([[0, 3]], [[-1, 0]], [0], [[0]], [[0, 1, 2]]):
        with pytest.raises(IllegalAction):
            game.play(game.new_states([1]), np.array(actions))
        with pytest.raises(IllegalAction):
            Batch(game, 1, seed=1).step(np.array(actions))


def test_a_big_batch_finds_the_one_illegal_row_on_many_threads(connect_four):
    batch = Batch(connect_four, 1000, seed=1, threads=4)
    actions = batch.random_actions()
    actions[777] = 7
    with pytest.raises(IllegalAction, match="Row 777"):
        batch.step(actions)
