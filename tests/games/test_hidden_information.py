"""Games that hide something: nobody sees what is hidden, and ``redeal`` draws it anew without anyone noticing."""

from __future__ import annotations

from collections import Counter
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import load_game

GAMES = [
    ("kuhn_poker", {}),
    ("kuhn_poker", {"seats": 3}),
    ("leduc_poker", {}),
    ("leduc_poker", {"seats": 3}),
    ("liars_dice", {}),
    ("liars_dice", {"seats": 4, "dice": 2, "faces": 9}),
]
SMALL = [*GAMES[:3], ("liars_dice", {"dice": 2, "faces": 3})]
HIDDEN = {"kuhn_poker": ("cards",), "leduc_poker": ("cards", "public"), "liars_dice": ("counts",)}
every_game = pytest.mark.parametrize(("name", "options"), GAMES, ids=lambda value: str(value))


def positions(game, seed, plies, count):
    """``count`` positions after up to ``plies`` plies of random play, none of them over."""
    random = np.random.default_rng(seed)
    states = game.new_states(random.integers(2**63, size=count))
    for _ in range(plies):
        before = states.copy()
        masks = game.legal(states, states.seat)
        game.play(states, (random.random(masks.shape) * masks).argmax(axis=1))
        states[states.over] = before[states.over]
    return states


def redealt(game, states, seats, seed=0):
    """Copies of the positions, each with what its seat doesn't know drawn anew."""
    drawn = states.copy()
    drawn.random = np.random.default_rng(seed).integers(1, 2**32, size=(len(states), 2))
    for row, seat in enumerate(seats):
        game.rules.redeal(drawn[row], int(seat))
    return drawn


def hidden(game, states):
    """What is dealt in each position, as tuples."""
    fields = [states[field].reshape(len(states), -1) for field in HIDDEN[game.name]]
    return [tuple(row) for row in np.column_stack(fields).tolist()]


@every_game
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), plies=st.integers(0, 6), data=st.data())
def test_a_new_deal_of_what_is_hidden_changes_nothing_that_a_seat_sees(name, options, seed, plies, data):
    game = load_game(name, options)
    states = positions(game, seed, plies, 32)
    seats = np.full(32, data.draw(st.integers(0, game.seats - 1)), np.int8)
    drawn = redealt(game, states, seats, seed)
    assert (game.observe(drawn, seats) == game.observe(states, seats)).all()
    assert (game.legal(drawn, seats) == game.legal(states, seats)).all()
    assert hidden(game, drawn) != hidden(game, states)
    for field in set(game.state_dtype.names) - {*HIDDEN[name], "random"}:
        assert (drawn[field] == states[field]).all(), f"{field} is known to all"


@pytest.mark.parametrize(("name", "options"), SMALL, ids=lambda value: str(value))
@pytest.mark.parametrize("plies", [0, 1, 3])
def test_a_new_deal_is_as_likely_as_the_true_one(name, options, plies):
    """Among positions of uniform play that look alike to a seat, ``redeal`` deals as often as it was dealt."""
    game = load_game(name, options)
    states = positions(game, 7, plies, 60_000)
    seats = np.zeros(len(states), np.int8)
    seen = [row.tobytes() for row in game.observe(states, seats)]
    commonest = Counter(seen).most_common(1)[0][0]
    alike = states[np.array([row == commonest for row in seen])][:8000]
    true = Counter(hidden(game, alike))
    drawn = Counter(hidden(game, redealt(game, alike, seats[: len(alike)])))
    assert set(drawn) == set(true)
    assert len(true) > 1
    for deal, count in true.items():
        assert abs(count - drawn[deal]) < 6 * np.sqrt(count) + 20


@every_game
def test_a_player_is_shown_no_cards_but_its_own(name, options):
    game = load_game(name, options)
    drawing = import_module(f"{game.package}.drawing")
    states = positions(game, 3, 1, 200)
    for seat in range(game.seats):
        drawn = redealt(game, states, np.full(200, seat))
        for before, after in zip(states, drawn, strict=True):
            shown = [drawing.seen_by(game.view(state), seat) for state in (before, after)]
            assert shown[0] == shown[1]
            assert drawing.draw(shown[0]) == drawing.draw(shown[1])
    assert any(game.draw(a) != game.draw(b) for a, b in zip(states, drawn, strict=True)), "who looks on sees all"
