"""The duel document that other tools read."""

from __future__ import annotations

import json

import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import play_duel
from sparring.matches.duel import Tally

DUEL_KEYS = {
    "result": str,
    "error_msg": str,
    "num_matches": int,
    "player_1_errors": int,
    "player_2_errors": int,
    "other_errors": int,
    "player_1_wins": int,
    "player_2_wins": int,
    "draws": int,
    "player_1_score": float,
    "player_2_score": float,
    "matches": list,
}
MATCH_KEYS = {
    "result": str,
    "error_msg": str,
    "player_1_score": float,
    "player_2_score": float,
    "first_player": str,
    "states": list,
}


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "quarto", "rock_paper_scissors"])
def test_the_document_has_exactly_the_documented_keys(name: str) -> None:
    game = load_game(name)
    duel = play_duel(game, [load("random", game, seed=1), load("random", game, seed=2)], ["a", "b"], 8, seed=1)
    document = json.loads(json.dumps(duel.document()))
    assert set(document) == {*DUEL_KEYS, "sparring"}
    for key, kind in DUEL_KEYS.items():
        assert type(document[key]) is kind, key
    assert document["num_matches"] == 8
    assert document["player_1_score"] == -document["player_2_score"]
    for number, match in enumerate(document["matches"]):
        assert set(match) == set(MATCH_KEYS)
        for key, kind in MATCH_KEYS.items():
            assert type(match[key]) is kind, key
        assert match["first_player"] == ("PLAYER_1" if number % 2 == 0 else "PLAYER_2")
        assert len(match["states"]) == duel.records[number].plies + 1


@pytest.mark.parametrize(
    ("tally", "result"),
    [
        (Tally((3, 1), 0, (0, 0), 0, (2.0, -2.0)), "PLAYER_1_WIN"),
        (Tally((1, 1), 2, (0, 0), 0, (0.0, 0.0)), "DRAW"),
        (Tally((1, 1), 0, (0, 0), 0, (-5.0, 5.0)), "PLAYER_2_WIN"),
        (Tally((2, 0), 0, (3, 0), 0, (-1.0, 1.0)), "PLAYER_2_WIN"),
        (Tally((0, 0), 0, (0, 0), 4, (0.0, 0.0)), "ERROR"),
    ],
)
def test_points_are_twice_wins_and_opponents_errors_plus_draws_then_score(tally: Tally, result: str) -> None:
    assert tally.result == result
