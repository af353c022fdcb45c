"""The commands as a person types them: real processes, their output and exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

AGENT = """
class Agent:
    def act(self, observation, legal_actions):
        return legal_actions[0]
"""


def sparring(*words: str, typed: str = "", home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
    if home is not None:
        environment["SPARRING_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-m", "sparring.cli", *words],
        input=typed,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["duel", "conect_four", "random", "random"], "Did you mean 'connect_four'?"),
        (["duel", "connect_four", "rndom", "random"], "Did you mean 'random'?"),
        (["duel", "connect_four", "minimax:dept=3", "random"], "Did you mean 'depth'?"),
        (["duel", "connect_four", "minimax:depth=0", "random"], "1..64"),
        (["duel", "connect_four", "no/such/agent.py", "random"], "There is no file no/such/agent.py"),
        (["duel", "connect_four", "random", "random", "--set", "rows=99"], "3..12"),
        (["duel", "connect_four", "random", "random", "--set", "rowz=5"], "Did you mean 'rows'?"),
        (["duel", "connect_four", "random", "random", "--set", "rows"], "KEY=VALUE"),
        (["duel", "connect_four", "random", "random", "--sandbox", "bublewrap"], "bubblewrap"),
        (["duel", "rock_paper_scissors", "minimax", "random"], "played simultaneously"),
        (["duel", "connect_four", "model:connect_four/nobody", "random"], "connect_four/nobody"),
        (["sprt", "tic_tac_toe", "random", "random", "--elo1", "0"], "elo0 must be below elo1"),
        (["sprt", "random", "mcts"], "sparring sprt GAME A B"),
        (["sprt", "model:tic_tac_toe/nobody", "random"], "nobody"),
        (["games", "show", "quatro"], "Did you mean 'quarto'?"),
        (["play", "nh_fight", "--against", "random"], "is a list of 12 choices"),
        (["play", "chess960"], "There is no game 'chess960'"),
        (["replay", "no-such-file"], "There is no file no-such-file"),
        (["models", "show", "connect_four/nobody"], "connect_four/nobody"),
        (["submit", "nothing.py", "--game", "connect_four"], "There is no file nothing.py"),
        (["train", "conect_four"], "Did you mean 'connect_four'?"),
        (["train", "connect_four", "--set", "epoch=3"], "Did you mean 'epochs'?"),
        (["dule"], "Did you mean 'duel'?"),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_exit_status_2(words: list[str], said: str, tmp_path: Path) -> None:
    result = sparring(*words, home=tmp_path)
    assert result.returncode == 2, result.stdout
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("first", "at_most", "answer", "status"),
    [("minimax:depth=3", "2000", "Yes.", 0), ("random", "4000", "No.", 1), ("random", "20", "Still open.", 3)],
)
def test_who_is_stronger_is_played_out_until_it_is_clear(first: str, at_most: str, answer: str, status: int) -> None:
    result = sparring("sprt", "tic_tac_toe", first, "random", "--elo1", "60", "--at-most", at_most)
    assert result.returncode == status, result.stderr
    assert answer in result.stdout
    assert "matches; pairs of 0 to 2 points" in result.stdout


def test_a_duel_prints_the_documented_document(tmp_path: Path) -> None:
    result = sparring(
        "duel", "connect_four", "random", "minimax:depth=2", "-n", "6", "--seed", "1", "--json", home=tmp_path
    )
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["num_matches"] == 6
    assert document["sparring"]["players"] == ["random", "minimax:depth=2"]


def test_a_duel_writes_its_document_and_its_records_which_replay(tmp_path: Path) -> None:
    document, records = tmp_path / "duel.json", tmp_path / "fight.matches"
    words = ["duel", "quarto", "random", "random", "-n", "4", "--json", str(document), "--records", str(records)]
    assert sparring(*words, home=tmp_path).returncode == 0
    assert json.loads(document.read_text())["num_matches"] == 4
    verified = sparring("replay", str(records), "--verify")
    assert verified.returncode == 0
    assert "All 4 matches" in verified.stdout
    shown = sparring("replay", str(records), "--match", "2", "--svg", str(tmp_path / "boards"))
    assert shown.returncode == 0
    assert (tmp_path / "boards" / "000.svg").read_text().startswith("<svg")
    assert sparring("replay", str(records), "--match", "9").returncode == 2


@pytest.mark.parametrize("game", ["nh_fight", "robosumo"])
def test_a_match_of_many_numbers_a_turn_is_shown_with_what_was_done(game: str, tmp_path: Path) -> None:
    records = tmp_path / "fight.matches"
    words = ["duel", game, "random", "random", "-n", "1", "--records", str(records)]
    assert sparring(*words, home=tmp_path).returncode == 0
    shown = sparring("replay", str(records), "--match", "1", home=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "\n1. random (1): " in shown.stdout
    listing = sparring("games", home=tmp_path)
    assert game in listing.stdout


def test_the_same_seed_plays_the_same_duel(tmp_path: Path) -> None:
    words = ["duel", "tic_tac_toe", "random", "mcts:simulations=20", "-n", "10", "--seed", "4", "--json"]
    first, second = (json.loads(sparring(*words, home=tmp_path).stdout)["matches"] for _ in range(2))
    assert first == second


def test_a_damaged_record_file_is_found(tmp_path: Path) -> None:
    records = tmp_path / "fight.matches"
    sparring("duel", "tic_tac_toe", "random", "random", "-n", "2", "--records", str(records), home=tmp_path)
    data = bytearray(records.read_bytes())
    data[-10] ^= 1
    records.write_bytes(data)
    result = sparring("replay", str(records), "--verify")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_ones_own_file_plays_in_this_process_or_in_the_sandbox(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text(AGENT)
    documents = []
    for driver in ("trusted", "bubblewrap"):
        words = ["duel", "connect_four", str(agent), "minimax:depth=2", "-n", "4", "--sandbox", driver, "--json"]
        result = sparring(*words, home=tmp_path)
        assert result.returncode == 0, result.stderr
        documents.append(json.loads(result.stdout)["matches"])
    assert documents[0] == documents[1]


def test_a_person_plays_in_the_terminal_and_is_asked_again_after_nonsense(tmp_path: Path) -> None:
    typed = "nonsense\n99\n" + "".join(f"{action}\n" for action in list(range(9)) * 9)
    result = sparring("play", "tic_tac_toe", "--against", "random", typed=typed, home=tmp_path)
    assert "'nonsense' is not one of them" in result.stdout
    assert any(ending in result.stdout for ending in ("You win.", "random wins.", "A draw."))


def test_an_end_of_input_ends_the_match_quietly(tmp_path: Path) -> None:
    result = sparring("play", "tic_tac_toe", typed="", home=tmp_path)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr


def test_games_lists_and_shows_each(tmp_path: Path) -> None:
    listing = sparring("games", home=tmp_path).stdout
    for name in ("tic_tac_toe", "connect_four", "quarto", "rock_paper_scissors"):
        assert name in listing
        shown = sparring("games", "show", name, home=tmp_path)
        assert shown.returncode == 0, shown.stderr


def test_the_doctor_attacks_the_sandbox_and_reports(tmp_path: Path) -> None:
    result = sparring("doctor", home=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "bubblewrap" in result.stdout
    assert "✗ sandbox" not in result.stdout
