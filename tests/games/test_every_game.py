"""What holds in every game: it does all that is asked of games, and seats see the same things alike."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sparring.games
from sparring.engine import Batch, game_names, load_game
from sparring.engine.conformance import check_game
from sparring.errors import BadOption, UnknownName

LONGEST = [
    ("tic_tac_toe", {}, 9),
    ("connect_four", {}, 42),
    ("connect_four", {"rows": 3, "columns": 12, "connect": 6}, 36),
    ("quarto", {}, 17),
    ("quarto", {"squares": True}, 17),
    ("quarto", {"variant": "classic"}, 15),
    ("rock_paper_scissors", {}, 10),
    ("rock_paper_scissors", {"repetitions": 1}, 1),
    ("othello", {}, 120),
    ("othello", {"size": 4}, 24),
    ("hex", {}, 122),
    ("hex", {"size": 5, "swap": False}, 25),
    ("kuhn_poker", {}, 3),
    ("kuhn_poker", {"seats": 3}, 5),
    ("leduc_poker", {}, 8),
    ("leduc_poker", {"seats": 3}, 14),
    ("liars_dice", {}, 61),
    ("liars_dice", {"seats": 4, "dice": 1, "faces": 3}, 13),
    ("matrix_game", {"game": "matching_pennies"}, 10),
    ("matrix_game", {"table": "1 2 3; -4 5 6", "repetitions": 2}, 2),
]
every_game = pytest.mark.parametrize(("name", "options", "longest"), LONGEST, ids=lambda value: str(value))


@pytest.mark.parametrize("name", game_names())
def test_every_game_does_all_that_is_asked_of_games(name):
    assert [finding for finding in check_game(load_game(name), plies=100) if not finding.passed] == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", game_names())
def test_every_game_does_all_that_is_asked_of_games_over_many_matches(name):
    assert [finding for finding in check_game(load_game(name), plies=5000, seed=2) if not finding.passed] == []


@every_game
def test_every_match_ends_and_there_is_always_a_legal_action_before(name, options, longest):
    game = load_game(name, options)
    batch = Batch(game, 256, seed=1)
    plies = np.zeros(256, int)
    ended = 0
    for _ in range(3 * longest):
        assert batch.masks.any(axis=-1).all()
        batch.step(batch.random_actions())
        plies += 1
        assert (plies <= longest).all()
        ended += int(batch.over.sum())
        plies[batch.over] = 0
    assert ended >= 256


@every_game
def test_rewards_of_the_seats_sum_to_nothing(name, options, longest):
    batch = Batch(load_game(name, options), 256, seed=2)
    decided = False
    for _ in range(longest):
        batch.step(batch.random_actions())
        assert (batch.rewards.sum(axis=1) == 0).all()
        decided |= bool(batch.rewards.any())
    assert decided


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four"])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), plies=st.integers(0, 30))
def test_the_second_seat_sees_what_the_first_would_with_colours_swapped(name, seed, plies):
    game = load_game(name)
    states = Batch(game, 8, seed)
    for _ in range(plies):
        states.step(states.random_actions())
    position = states.states.view(np.recarray)
    swapped = position.copy()
    swapped["board"] = np.array([0, 2, 1], np.int8)[position["board"]]
    swapped["seat"] = 1 - position["seat"]
    for seat in range(2):
        mirrored = game.observe(swapped, np.full(8, 1 - seat, np.int8))
        assert (game.observe(position, np.full(8, seat, np.int8)) == mirrored).all()
    own = game.observe(position, np.zeros(8, np.int8))[:, 0]
    assert (own == (position["board"] == 1)).all(), "the first plane is one's own stones"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), rounds=st.integers(0, 9))
def test_throws_are_seen_from_the_own_seat(seed, rounds):
    game = load_game("rock_paper_scissors")
    batch = Batch(game, 8, seed)
    for _ in range(rounds):
        batch.step(batch.random_actions())
    position = batch.states.view(np.recarray)
    swapped = position.copy()
    swapped["throws"] = position["throws"][:, :, ::-1]
    for seat in range(2):
        mirrored = game.observe(swapped, np.full(8, 1 - seat, np.int8))
        assert (game.observe(position, np.full(8, seat, np.int8)) == mirrored).all()


def test_the_four_games_are_there():
    assert {"tic_tac_toe", "connect_four", "quarto", "rock_paper_scissors"} <= set(game_names())


def test_names_are_forgiving_and_unknown_ones_get_the_nearest():
    assert load_game("Connect-Four").name == "connect_four"
    with pytest.raises(UnknownName, match="Did you mean 'quarto'"):
        load_game("kwarto")


def test_options_of_connect_four_are_checked_alone_and_together():
    with pytest.raises(BadOption, match=r"rows of connect_four can't be 2; it can be 3\.\.12"):
        load_game("connect_four", {"rows": 2})
    with pytest.raises(BadOption, match="No line of 6 fits on 4 rows and 5 columns"):
        load_game("connect_four", {"rows": 4, "columns": 5, "connect": 6})
    with pytest.raises(UnknownName, match="Did you mean 'columns'"):
        load_game("connect_four", {"colums": 5})


@pytest.mark.parametrize("value", ["", "-", "--5", "²", "5.0", "five", "9" * 5000, None, [5], 5.0, True])
def test_values_that_are_no_number_get_the_sentence_too(value):
    with pytest.raises(BadOption, match=r"it can be 3\.\.12"):
        load_game("connect_four", {"rows": value})


def test_tic_tac_toe_takes_no_options():
    with pytest.raises(UnknownName, match="option of tic_tac_toe"):
        load_game("tic_tac_toe", {"rows": 4})


@pytest.mark.parametrize("name", sorted({name for name, _, _ in LONGEST}))
def test_every_game_comes_with_a_page_for_players(name):
    page = (Path(sparring.games.__file__).parent / name / "README.md").read_text()
    for heading in ("## Rules", "## Observation", "## Actions", "## House agents"):
        assert heading in page
    for option in load_game(name).options:
        assert f"`{option}`" in page


@pytest.mark.parametrize("name", game_names())
def test_a_games_page_links_to_nothing_beside_it(name):
    assert re.findall(r"\]\((?!https?://|#)[^)]*\)", load_game(name, compiled=False).readme) == []
