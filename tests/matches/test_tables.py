"""Matches of one alone, and of more than two: who sits where, which seeds, and what places."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import verify
from sparring.matches.table import places, play_table


def table(seats, matches, seed=1):
    game = load_game("liars_dice", {"seats": seats})
    players = [load("random", game, seed=number) for number in range(seats)]
    return play_table(game, players, [f"p{number}" for number in range(seats)], matches, seed).records


@pytest.mark.parametrize("seats", [3, 4])
def test_in_a_round_of_one_seed_everybody_has_each_seat_once(seats):
    records = table(seats, 2 * seats)
    for begin in (0, seats):
        of_round = records[begin : begin + seats]
        assert len({record.seed for record in of_round}) == 1
        for seat in range(seats):
            assert len({record.players[seat] for record in of_round}) == seats
    assert records[0].seed != records[seats].seed
    for record in records:
        verify(record)
        assert [f"p{record.player_at(seat)}" for seat in range(seats)] == list(record.players)


def test_alone_everybody_plays_the_same_seeds():
    game = load_game("gym:FrozenLake-v1")
    one, other = (play_table(game, [load("random", game, seed=s)], ["a"], 10, seed=3).records for s in (1, 2))
    assert [record.seed for record in one] == [record.seed for record in other]
    assert len({record.seed for record in one}) == 10


def test_random_players_share_the_places():
    records = table(3, 300)
    winners = Counter(record.players[record.winner] for record in records if record.winner is not None)
    assert min(winners.values()) > 60


def test_too_few_players_are_told_how_many_there_must_be():
    game = load_game("liars_dice", {"seats": 3})
    with pytest.raises(SparringError, match="has 3 seats; 2 players"):
        play_table(game, [load("random", game)] * 2, ["a", "b"], 3, seed=1)
    with pytest.raises(SparringError, match="at least 1 match"):
        play_table(game, [load("random", game)] * 3, ["a", "b", "c"], 0, seed=1)


def test_who_is_equal_shares_the_mean_of_their_places():
    assert places([1, 1, 1]) == [2.0, 2.0, 2.0]
    assert places([0, 5]) == [2.0, 1.0]
    assert np.mean(places([3, 1, 4, 1, 5])) == 3.0
