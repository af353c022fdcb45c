"""The PettingZoo views keep what PettingZoo asks for."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

from sparring.engine import load_game
from sparring.engine.views.pettingzoo_views import AECView, ParallelView
from sparring.errors import SparringError

GAMES = [
    ("tic_tac_toe", {}),
    ("connect_four", {}),
    ("leduc_poker", {"seats": 3}),
    ("rock_paper_scissors", {}),
    ("snakes", {"seats": 4}),
]
AT_ONCE = ["rock_paper_scissors", "snakes"]
# What PettingZoo says of every environment whose observation is a dictionary with a mask, as its own classics have.
USUAL = (
    "(?s).*(space for each agent probably should|not a NumPy array|all zeros|negative numbers|dimensions|infinity|"
    "single number).*"
)


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", USUAL)
        yield


@pytest.mark.parametrize(("name", "options"), GAMES, ids=lambda value: str(value))
def test_api_test_passes(name, options):
    api_test(AECView(load_game(name, options)), num_cycles=300)


@pytest.mark.parametrize(("name", "options"), GAMES, ids=lambda value: str(value))
def test_seed_test_passes(name, options):
    game = load_game(name, options)
    seed_test(lambda: AECView(game), num_cycles=50)


@pytest.mark.parametrize("name", AT_ONCE)
def test_parallel_api_test_and_seed_test_pass(name):
    game = load_game(name)
    parallel_api_test(ParallelView(game), num_cycles=300)
    parallel_seed_test(lambda: ParallelView(game), num_cycles=50)


@pytest.mark.parametrize("name", ["stances", "tug_of_war"])
def test_heads_and_boxes_pass_as_well(toy, name):
    game = toy(name)
    game.drawing = None
    api_test(AECView(game), num_cycles=100)
    seed_test(lambda: AECView(game), num_cycles=50)
    parallel_api_test(ParallelView(game), num_cycles=100)
    parallel_seed_test(lambda: ParallelView(game), num_cycles=50)


def test_whatever_was_won_before_an_illegal_action_is_lost():
    game = load_game("rock_paper_scissors", {"repetitions": 4})
    view = ParallelView(game)
    view.reset(seed=1)
    first = view.step({"seat_0": 1, "seat_1": 0})[1]
    second = view.step({"seat_0": 3, "seat_1": 0})[1]
    assert first == {"seat_0": 1.0, "seat_1": -1.0}
    assert first["seat_0"] + second["seat_0"] == -game.forfeit
    assert first["seat_1"] + second["seat_1"] == game.forfeit


def test_a_match_is_the_games_own():
    game = load_game("tic_tac_toe")
    view = AECView(game)
    view.reset(seed=3)
    states = game.new_states([1])
    returns = dict.fromkeys(view.agents, 0.0)
    for agent in view.agent_iter():
        observation, reward, terminated, _, _ = view.last()
        returns[agent] += reward
        if terminated:
            view.step(None)
            continue
        seat = int(agent[-1])
        assert seat == states.seat[0]
        assert (observation["observation"] == game.observe(states, [seat])[0]).all()
        assert (observation["action_mask"] == game.legal(states, [seat])[0]).all()
        action = int(observation["action_mask"].argmax())
        game.play(states, np.array([action]))
        view.step(action)
    assert states.over[0]
    assert returns == {"seat_0": 1.0, "seat_1": -1.0}


def test_an_illegal_action_loses_and_the_others_win():
    view = AECView(load_game("kuhn_poker"))
    view.reset(seed=1)
    view.step(7)
    assert view.terminations == {"seat_0": True, "seat_1": True}
    assert view.rewards["seat_0"] == -view.rewards["seat_1"] == -view.game.forfeit
    assert "7" in view.infos["seat_0"]["illegal"]
    assert "illegal" not in view.infos["seat_1"]


def test_at_once_one_after_the_other_gives_the_same_match():
    game = load_game("rock_paper_scissors", {"repetitions": 4})
    one_by_one, at_once = AECView(game), ParallelView(game)
    one_by_one.reset(seed=1)
    at_once.reset(seed=1)
    for throws in ((0, 1), (1, 1), (2, 0), (0, 2)):
        for throw in throws:
            assert not any(one_by_one.terminations.values())
            one_by_one.step(throw)
        seen, paid, ended, _, _ = at_once.step({"seat_0": throws[0], "seat_1": throws[1]})
        assert one_by_one.rewards == paid
        assert one_by_one.terminations == ended
        for agent in seen:
            assert (one_by_one.observe(agent)["observation"] == seen[agent]["observation"]).all()
    assert at_once.agents == []


def test_a_game_of_turns_has_no_parallel_view():
    with pytest.raises(SparringError, match="AECView"):
        ParallelView(load_game("connect_four"))


def test_a_parallel_step_needs_an_action_of_everyone():
    view = ParallelView(load_game("rock_paper_scissors"))
    view.reset(seed=1)
    with pytest.raises(SparringError, match="seat_0, seat_1"):
        view.step({"seat_0": 1})
