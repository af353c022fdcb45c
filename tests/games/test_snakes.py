"""Snakes: growth, tails, heads that meet, deaths at once, and who has won, with two to four of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.agents.scripts.sight import Sight
from sparring.agents.scripts.snakes import careful, greedy, wanderer
from sparring.engine import Batch, load_game

UP, RIGHT, DOWN, LEFT = range(4)


def laid_out(game, *snakes, food=()):
    """A match in which the snakes lie on these cells, heads first; an empty one is dead."""
    states = game.new_states([1])
    state = states[0]
    for name in ("owner", "life", "meal"):
        state[name][:] = 0
    for seat, cells in enumerate(snakes):
        state.died[seat] = -1 if cells else 0
        state.lengths[seat] = len(cells) or 3
        for place, cell in enumerate(cells):
            state.owner[cell] = seat + 1
            state.life[cell] = len(cells) - place
        if cells:
            state.heads[seat] = cells[0]
    for cell in food:
        state.meal[cell] = 1
    states["ply"] = 5
    return states


def alive(states):
    return [bool(died == -1) for died in states.died[0]]


@pytest.fixture
def game():
    return load_game("snakes")


FAR_AWAY = [(9, 9), (9, 8), (9, 7)]


def test_they_start_in_corners_as_long_as_three_and_unroll(game):
    states = game.new_states([1])
    assert states.heads[0].tolist() == [[1, 1], [9, 9]]
    assert states.meal[0, 5, 5] == 1
    assert states.meal[0].sum() == 3
    states.meal[0] = 0
    states.meal[0, 0, 0:3] = 1
    for cells in (2, 3, 3):
        game.play(states, np.array([[DOWN, UP]]))
        assert (states.owner[0] == 1).sum() == (states.owner[0] == 2).sum() == cells
    assert states.lengths[0].tolist() == [3, 3]


def test_a_snake_that_eats_grows_by_one_and_its_tail_waits(game):
    states = laid_out(game, [(5, 5), (5, 4), (5, 3)], FAR_AWAY, food=[(5, 6), (0, 0), (0, 1)])
    game.play(states, np.array([[RIGHT, UP]]))
    assert states.lengths[0].tolist() == [4, 3]
    assert np.argwhere(states.owner[0] == 1).tolist() == [[5, 3], [5, 4], [5, 5], [5, 6]]
    assert states.meal[0, 5, 6] == 0
    assert states.meal[0].sum() == 3, "what was eaten comes back elsewhere"
    game.play(states, np.array([[RIGHT, UP]]))
    assert np.argwhere(states.owner[0] == 1).tolist() == [[5, 4], [5, 5], [5, 6], [5, 7]]


def test_a_head_may_follow_a_tail_that_moves_on_but_not_one_that_waits(game):
    square = [(4, 4), (4, 5), (5, 5), (5, 4)]
    states = laid_out(game, square, FAR_AWAY)
    game.play(states, np.array([[DOWN, UP]]))
    assert alive(states) == [True, True]
    first, second = [(4, 4), (4, 5), (4, 6)], [(3, 2), (3, 3), (3, 4)]
    states = laid_out(game, first, second)
    game.play(states, np.array([[UP, LEFT]]))
    assert alive(states) == [True, True]
    states = laid_out(game, first, second, food=[(3, 1)])
    game.play(states, np.array([[UP, LEFT]]))
    assert alive(states) == [False, True]


@pytest.mark.parametrize(
    ("snake", "way"),
    [
        ([(0, 5), (1, 5), (2, 5)], UP),
        ([(5, 0), (5, 1), (5, 2)], LEFT),
        ([(10, 5), (9, 5), (8, 5)], DOWN),
        ([(5, 5), (6, 5), (6, 4), (5, 4), (4, 4)], LEFT),
    ],
)
def test_walls_and_ones_own_body_kill(game, snake, way):
    states = laid_out(game, snake, FAR_AWAY)
    rewards = game.play(states, np.array([[way, UP]]))
    assert alive(states) == [False, True]
    assert states.over[0]
    assert rewards.tolist() == [[-1.0, 1.0]]
    assert not (states.owner[0] == 1).any(), "a dead snake leaves the board"


@pytest.mark.parametrize(
    ("lengths", "survive"), [((3, 3), [False, False]), ((4, 3), [True, False]), ((3, 5), [False, True])]
)
def test_where_heads_meet_the_longer_lives_and_equals_both_die(game, lengths, survive):
    first = [(5, 4 - i) for i in range(lengths[0])]
    second = [(5, 6 + i) for i in range(lengths[1])]
    states = laid_out(game, first, second)
    rewards = game.play(states, np.array([[RIGHT, LEFT]]))
    assert alive(states) == survive
    assert rewards[0].tolist() == [float(survive[0]) - survive[1], float(survive[1]) - survive[0]]


def test_heads_that_pass_through_each_other_die_both(game):
    states = laid_out(game, [(5, 4), (5, 3), (5, 2), (5, 1)], [(5, 5), (5, 6), (5, 7)])
    game.play(states, np.array([[RIGHT, LEFT]]))
    assert alive(states) == [False, False]


def test_two_that_meet_on_food_are_both_longer_when_they_are_compared(game):
    states = laid_out(game, [(5, 4), (5, 3), (5, 2)], [(5, 6), (5, 7), (5, 8), (5, 9)], food=[(5, 5)])
    game.play(states, np.array([[RIGHT, LEFT]]))
    assert alive(states) == [False, True]
    assert states.lengths[0].tolist() == [4, 5]


def test_the_dying_still_count_for_the_others_in_their_last_tick(game):
    states = laid_out(game, [(0, 5), (1, 5), (2, 5)], [(1, 6), (2, 6), (3, 6)])
    rewards = game.play(states, np.array([[UP, LEFT]]))
    assert alive(states) == [False, False]
    assert rewards.tolist() == [[0.0, 0.0]]


def test_at_the_limit_the_longer_has_won():
    game = load_game("snakes", {"limit": 10})
    states = laid_out(game, [(5, 5), (5, 4), (5, 3), (5, 2)], FAR_AWAY)
    states["ply"] = 9
    assert game.play(states, np.array([[RIGHT, UP]])).tolist() == [[1.0, -1.0]]
    assert states.over[0]


def test_only_the_way_back_into_the_neck_is_forbidden(game):
    states = laid_out(game, [(0, 5), (0, 4), (0, 3)], FAR_AWAY)
    assert game.legal(states, [0])[0].tolist() == [True, True, True, False]
    assert game.legal(game.new_states([1]), [0])[0].all(), "rolled up, a snake may go anywhere"


def test_a_seat_sees_itself_first_and_how_long_segments_stay(game):
    states = laid_out(game, [(5, 5), (5, 4), (5, 3)], [(9, 9), (9, 8), (9, 7), (9, 6)], food=[(0, 1)])
    first, second = game.observe(states, [0])[0], game.observe(states, [1])[0]
    assert np.allclose(first[1, 5, 3:6], [1 / 3, 2 / 3, 1])
    assert first[0, 5, 5] == np.float32(3 / 11)
    assert first[2, 9, 9] == np.float32(4 / 11)
    assert (first[[2, 3, 0, 1]] == second[:4]).all()
    assert first[4, 0, 1] == first[4].sum() == 1
    assert (first[5] == np.float32(1 - 5 / 300)).all()


@pytest.mark.parametrize("seats", [2, 3, 4])
def test_matches_of_any_number_of_seats_end_and_share_out_nothing(seats):
    batch = Batch(load_game("snakes", {"seats": seats, "limit": 40}), 128, seed=seats)
    ended = 0
    for _ in range(80):
        assert batch.masks.any(axis=-1).all()
        assert (batch.states["owner"] > 0).sum() > 0
        batch.step(batch.random_actions())
        assert np.allclose(batch.rewards.sum(axis=1), 0, atol=1e-6)
        ended += batch.over.sum()
    assert ended >= 128


def test_four_snakes_are_ranked_by_who_outlived_whom():
    game = load_game("snakes", {"seats": 4})
    states = laid_out(game, [(5, 5), (5, 4), (5, 3)], [(0, 0), (1, 0), (2, 0)], [(0, 9), (1, 9), (2, 9)], [])
    rewards = game.play(states, np.array([[RIGHT, UP, UP, UP]]))
    assert states.over[0]
    assert np.allclose(rewards[0], [1, 0, 0, -1])
    assert game.legal(states, [3]).sum() == 0


def test_a_dead_snake_has_one_thing_to_do_which_is_nothing():
    game = load_game("snakes", {"seats": 3})
    states = laid_out(game, [(5, 5), (5, 4), (5, 3)], FAR_AWAY, [])
    assert game.legal(states, [2])[0].tolist() == [True, False, False, False]
    game.play(states, np.array([[RIGHT, UP, UP]]))
    assert alive(states) == [True, True, False]


@settings(max_examples=30, deadline=None)
@given(ways=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6))
def test_the_board_turned_round_with_seats_swapped_is_the_same_match(ways):
    game = load_game("snakes")
    states, turned = game.new_states([1]), game.new_states([1])
    for board in (states, turned):
        board.meal[0] = 0
        board.meal[0, 5, 1:10] = 1  # more than asked for, so that no lot is drawn
    for choice in ways:
        masks = [game.legal(states, [seat])[0] for seat in range(2)]
        if states.over[0] or not all(mask[way] for mask, way in zip(masks, choice, strict=True)):
            break
        rewards = game.play(states, np.array([choice]))
        mirrored = game.play(turned, np.array([[(way + 2) % 4 for way in reversed(choice)]]))
        assert (rewards[:, ::-1] == mirrored).all()
        assert (np.array([0, 2, 1])[states.owner[0]] == turned.owner[0, ::-1, ::-1]).all()


def sight(game, states, seat=0):
    return Sight(
        game.observe(states, [seat])[0], game.legal(states, [seat])[0], game.options, np.random.default_rng(1), {}
    )


def test_scripts_shun_walls_take_food_and_keep_out_of_dead_ends(game):
    corner = laid_out(game, [(0, 10), (0, 9), (0, 8)], FAR_AWAY, food=[(0, 0)])
    assert wanderer(sight(game, corner)) == DOWN
    open_board = laid_out(game, [(5, 5), (5, 4), (5, 3)], FAR_AWAY, food=[(2, 5)])
    assert greedy(sight(game, open_board)) == UP
    pocket = [(1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3), (3, 3)]
    trap = laid_out(game, pocket[::-1], FAR_AWAY, food=[(0, 0)])
    assert careful(sight(game, trap)) in (RIGHT, DOWN, LEFT)
    threat = laid_out(game, [(5, 5), (6, 5), (7, 5)], [(5, 7), (4, 7), (3, 7), (2, 7)], food=[(5, 6)])
    assert greedy(sight(game, threat)) == RIGHT
    assert careful(sight(game, threat)) != RIGHT, "a longer head could come there"
