"""Repeated rock-paper-scissors: payoffs, memory, and what a seat sees."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.errors import BadOption

ROCK, PAPER, SCISSORS = range(3)


def played(game, rounds):
    states = game.new_states([1])
    rewards = [game.play(states, np.array([throws]))[0].tolist() for throws in rounds]
    return states, rewards


def test_paper_beats_rock_scissors_beat_paper_rock_beats_scissors():
    game = load_game("rock_paper_scissors")
    winning = {(PAPER, ROCK), (SCISSORS, PAPER), (ROCK, SCISSORS)}
    for first, second in product(range(3), repeat=2):
        _, rewards = played(game, [(first, second)])
        expected = [0.0, 0.0] if first == second else [1.0, -1.0] if (first, second) in winning else [-1.0, 1.0]
        assert rewards == [expected]


def test_payoffs_are_options_and_a_forfeit_is_worth_the_worst_match():
    game = load_game("rock_paper_scissors", {"repetitions": 4, "win": 3, "lose": -5, "draw": 2})
    states, rewards = played(game, [(ROCK, ROCK), (PAPER, ROCK)])
    assert rewards == [[2.0, 2.0], [3.0, -5.0]]
    assert states.scores[0].tolist() == [5, -3]
    assert game.forfeit == 20.0


def test_a_match_has_as_many_rounds_as_it_was_given():
    game = load_game("rock_paper_scissors", {"repetitions": 4})
    states, _ = played(game, [(ROCK, PAPER)] * 4)
    assert states.over[0]
    assert not played(game, [(ROCK, PAPER)] * 3)[0].over[0]


def test_a_seat_sees_the_last_rounds_own_throw_first_and_empty_before_the_start():
    game = load_game("rock_paper_scissors")
    states, _ = played(game, [(ROCK, PAPER), (SCISSORS, ROCK)])
    first, second = game.observe(states, [0])[0], game.observe(states, [1])[0]
    assert first.argmax(axis=1).tolist() == [9, 3 * ROCK + PAPER, 3 * SCISSORS + ROCK]
    assert second.argmax(axis=1).tolist() == [9, 3 * PAPER + ROCK, 3 * ROCK + SCISSORS]
    assert (first.sum(axis=1) == 1).all()


@pytest.mark.parametrize(("recall", "states_known"), [(1, 10), (2, 91), (3, 820)])
def test_there_are_as_many_information_states_as_tables_expect(recall, states_known):
    game = load_game("rock_paper_scissors", {"recall": recall, "repetitions": 3})
    seen = set()
    for rounds in range(4):
        for throws in product(product(range(3), repeat=2), repeat=rounds):
            states = game.new_states([1])
            for throw in throws:
                game.play(states, np.array([throw]))
            seen.add(game.observe(states, [0]).tobytes())
    assert len(seen) == states_known


def test_bad_options_are_answered_with_the_allowed_ones():
    for name, value in (("recall", 0), ("repetitions", "ten"), ("win", 1.5), ("repetitions", True), ("draw", 1000)):
        with pytest.raises(
            BadOption, match=rf"Option {name} of rock_paper_scissors can't be .* it can be -?\d+\.\.\d+"
        ):
            load_game("rock_paper_scissors", {name: value})
