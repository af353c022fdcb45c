"""The scripts of rock-paper-scissors, and the list of house agents of each game."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.agents import house_agents, load
from sparring.agents.scripted import SCRIPTS
from sparring.agents.scripts.rock_paper_scissors import always_rock, copycat, cycle, frequency, markov
from sparring.agents.scripts.sight import Sight
from sparring.engine import game_names, load_game
from sparring.errors import SparringError, UnknownName
from sparring.matches import play_duel

ROCK, PAPER, SCISSORS = range(3)


def after(*rounds: tuple[int, int], seed: int = 1) -> Sight:
    """What a seat sees after these rounds, having noted all but the last, own throws first."""
    game = load_game("rock_paper_scissors")
    states = game.new_states([1])
    for throws in rounds:
        game.play(states, np.array([throws]))
    memory = {"rounds": list(rounds[:-1])}
    observation, mask = game.observe(states, [0])[0], game.legal(states, [0])[0]
    return Sight(observation, mask, game.options, np.random.default_rng(seed), memory)


def test_simple_scripts_do_what_their_names_say():
    rounds = ((ROCK, PAPER), (ROCK, SCISSORS))
    assert always_rock(after(*rounds)) == ROCK
    assert cycle(after(*rounds)) == SCISSORS
    assert copycat(after(*rounds)) == SCISSORS


def test_frequency_beats_the_most_frequent_throw():
    assert frequency(after((ROCK, PAPER), (PAPER, PAPER), (ROCK, ROCK))) == SCISSORS


def test_markov_beats_what_followed_rounds_like_the_last():
    assert markov(after((ROCK, PAPER), (ROCK, ROCK), (PAPER, PAPER), (ROCK, PAPER))) == PAPER


def test_the_first_throw_is_drawn_by_lot():
    for script in (copycat, frequency, markov):
        assert {script(after(seed=seed)) for seed in range(30)} == {ROCK, PAPER, SCISSORS}


@pytest.mark.parametrize("seat", [0, 1])
def test_scripts_see_their_own_throws_first_from_both_seats(seat):
    game = load_game("rock_paper_scissors", {"repetitions": 50})
    players = [load("scripted:always-rock", game), load("scripted:always-rock", game)]
    players[seat] = load("scripted:frequency", game)
    document = play_duel(game, players, names=["a", "b"], matches=10, seed=1).document(states=False)
    assert document[f"player_{seat + 1}_wins"] == 10


def test_markov_sees_through_frequency():
    game = load_game("rock_paper_scissors")
    players = [load("scripted:markov", game, seed=1), load("scripted:frequency", game, seed=2)]
    document = play_duel(game, players, names=["a", "b"], matches=200, seed=1).document(states=False)
    assert document["player_1_wins"] > 2 * document["player_2_wins"]


def test_the_same_seed_plays_the_same_duel():
    game = load_game("rock_paper_scissors")
    documents = []
    for seed in (1, 1, 2):
        players = [load("scripted:markov", game, seed=seed), load("scripted:frequency", game, seed=5)]
        documents.append(
            play_duel(game, players, names=["a", "b"], matches=20, seed=1).document(states=True)["matches"]
        )
    assert documents[0] == documents[1]
    assert documents[0] != documents[2]


def test_unknown_scripts_and_games_without_get_a_sentence():
    with pytest.raises(UnknownName, match="Did you mean 'markov'"):
        load("scripted:markow", load_game("rock_paper_scissors"))
    with pytest.raises(SparringError, match="no scripted agents for connect_four"):
        load("scripted:markov", load_game("connect_four"))


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "quarto", "rock_paper_scissors"])
def test_house_agents_of_every_game_can_play_it(name):
    game = load_game(name)
    agents = house_agents(game)
    assert name in game_names()
    assert agents[0] == ("random", "random")
    assert len({agent for agent, _ in agents}) == len({spec for _, spec in agents}) == len(agents) >= 6
    for _, spec in agents:
        players = [load(spec, game, seed=1), load("random", game, seed=2)]
        document = play_duel(game, players, names=["a", "b"], matches=2, seed=1).document(states=False)
        assert document["result"] != "ERROR"
        assert document["player_1_errors"] == document["player_2_errors"] == 0


def test_every_script_is_a_house_agent():
    specs = {spec for _, spec in house_agents(load_game("rock_paper_scissors"))}
    assert {f"scripted:{name}" for name in SCRIPTS["rock_paper_scissors"]} <= specs


@pytest.mark.parametrize(
    ("game", "better", "worse"),
    [
        ("snakes", "scripted:wanderer", "random"),
        ("snakes", "scripted:greedy", "scripted:wanderer"),
        ("snakes", "scripted:careful", "scripted:greedy"),
        ("nh_fight", "scripted:novice", "random"),
        ("nh_fight", "scripted:switcher", "scripted:novice"),
        ("nh_fight", "scripted:all-rounder", "scripted:switcher"),
    ],
)
def test_each_script_beats_the_one_before_it(game, better, worse):
    opened = load_game(game)
    players = [load(better, opened, seed=1), load(worse, opened, seed=2)]
    document = play_duel(opened, players, names=["a", "b"], matches=20, seed=1).document(states=False)
    assert document["player_1_errors"] == document["player_2_errors"] == 0
    assert document["player_1_wins"] > 2 * document["player_2_wins"]


@pytest.mark.parametrize("name", SCRIPTS["nh_fight"])
def test_fighters_of_all_builds_find_legal_actions_under_every_option(name):
    for options in (
        {"random_builds": True, "random_gear": True, "death_match": False},
        {"fight": "arena", "move_while_able": True, "pray_when_attacking": True, "smite": False, "redemption": False},
    ):
        game = load_game("nh_fight", options)
        players = [load(f"scripted:{name}", game, seed=1), load("random", game, seed=2)]
        document = play_duel(game, players, names=["a", "b"], matches=10, seed=1).document(states=False)
        assert document["player_1_errors"] == 0


def test_scripts_see_what_their_seat_sees_and_no_states():
    assert not load("scripted:all-rounder", load_game("nh_fight")).needs_states
