"""Leduc poker: betting in two rounds, the showdown, and what a seat sees."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game, perft

FOLD, CALL, RAISE = range(3)
J, Q, K, A = 0, 2, 4, 6
"""The first of the two cards of each rank."""


def dealt(cards, public):
    game = load_game("leduc_poker", {"seats": len(cards)})
    states = game.new_states([1])
    states.cards[0] = cards
    states.public[0] = public
    return game, states


def played(cards, public, actions):
    game, states = dealt(cards, public)
    rewards = np.zeros((1, game.seats))
    for action in actions:
        assert not states.over[0]
        rewards = game.play(states, np.array([action]))
    return states, rewards[0].tolist()


def allowed(states, game):
    return np.flatnonzero(game.legal(states, states.seat)[0]).tolist()


@pytest.mark.parametrize(
    ("cards", "public", "actions", "rewards"),
    [
        ((K, Q), J, [CALL, CALL, CALL, CALL], [1, -1]),
        ((K, Q), Q + 1, [CALL, CALL, CALL, CALL], [-1, 1]),
        ((K, K + 1), Q, [CALL, CALL, RAISE, CALL], [0, 0]),
        ((J, K), Q, [RAISE, FOLD], [1, -1]),
        ((J, K), Q, [RAISE, RAISE, FOLD], [-3, 3]),
        ((J, K), Q, [RAISE, RAISE, CALL, RAISE, RAISE, CALL], [-13, 13]),
        ((J, K), J + 1, [CALL, RAISE, CALL, CALL, RAISE, CALL], [7, -7]),
        ((J, Q, K), A, [RAISE, CALL, FOLD, CALL, CALL], [-3, 4, -1]),
        ((Q, Q + 1, J), A, [RAISE, CALL, CALL, RAISE, CALL, FOLD], [1.5, 1.5, -3]),
        ((J, Q, K), A, [CALL, CALL, RAISE, FOLD, FOLD], [-1, -1, 2]),
        ((J, Q, K), A, [RAISE, RAISE, CALL, CALL, CALL, CALL, CALL], [-5, -5, 10]),
    ],
)
def test_pairs_win_then_ranks_and_equal_hands_share(cards, public, actions, rewards):
    states, got = played(cards, public, actions)
    assert states.over[0]
    assert got == rewards


def test_one_may_fold_only_under_pressure_and_raise_twice_a_round():
    game, states = dealt((J, K), Q)
    assert allowed(states, game) == [CALL, RAISE]
    game.play(states, np.array([RAISE]))
    assert allowed(states, game) == [FOLD, CALL, RAISE]
    game.play(states, np.array([RAISE]))
    assert allowed(states, game) == [FOLD, CALL]
    game.play(states, np.array([CALL]))
    assert allowed(states, game) == [CALL, RAISE], "a new round begins"


def test_the_first_seat_that_is_still_in_begins_the_second_round():
    states, _ = played((J, Q, K), A, [CALL, RAISE, CALL, FOLD])
    assert (states.turned[0], states.seat[0]) == (1, 1)


@pytest.mark.parametrize("seats", [2, 3])
def test_no_two_places_hold_the_same_card_and_every_card_comes_everywhere(seats):
    states = load_game("leduc_poker", {"seats": seats}).new_states(np.arange(5000))
    table = np.column_stack([states.cards, states.public])
    deck = 2 * (seats + 1)
    assert all(len(set(row)) == seats + 1 for row in table.tolist())
    for column in table.T:
        assert (abs(np.bincount(column, minlength=deck) / 5000 - 1 / deck) < 0.03).all()


def test_lines_of_betting_are_counted():
    goes_on, ends = ["cc", "crc", "rc", "crrc", "rrc"], ["crf", "rf", "crrf", "rrf"]
    counts = perft(load_game("leduc_poker"), 8)
    assert sum(counts.finished) == len(goes_on) * (len(goes_on) + len(ends)) + len(ends)
    assert counts.lines[:4] == [1, 2, len(["cc", "cr", "rf", "rc", "rr"]), 2 * 2 + 3 + 2]
    assert counts.finished[:4] == [0, 0, len(["rf"]), len(["crf", "rrf"])]


def test_a_seat_sees_its_rank_the_turned_rank_and_what_was_done():
    game, states = dealt((Q + 1, K), Q)
    assert not game.observe(states, [0])[0, 5:].any(), "nothing is turned, nothing was done"
    for action in (CALL, RAISE, CALL, RAISE):
        game.play(states, np.array([action]))
    seen = game.observe(states, [1])[0]
    assert seen[:8].tolist() == [0, 1, *[0, 0, 1], *[0, 1, 0]]
    assert seen[8:20].reshape(4, 3).argmax(axis=1)[:3].tolist() == [CALL, RAISE, CALL]
    assert seen[20:].reshape(4, 3).argmax(axis=1)[:1].tolist() == [RAISE]
    assert seen[8:].sum() == 4
