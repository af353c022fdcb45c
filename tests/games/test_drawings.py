"""Drawings: sound SVG that a strict page may inline, and everything clickable in them is a legal action."""

from __future__ import annotations

import re
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import Batch, Game, load_game

SVG = "{http://www.w3.org/2000/svg}"
GAMES = [
    ("tic_tac_toe", {}),
    ("connect_four", {}),
    ("connect_four", {"rows": 4, "columns": 5, "connect": 3}),
    ("quarto", {}),
    ("quarto", {"squares": True}),
    ("quarto", {"variant": "classic"}),
    ("rock_paper_scissors", {}),
    ("snakes", {}),
    ("snakes", {"size": 5, "food": 10}),
    ("pong", {}),
    ("othello", {}),
    ("othello", {"size": 4}),
    ("hex", {}),
    ("hex", {"size": 3, "swap": False}),
    ("chess", {}),
    ("kuhn_poker", {}),
    ("kuhn_poker", {"seats": 3}),
    ("leduc_poker", {}),
    ("leduc_poker", {"seats": 3}),
    ("liars_dice", {}),
    ("liars_dice", {"seats": 4, "dice": 6, "faces": 10}),
    ("matrix_game", {}),
    ("matrix_game", {"table": "1 2 3; 4 5 6; 7 8 9"}),
]
every_game = pytest.mark.parametrize(("name", "options"), GAMES, ids=lambda value: str(value))


def position(game: Game, seed: int, plies: int):
    """A position after up to ``plies`` random plies of one match, and the last action."""
    states, last = game.new_states([seed]), None
    random = np.random.default_rng(seed)
    for _ in range(plies):
        if states.over[0]:
            break
        masks = [game.legal(states, [seat])[0] for seat in (range(2) if game.simultaneous else states.seat)]
        last = [int(random.choice(np.flatnonzero(mask))) for mask in masks]
        game.play(states, np.array([last] if game.simultaneous else last))
    return states[0], None if last is None or game.simultaneous else last[0]


def marked(svg: str, name: str) -> list[ElementTree.Element]:
    return [node for node in ElementTree.fromstring(svg).iter() if name in node.get("class", "").split()]


def clickable(svg: str) -> set[int]:
    nodes = list(ElementTree.fromstring(svg).iter())
    whole = {int(node.get("data-action")) for node in nodes if node.get("data-action")}
    cells = [int(node.get("data-cell")) for node in nodes if node.get("data-cell")]
    pieces = [int(node.get("data-piece")) for node in nodes if node.get("data-piece")]
    return whole | {16 * cell + piece for cell, piece in product(cells, pieces)}


@every_game
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(0, 42), size=st.sampled_from([64, 480, 800]))
def test_drawings_are_sound_and_carry_no_style_or_script(name, options, seed, plies, size):
    game = load_game(name, options)
    state, last = position(game, seed, plies)
    svg = game.draw(state, size=size, last_action=last)
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert (root.get("role"), root.get("width")) == ("img", str(size))
    assert root[0].tag == f"{SVG}title"
    assert game.title in root[0].text
    width, height = map(float, root.get("viewBox").split()[2:])
    assert float(root.get("height")) == pytest.approx(size * height / width, abs=1)
    for node in root.iter():
        assert node.tag not in {f"{SVG}style", f"{SVG}script", f"{SVG}foreignObject", f"{SVG}image"}
        for key, value in node.attrib.items():
            assert key != "style"
            assert not key.startswith("on")
            assert not re.search(r"url\(|var\(|javascript:", value)


@every_game
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(0, 42))
def test_what_can_be_clicked_is_what_is_legal(name, options, seed, plies):
    game = load_game(name, options)
    state, last = position(game, seed, plies)
    legal = game.legal(np.asarray(state).reshape(1), [int(state.seat)])[0]
    assert clickable(game.draw(state, last_action=last)) == set(np.flatnonzero(legal).tolist())


@every_game
def test_drawing_twice_gives_the_same_text(name, options):
    game = load_game(name, options)
    state, last = position(game, 1, 5)
    assert game.draw(state, last_action=last) == game.draw(state, last_action=last)


@pytest.mark.parametrize(("name", "options"), GAMES[:6], ids=lambda value: str(value))
def test_a_line_is_marked_exactly_when_someone_won(name, options):
    game = load_game(name, options)
    won = 0
    for seed in range(40):
        state, last = position(game, seed, 42)
        marks = marked(game.draw(state, last_action=last), "win")
        assert bool(marks) == (state.winner >= 0)
        assert len(marks) >= (3 if state.winner >= 0 else 0)
        won += state.winner >= 0
    assert won > 10


@pytest.mark.parametrize(
    ("name", "action"),
    [("tic_tac_toe", 4), ("connect_four", 3), ("quarto", 5 * 16 + 3), ("othello", 19), ("hex", 60), ("chess", 877)],
)
def test_the_last_action_is_marked_once(name, action):
    game = load_game(name)
    states = game.new_states([1])
    if name == "quarto":
        game.play(states, np.array([256]))
    game.play(states, np.array([action]))
    assert len(marked(game.draw(states[0], last_action=action), "last")) == 1
    assert not marked(game.draw(states[0]), "last")


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (4, 5), (6, 7), (12, 4), (5, 12), (12, 12)])
def test_connect_four_draws_boards_of_every_size(rows, columns):
    game = load_game("connect_four", {"rows": rows, "columns": columns, "connect": 3})
    state, last = position(game, 3, 4)
    svg = game.draw(state, last_action=last)
    assert len(marked(svg, "cell")) == rows * columns
    stones = [len(marked(svg, f"stone-{seat + 1}")) for seat in range(2)]
    assert stones == [(state.board == 1).sum(), (state.board == 2).sum()]
    assert max(stones) > 0


def test_all_sixteen_pieces_of_quarto_look_different():
    game = load_game("quarto")
    seen = set()
    for piece in range(16):
        states = game.new_states([1])
        game.play(states, np.array([256 + piece]))
        shapes = marked(game.draw(states[0]), "piece-dark") + marked(game.draw(states[0]), "piece-light")
        in_hand = {(node.get("d"), node.get("class")) for node in shapes} - all_on_shelf(game)
        assert len(in_hand) == 1
        seen |= in_hand
    assert len(seen) == 16


def all_on_shelf(game: Game) -> set[tuple[str | None, str | None]]:
    svg = game.draw(game.new_states([1])[0])
    return {(node.get("d"), node.get("class")) for node in marked(svg, "piece-dark") + marked(svg, "piece-light")}


@every_game
def test_action_names_are_short_and_tell_actions_apart(name, options):
    game = load_game(name, options)
    names = [game.action_name(action) for action in range(game.num_actions)]
    assert len(set(names)) == game.num_actions
    assert all(0 < len(text) <= 40 for text in names)


@every_game
def test_a_batch_of_random_positions_prints_as_text(name, options):
    game = load_game(name, options)
    batch = Batch(game, 20, seed=1)
    for _ in range(6):
        batch.step(batch.random_actions())
    for state in batch.states.view(np.recarray):
        assert game.text(state).strip()
