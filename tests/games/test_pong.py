"""Pong: the flight of the ball, walls, paddles, points, and that it is the same from either side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import play_duel

UP, STAY, DOWN = range(3)
FACE = 90  # where the ball's middle is when it touches the first seat's paddle


@pytest.fixture
def game():
    return load_game("pong")


def flying(game, ball, flight, paddles=(600, 600), seed=1):
    states = game.new_states([seed])
    states.ball[0], states.flight[0], states.paddles[0] = ball, flight, paddles
    return states


def test_the_ball_is_served_from_the_middle_to_either_seat_at_several_angles(game):
    states = game.new_states(range(200))
    assert (states.ball == [800, 600]).all()
    assert set(states.flight[:, 0].tolist()) == {-36, 36}
    assert set(states.flight[:, 1].tolist()) == {-24, -16, -8, 8, 16, 24}


def test_paddles_move_by_24_and_stop_at_the_walls(game):
    states = flying(game, (800, 600), (36, 0), paddles=(600, 1095))
    game.play(states, np.array([[UP, DOWN]]))
    assert states.paddles[0].tolist() == [576, 1100]
    assert states.moves[0].tolist() == [-24, 5]
    game.play(states, np.array([[STAY, DOWN]]))
    assert states.moves[0].tolist() == [0, 0]


def test_walls_mirror_the_ball(game):
    states = flying(game, (800, 40), (36, -24))
    game.play(states, np.array([[STAY, STAY]]))
    assert states.ball[0].tolist() == [836, 44]  # 40 - 24 = 16 is 14 beyond the 30 where the ball touches
    assert states.flight[0].tolist() == [36, 24]


def test_a_paddle_sends_the_ball_back_faster_and_as_steep_as_it_is_hit_off_centre(game):
    states = flying(game, (FACE + 18, 650), (-36, 20))
    game.play(states, np.array([[STAY, STAY]]))
    assert states.ball[0].tolist() == [FACE, 660]  # half of the tick until it touches, and 20 a tick down
    assert states.flight[0].tolist() == [38, 64 * 60 // 130]  # paddle 100 and ball 30 from middle to tip
    assert states.rally[0] == 1


def test_the_ball_gets_no_faster_than_96_a_tick(game):
    states = flying(game, (FACE + 20, 600), (-95, 0))
    game.play(states, np.array([[STAY, STAY]]))
    assert states.flight[0, 0] == 96


@pytest.mark.parametrize(("height", "caught"), [(730, True), (731, False), (470, True), (469, False)])
def test_the_tip_of_a_paddle_still_catches_the_edge_of_the_ball(game, height, caught):
    states = flying(game, (FACE + 10, height), (-36, 0))
    game.play(states, np.array([[STAY, STAY]]))
    assert (states.flight[0, 0] > 0) == caught


def test_who_lets_it_pass_loses_the_point_and_the_winner_is_served_to(game):
    states = flying(game, (30, 200), (-36, 0))
    rewards = game.play(states, np.array([[STAY, STAY]]))
    assert rewards.tolist() == [[-1.0, 1.0]]
    assert states.scores[0].tolist() == [0, 1]
    assert states.ball[0].tolist() == [800, 600]
    assert states.flight[0, 0] == 36
    assert game.play(states, np.array([[STAY, STAY]])).tolist() == [[0.0, 0.0]]


def test_a_match_ends_with_the_last_point_or_at_the_limit():
    game = load_game("pong", {"points": 3, "limit": 60})
    states = flying(game, (30, 200), (-36, 0))
    states.scores[0] = 2
    game.play(states, np.array([[STAY, STAY]]))
    assert states.over[0]
    assert states.scores[0].tolist() == [2, 3]
    states = game.new_states([1])
    for tick in range(60):
        assert not states.over[0], tick
        game.play(states, np.array([[STAY, STAY]]))
    assert states.over[0]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    actions=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=80),
)
def test_left_and_right_and_up_and_down_are_alike(seed, actions):
    game = load_game("pong")
    states = game.new_states([seed])
    left_right, upside_down = states.copy(), states.copy()
    left_right.flight[0, 0] *= -1
    upside_down.flight[0, 1] *= -1
    for first, second in actions:
        rewards = game.play(states, np.array([[first, second]]))
        game.play(left_right, np.array([[second, first]]))
        game.play(upside_down, np.array([[2 - first, 2 - second]]))
        if rewards.any():
            break
        for seat in range(2):
            assert (game.observe(states, [seat]) == game.observe(left_right, [1 - seat])).all()
            heights = np.array([-1, -1, -1, -1, 1, -1, 1, -1, 1, 1, 1])
            assert (game.observe(states, [seat]) == game.observe(upside_down, [seat]) * heights).all()


def test_every_number_that_a_seat_sees_is_within_its_range():
    game = load_game("pong", {"limit": 400})
    states = game.new_states(range(32))
    random = np.random.default_rng(1)
    lowest = np.array([-1] * 8 + [0] * 3)
    while not states.over.any():
        game.play(states, random.integers(3, size=(32, 2)))
        for seat in range(2):
            seen = game.observe(states, np.full(32, seat, np.int8))
            assert (seen >= lowest).all()
            assert (seen <= 1).all()


def duel(first, second, options):
    game = load_game("pong", options)
    players = [load(first, game, seed=1), load(second, game, seed=2)]
    return play_duel(game, players, names=["a", "b"], matches=10, seed=3).document(states=False)


def test_scripts_rise_from_chance_over_following_and_foresight_to_tricks():
    assert duel("scripted:follower", "random", {})["player_1_wins"] == 10
    foresight = duel("scripted:predictor", "scripted:follower", {})
    assert foresight["player_2_wins"] == 0
    assert duel("scripted:trickster", "scripted:follower", {})["player_1_wins"] == 10
