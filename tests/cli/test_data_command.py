"""Data sets from the command line: made of duels and of recorded matches, looked at, and refused with a sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sparring.cli import main
from sparring.engine import load_game
from sparring.learning.memories.datasets import read_data_set

Sparring = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sparring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Sparring:
    """``sparring("data", "show", "x")`` in this process: exit status, what it printed, what it complained of."""
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sparring", *words])
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        said, complained = capfd.readouterr()
        return status, said, complained

    return call


def test_duels_become_a_data_set_that_can_be_learned_from(sparring: Sparring, tmp_path: Path) -> None:
    words = ["data", "record", "tic_tac_toe", "minimax:depth=2", "random", "--matches", "20"]
    status, said, complained = sparring(*words, "--of", "minimax:depth=2", "--out", "expert.safetensors")
    assert (status, complained) == (0, "")
    data = read_data_set(tmp_path / "expert.safetensors", load_game("tic_tac_toe"))
    assert len(set(data.matches.tolist())) == 20
    assert f"{len(data):,} decisions in 20 matches" in said
    assert "--set algorithm=behaviour_cloning --set algorithm.data=expert.safetensors" in said
    assert f"{len(data):,} decisions in 20 matches" in sparring("data", "show", "expert.safetensors")[1]


def test_recorded_matches_become_a_data_set_of_their_game_and_options(sparring: Sparring, tmp_path: Path) -> None:
    duel = ["duel", "connect_four", "random", "minimax:depth=1", "--set", "connect=3", "--matches", "6"]
    assert sparring(*duel, "--records", "fight.matches")[0] == 0
    assert sparring("data", "convert", "fight.matches", "--of", "random", "--out", "random.safetensors")[0] == 0
    data = read_data_set(tmp_path / "random.safetensors", load_game("connect_four", {"connect": 3}))
    assert len(set(data.matches.tolist())) == 6
    assert "connect=3" in sparring("data", "show", "random.safetensors")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "nothing.safetensors"], "There is no data set nothing.safetensors"),
        (["show", "junk"], "junk is no data set, or it is damaged"),
        (["record", "tic_tac_to", "random", "--out", "x"], "tic_tac_toe"),
        (["record", "tic_tac_toe", "random", "--of", "solver", "--out", "x"], "solver plays no match"),
        (["record", "tic_tac_toe", "random", "--out", "nowhere/x"], "There is no folder nowhere"),
        (["convert", "junk", "--out", "x"], "junk"),
    ],
)
def test_what_can_not_be_gets_a_sentence(sparring: Sparring, tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 10)
    status, _, complained = sparring("data", *words)
    assert status == 2
    assert sentence in complained
    assert "Traceback" not in complained
