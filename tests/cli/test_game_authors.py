"""``sparring games new`` and ``check`` as the author of a game types them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def sparring(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "160", "NO_COLOR": "1", "SPARRING_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "sparring.cli", "games", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, timeout=120, check=False
    )


def test_a_new_game_passes_its_check_and_its_own_test_at_once(tmp_path):
    made = sparring("new", "stone_heap", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "sparring games check ./stone_heap" in made.stdout
    checked = sparring("check", "./stone_heap", "--plies", "80", "--set", "stones=15", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "✗" not in checked.stdout
    assert "Stone heap: all" in checked.stdout
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", "stone_heap"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in tested.stdout, tested.stdout


def test_what_fails_is_marked_and_the_exit_status_is_1(tmp_path):
    sparring("new", "page_less", folder=tmp_path)
    (tmp_path / "page_less" / "page_less" / "README.md").unlink()
    checked = sparring("check", "page_less/", "--plies", "20", folder=tmp_path)
    assert checked.returncode == 1
    assert "✗  README" in checked.stdout
    assert "Page less: one check fails." in checked.stdout


def test_what_is_wrong_gets_a_sentence_and_exit_status_2(tmp_path):
    for words, said in ((["check", "tic_tac_to"], "Did you mean 'tic_tac_toe'?"), (["new", "My Game"], "e.g. my_game")):
        result = sparring(*words, folder=tmp_path)
        assert result.returncode == 2, result.stdout
        assert said in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr
