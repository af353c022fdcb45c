"""Whoever lets two agents play lets them play in pairs: one seed, seats swapped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from sparring.agents import load
from sparring.cli.duel import duel
from sparring.cli.evaluate import evaluate
from sparring.cli.sprt import sprt
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.evaluation import duels, rating, report
from sparring.matches import Pairing, voiding
from sparring.matches.referee import play_matches

GAME = load_game("tic_tac_toe")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Pairing]:
    """Every pairing that is played from now on."""
    seen: list[Pairing] = []

    def watched(game: Any, players: Any, names: Any, pairing: Pairing, progress: Any = None) -> Any:
        seen.append(pairing)
        return play_matches(game, players, names, pairing, progress)

    monkeypatch.setattr(voiding, "play_matches", watched)
    return seen


def first_moves(_observations: Any, masks: Any) -> Any:
    return masks.argmax(axis=1)


def run_sprt() -> None:
    with pytest.raises(typer.Exit):
        sprt("tic_tac_toe", "random", "minimax:depth=2", elo0=0.0, elo1=20.0, alpha=0.05, beta=0.05, at_most=5, seed=3)


PLACES: dict[str, Callable[[], Any]] = {
    "sparring duel": lambda: duel("tic_tac_toe", "random", "minimax:depth=2", matches=6, seed=3),
    "sparring sprt": run_sprt,
    "sparring eval": lambda: report._against(GAME, "random", "minimax:depth=2", 6, 3),
    "measuring while a run learns": lambda: duels.share_of_points(GAME, first_moves, "random", 6, 3),
    "ratings of the opponents of a run": lambda: rating._among_themselves(GAME, ["random", "minimax:depth=1"], 3),
}


@pytest.mark.parametrize("place", PLACES)
def test_matches_are_played_in_pairs(played: list[Pairing], place: str) -> None:
    PLACES[place]()
    assert played
    for pairing in played:
        assert len(pairing.seeds) % 2 == 0
        assert (pairing.seeds[::2] == pairing.seeds[1::2]).all()
        assert (pairing.seating[::2] == pairing.seating[1::2, ::-1]).all()
        assert len(set(pairing.seeds.tolist())) == len(pairing.seeds) // 2


def test_in_a_game_for_one_both_play_from_one_seed(played: list[Pairing]) -> None:
    game = load_game("gym:CartPole-v1")
    from sparring.matches import play_duel

    play_duel(game, [load("random", game, seed=1), load("random", game, seed=2)], ["a", "b"], 3, seed=1)
    assert played[0].seating.tolist() == [[0], [1]] * 3
    assert (played[0].seeds[::2] == played[0].seeds[1::2]).all()


def test_an_evaluation_of_half_a_pair_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path))
    with pytest.raises(BadOption, match="an even number"):
        evaluate("tic_tac_toe/ada", ["random"], matches=5)
