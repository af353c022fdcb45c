"""Liar's dice: which bids are higher, when a bid was true, and what a seat sees."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import load_game, perft


def table(dice, faces=6, compiled=True):
    """A match in which the seats have rolled ``dice``: a list of faces, from 1, for each."""
    game = load_game("liars_dice", {"seats": len(dice), "dice": len(dice[0]), "faces": faces}, compiled)
    states = game.new_states([1])
    states.counts[0] = [np.bincount(np.array(own) - 1, minlength=faces) for own in dice]
    return game, states


def bid(number, face, faces=6):
    return faces * (number - 1) + face - 1


def called(dice, *bids, faces=6):
    """Rewards when the next seat after these bids calls."""
    game, states = table(dice, faces)
    for number, face in bids:
        game.play(states, np.array([bid(number, face, faces)]))
    return game.play(states, np.array([game.num_actions - 1]))[0].tolist()


@pytest.mark.parametrize(
    ("dice", "bids", "rewards"),
    [
        ([[1, 2], [2, 3]], [(2, 2)], [1, -1]),
        ([[1, 2], [2, 3]], [(3, 2)], [-1, 1]),
        ([[1, 6], [2, 6]], [(3, 2)], [1, -1]),
        ([[1, 6], [2, 6]], [(3, 6)], [-1, 1]),
        ([[1, 6], [2, 6]], [(1, 5), (2, 6)], [-1, 1]),
        ([[1], [1], [5]], [(1, 1), (2, 1)], [0, 1, -1]),
        ([[1], [1], [5]], [(1, 1), (3, 1)], [0, -1, 1]),
        ([[1], [1], [5], [2]], [(1, 1), (1, 2), (1, 3), (2, 4)], [1, 0, 0, -1]),
    ],
)
def test_the_caller_loses_to_a_true_bid_and_wins_against_a_lie(dice, bids, rewards):
    assert called(dice, *bids) == rewards


def test_the_highest_face_is_wild_whatever_the_die():
    assert called([[3], [1]], (2, 1), faces=3) == [1, -1]
    assert called([[3], [1]], (2, 2), faces=3) == [-1, 1]


def test_a_bid_must_be_higher_and_there_is_nothing_to_call_at_first():
    game, states = table([[1, 2], [2, 3]])
    assert np.flatnonzero(game.legal(states, [0])[0]).tolist() == list(range(24))
    game.play(states, np.array([bid(2, 5)]))
    assert np.flatnonzero(game.legal(states, [1])[0]).tolist() == [bid(2, 6), *range(bid(3, 1), 25)]
    game.play(states, np.array([bid(4, 6)]))
    assert np.flatnonzero(game.legal(states, [0])[0]).tolist() == [24], "nothing is higher: call"


@pytest.mark.parametrize("options", [{}, {"seats": 4, "dice": 2}, {"seats": 3, "dice": 1, "faces": 9}])
def test_everyone_rolls_fair_dice(options):
    game = load_game("liars_dice", options)
    counts = game.new_states(np.arange(4000)).counts
    assert (counts.sum(axis=2) == game.options["dice"]).all()
    shares = counts.mean(axis=0) / game.options["dice"]
    assert (abs(shares - 1 / game.options["faces"]) < 0.03).all()


def test_as_many_lines_as_there_are_ways_to_choose_rising_bids():
    """A line of k plies is k rising bids, or k - 1 of them and a call."""
    bids = 2 * 1 * 4
    counts = perft(load_game("liars_dice", {"dice": 1, "faces": 4}), bids + 1)
    assert counts.finished == [0, 0, *(comb(bids, ply - 1) for ply in range(2, bids + 2))]
    assert counts.lines == [comb(bids, ply) + counts.finished[ply] for ply in range(bids + 2)]


def test_a_seat_sees_its_dice_and_who_bid_what_beginning_with_itself():
    game, states = table([[1, 1], [2, 3], [6, 4]])
    for action in (bid(1, 2), bid(2, 2), bid(2, 5), bid(3, 1)):
        game.play(states, np.array([action]))
    for seat, dice in enumerate(([2, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 1])):
        seen = game.observe(states, [seat])[0]
        assert seen[:6].tolist() == dice
        by_seat = [set(np.flatnonzero(row).tolist()) for row in seen[6:].reshape(3, 36)]
        made = [{bid(1, 2), bid(3, 1)}, {bid(2, 2)}, {bid(2, 5)}]
        assert by_seat == made[seat:] + made[:seat]


@settings(max_examples=60)
@given(data=st.data(), seats=st.integers(2, 4), count=st.integers(1, 3), faces=st.integers(2, 7))
def test_matches_of_any_number_of_seats_go_as_by_the_book(data, seats, count, faces):
    """OpenSpiel knows two players only. By the book: dice on the table, a bid is a pair, one turn after another."""
    dice = [data.draw(st.lists(st.integers(1, faces), min_size=count, max_size=count)) for _ in range(seats)]
    game, states = table(dice, faces, compiled=False)
    last, turn = (0, faces), 0
    while not states.over[0]:
        assert states.seat[0] == turn % seats
        higher = [(n, face) for n in range(1, seats * count + 1) for face in range(1, faces + 1) if (n, face) > last]
        legal = np.flatnonzero(game.legal(states, states.seat)[0]).tolist()
        assert legal == [bid(*pair, faces) for pair in higher] + ([game.num_actions - 1] if turn else [])
        action = data.draw(st.sampled_from(legal))
        rewards = game.play(states, np.array([action]))[0]
        if action < game.num_actions - 1:
            last = (action // faces + 1, action % faces + 1)
        turn += 1
    caller, bidder = (turn - 1) % seats, (turn - 2) % seats
    there = sum(die in (last[1], faces) for own in dice for die in own)
    expected = np.zeros(seats)
    expected[bidder] = 1 if there >= last[0] else -1
    expected[caller] = -expected[bidder]
    assert rewards.tolist() == expected.tolist()


def test_bids_have_names():
    game = load_game("liars_dice", {"seats": 4, "dice": 6})
    assert [game.action_name(action) for action in (0, 8, 119, 143, 144)] == [
        "one 1",
        "two 3s",
        "20 6s",
        "24 6s",
        "liar!",
    ]
