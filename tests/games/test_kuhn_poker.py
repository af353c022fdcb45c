"""Kuhn poker: who wins how much, what a seat sees, and what it doesn't."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from sparring.engine import load_game, perft

PASS, BET = 0, 1
J, Q, K, A = range(4)


def dealt(game, cards):
    states = game.new_states([1])
    states.cards[0] = cards
    return states


def result(cards, actions):
    """Rewards of a whole match, or None where it isn't over after these actions."""
    game = load_game("kuhn_poker", {"seats": len(cards)})
    states = dealt(game, cards)
    for action in actions:
        assert not states.over[0]
        rewards = game.play(states, np.array([action]))
    return rewards[0].tolist() if states.over[0] else None


@pytest.mark.parametrize(
    ("cards", "actions", "rewards"),
    [
        ((K, J), [PASS, PASS], [1, -1]),
        ((J, K), [PASS, PASS], [-1, 1]),
        ((J, K), [BET, PASS], [1, -1]),
        ((J, K), [BET, BET], [-2, 2]),
        ((K, Q), [PASS, BET, PASS], [-1, 1]),
        ((K, Q), [PASS, BET, BET], [2, -2]),
        ((J, Q, A), [PASS, PASS, PASS], [-1, -1, 2]),
        ((J, Q, A), [PASS, BET, PASS, PASS], [-1, 2, -1]),
        ((K, Q, A), [BET, BET, PASS], [3, -2, -1]),
        ((K, Q, A), [BET, BET, BET], [-2, -2, 4]),
        ((K, Q, A), [PASS, PASS, BET, BET, BET], [-2, -2, 4]),
        ((K, Q, A), [PASS, BET, PASS, BET], [3, -2, -1]),
    ],
)
def test_the_highest_card_that_stayed_takes_the_pot(cards, actions, rewards):
    assert result(cards, actions) == rewards


@pytest.mark.parametrize("actions", [[PASS], [BET], [PASS, BET]])
def test_a_match_of_two_goes_on_until_both_have_answered(actions):
    assert result((K, J), actions) is None


@pytest.mark.parametrize(
    ("seats", "lines", "finished"),
    [(2, [1, 2, 4, 2], [0, 0, 3, 2]), (3, [1, 2, 4, 8, 6, 4], [0, 0, 0, 5, 4, 4])],
)
def test_lines_of_play_are_counted(seats, lines, finished):
    counts = perft(load_game("kuhn_poker", {"seats": seats}), len(lines) - 1)
    assert (counts.lines, counts.finished) == (lines, finished)
    assert sum(finished) == 1 + seats * 2 ** (seats - 1), "nobody bets, or the others answer one of the seats"


@pytest.mark.parametrize("seats", [2, 3])
def test_every_deal_is_as_likely_as_any_other(seats):
    game = load_game("kuhn_poker", {"seats": seats})
    cards = game.new_states(np.arange(24_000)).cards
    deals, counts = np.unique(cards, axis=0, return_counts=True)
    assert [tuple(deal) for deal in deals.tolist()] == sorted(permutations(range(seats + 1), seats))
    assert (abs(counts / 24_000 - 1 / len(deals)) < 0.01).all()


def test_there_are_twelve_information_states_with_a_choice():
    game = load_game("kuhn_poker")
    seen = set()
    for cards in permutations(range(3), 2):
        for actions in ([], [PASS], [BET], [PASS, BET]):
            states = dealt(game, cards)
            for action in actions:
                game.play(states, np.array([action]))
            seen.add(game.observe(states, states.seat).tobytes())
    assert len(seen) == 12


def test_a_seat_sees_its_card_and_what_was_done():
    game = load_game("kuhn_poker")
    states = dealt(game, (Q, K))
    game.play(states, np.array([PASS]))
    game.play(states, np.array([BET]))
    assert game.observe(states, [0])[0].tolist() == [1, 0, *[0, 1, 0], *[1, 0, 0, 1, 0, 0]]
    assert game.observe(states, [1])[0].tolist() == [0, 1, *[0, 0, 1], *[1, 0, 0, 1, 0, 0]]
