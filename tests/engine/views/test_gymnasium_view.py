"""The Gymnasium view keeps what Gymnasium asks for, and plays the game as the arena does."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from sparring.engine import load_game
from sparring.engine.views.gymnasium_view import GymnasiumView
from sparring.errors import BadOption, IllegalAction

GAMES = ["tic_tac_toe", "connect_four", "kuhn_poker", "leduc_poker", "rock_paper_scissors", "snakes"]


def first_legal(observations, masks, states):
    return masks.argmax(axis=1)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("mask_in_observation", [False, True])
def test_gymnasiums_own_check_passes(name, mask_in_observation):
    view = GymnasiumView(load_game(name), mask_in_observation=mask_in_observation)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "(?s).*(infinity|not recommended|spec|render|mutated|Box).*")
        check_env(view)


@pytest.mark.parametrize("name", ["stances", "tug_of_war"])
def test_gymnasiums_own_check_passes_with_heads_and_boxes(toy, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_env(GymnasiumView(toy(name)), skip_render_check=True)


def test_only_a_single_choice_has_its_mask_in_the_observation(toy):
    with pytest.raises(BadOption, match="no single choice"):
        GymnasiumView(toy("stances"), mask_in_observation=True)


def play(view: GymnasiumView, seed: int) -> list[tuple]:
    """One match of the first legal actions."""
    observation, info = view.reset(seed=seed)
    told = [(observation.tobytes(), info["seat"])]
    while True:
        observation, reward, terminated, truncated, info = view.step(int(info["action_mask"].argmax()))
        told.append((observation.tobytes(), reward, terminated, truncated))
        if terminated or truncated:
            return told


def test_one_seed_one_match():
    views = [GymnasiumView(load_game("leduc_poker")) for _ in range(2)]
    assert [play(views[0], seed) for seed in range(20)] == [play(views[1], seed) for seed in range(20)]
    assert len({str(play(views[0], seed)) for seed in range(20)}) > 5


@pytest.mark.parametrize("seat", [0, 1])
def test_rewards_are_those_of_the_own_seat(seat):
    view = GymnasiumView(load_game("connect_four"), opponent=first_legal, seat=seat)
    view.reset(seed=1)
    total, over = 0.0, False
    while not over:
        _, reward, over, _, info = view.step(int(np.flatnonzero(view.action_masks())[-1]))
        total += reward
        assert info["seat"] == seat
    assert total == (1.0 if view.states.winner[0] == seat else -1.0)
    assert (view.states.board[0, :, 0] == 2 - seat).any(), "the opponent has played its column"


def test_the_seat_is_drawn_unless_it_is_named():
    view = GymnasiumView(load_game("tic_tac_toe"))
    seats = {view.reset(seed=seed)[1]["seat"] for seed in range(20)}
    assert seats == {0, 1}
    assert view.reset(options={"seat": 1})[1]["seat"] == 1
    with pytest.raises(BadOption, match=r"0\.\.1"):
        view.reset(options={"seat": 2})
    with pytest.raises(BadOption, match="no seat True"):
        GymnasiumView(load_game("tic_tac_toe"), seat=True)


@pytest.mark.parametrize("action", [9, -1, None, 0.0, "4"])
def test_an_illegal_action_loses_the_match_and_says_why(action):
    view = GymnasiumView(load_game("tic_tac_toe"), seat=0)
    view.reset(seed=1)
    _, reward, terminated, truncated, info = view.step(action)
    assert (reward, terminated, truncated) == (-1.0, True, False)
    assert "ction" in info["illegal"]
    with pytest.raises(IllegalAction):
        view.step(action)


def test_in_a_simultaneous_game_the_opponent_answers_at_once():
    game = load_game("rock_paper_scissors", {"repetitions": 3})
    view = GymnasiumView(game, opponent=lambda observations, masks, states: [1])
    for seat in range(2):
        view.reset(options={"seat": seat})
        rewards = [view.step(throw)[1] for throw in (0, 1, 2)]
        assert rewards == [-1.0, 0.0, 1.0]


def test_an_opponent_that_answers_nonsense_is_told_off():
    view = GymnasiumView(load_game("tic_tac_toe"), opponent=lambda *_: [99], seat=0)
    view.reset(seed=1)
    with pytest.raises(IllegalAction, match="99"):
        view.step(0)


def test_it_is_rendered_as_text_and_as_a_picture():
    game = load_game("tic_tac_toe")
    ansi, svg = GymnasiumView(game, render_mode="ansi"), GymnasiumView(game, render_mode="svg")
    for view in (ansi, svg):
        view.reset(seed=1)
    assert "a b c" in ansi.render()
    assert svg.render().startswith("<svg")
