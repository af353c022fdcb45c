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
    return marked_in(ElementTree.fromstring(svg), name)


def marked_in(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [node for node in root.iter() if name in node.get("class", "").split()]


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


def ended(game: Game, seed: int):
    """The end of a random match, and what each seat got in all."""
    states, returns = game.new_states([seed]), np.zeros(game.seats)
    random = np.random.default_rng(seed)
    while not states.over[0]:
        seats = range(game.seats) if game.simultaneous else states.seat
        masks = np.array([game.legal(states, [seat])[0] for seat in seats])
        actions = game.random_actions(masks, random)
        returns += game.play(states, actions[None] if game.simultaneous else actions)[0]
    return states[0], returns


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tic_tac_toe", {}),
        ("connect_four", {"rows": 4, "columns": 5, "connect": 3}),
        ("quarto", {}),
        ("othello", {"size": 4}),
        ("hex", {"size": 3}),
        ("rock_paper_scissors", {"repetitions": 3}),
        ("rock_paper_scissors", {"repetitions": 3, "win": -1, "lose": 1}),
        ("matrix_game", {"repetitions": 3}),
        ("snakes", {"size": 5}),
        ("snakes", {"seats": 4}),
        ("pong", {"points": 1}),
        ("kuhn_poker", {"seats": 3}),
        ("leduc_poker", {}),
        ("liars_dice", {"seats": 3, "dice": 2}),
    ],
    ids=str,
)
def test_at_the_end_the_picture_of_who_got_most_is_marked(name, options):
    """What the mark looks like is each game's own; without it the picture of a draw has nothing of class ``win``."""
    game = load_game(name, options)
    decided = 0
    for seed in range(30):
        state, returns = ended(game, seed)
        marks = [node for node in marked(game.draw(state), "win") if not is_of_last_round(name, node)]
        best = returns == returns.max()
        if name == "leduc_poker" or best.sum() == 1:
            assert marks
        else:
            assert not marks
        decided += best.sum() == 1
    assert decided > 5


def is_of_last_round(name: str, node: ElementTree.Element) -> bool:
    """Rock-paper-scissors also rims the disc of who won the last round."""
    return name == "rock_paper_scissors" and node.tag == f"{SVG}circle"


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_where_all_others_have_folded_the_winner_is_seen_without_their_cards(name):
    game = load_game(name)
    states = game.new_states([1])
    for action in (1, 0) if name == "kuhn_poker" else (2, 0):
        game.play(states, np.array([action]))
    for seat in range(2):
        view = game.drawing.seen_by(game.view(states[0]), seat)
        assert "the first player won" in game.drawing.draw(view)


def test_dice_that_are_hidden_are_not_counted_as_none():
    game = load_game("liars_dice")
    states = game.new_states([1])
    for action in (0, game.num_actions - 1):
        game.play(states, np.array([action]))
    view = game.view(states[0])
    assert "there are at least" in game.drawing.draw(game.drawing.seen_by(view, 0))
    assert "at least" not in game.drawing.draw(view)


@every_game
def test_no_text_is_cut_off_at_the_edges(name, options):
    game = load_game(name, options)
    for plies in (0, 3, 10, 42):
        state, last = position(game, 2, plies)
        root = ElementTree.fromstring(game.draw(state, last_action=last))
        right, bottom = map(float, root.get("viewBox").split()[2:])
        for node in (node for node in root if node.tag == f"{SVG}text"):
            x, y, wide, high = extent(node)
            assert 0 <= x <= right - wide, node.text
            assert 0 <= y <= bottom - high, node.text


def extent(node: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, width and height of a text in a wide font: a digit takes 0.7 of the size."""
    size = float(node.get("font-size"))
    wide = 0.7 * size * len(node.text or "")
    left = float(node.get("x")) - wide * {"middle": 0.5, "end": 1.0}[node.get("text-anchor")]
    return left, float(node.get("y")) - 0.75 * size, wide, 0.75 * size


def test_payoffs_of_any_length_stay_within_their_cells():
    table = "; ".join([" ".join(["-99999.125,999999.875"] * 6)] * 4)
    game = load_game("matrix_game", {"table": table})
    root = ElementTree.fromstring(game.draw(game.new_states([1])[0]))
    payoffs = [node for node in root if node.tag == f"{SVG}text" and "9999" in (node.text or "")]
    boxes = [[float(node.get(key)) for key in ("x", "y", "width", "height")] for node in marked_in(root, "cell")]
    assert len(payoffs) == 48
    for node in payoffs:
        x, y, wide, high = extent(node)
        assert any(a <= x <= a + c - wide and b <= y <= b + d - high for a, b, c, d in boxes), node.text


@pytest.mark.parametrize("at", [0.0, 2.0, 2.6, 4.0])
def test_no_leg_of_a_robot_that_falls_off_is_cut_off(at):
    game = load_game("robosumo", {"second": "spider"})
    states = game.new_states([1])
    states.pose[0, 0] = at
    scene = next(node for node in ElementTree.fromstring(game.draw(states[0])) if node.tag == f"{SVG}g")
    shift, scale = map(float, re.findall(r"[(]([0-9.]+)", scene.get("transform") or "(0 (1"))
    legs = [node for node in scene.iter() if node.get("d") and node.get("stroke") != "#000"]
    ends = [float(x) for node in legs for x in re.findall(r"[ML]([-0-9.]+)", node.get("d"))]
    assert len(ends) > 40
    assert 4 <= shift + scale * max(ends) <= 476
    assert (scale < 1) == (at > 0)


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
