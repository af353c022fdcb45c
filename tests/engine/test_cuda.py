"""The same bytes on CUDA: on a device where there is one, else in numba's simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("run_on_cuda.py")
GAMES = ["connect_four", "kuhn_poker", "leduc_poker:seats=3", "rock_paper_scissors"]
MORE = ["tic_tac_toe", "quarto", "liars_dice", "snakes", "matrix_game", "nh_fight"]


def python(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=3600, check=False)


@cache
def device_or_simulator() -> dict[str, str]:
    """What to set so that CUDA kernels run here: nothing where there is a device."""
    there = python("-c", "from numba import cuda; print(cuda.is_available())").stdout.strip() == "True"
    return {} if there else {"NUMBA_ENABLE_CUDASIM": "1"}


def matches_ended(rows: int, steps: int, games: list[str]) -> dict[str, int]:
    done = python(str(SCRIPT), str(rows), str(steps), *games, **device_or_simulator())
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: int(count) for name, count in map(str.split, done.stdout.splitlines())}


def test_steps_and_random_play_give_the_same_bytes_as_on_the_cpu():
    ended = matches_ended(3, 8, GAMES)
    assert list(ended) == GAMES
    assert min(ended["kuhn_poker"], ended["leduc_poker:seats=3"]) > 0, "matches ended and began anew"


@pytest.mark.nightly
def test_more_games_and_more_plies_give_the_same_bytes():
    assert list(matches_ended(5, 60, GAMES + MORE)) == GAMES + MORE


def test_without_a_device_a_sentence_says_what_to_do():
    code = "from sparring.engine.cuda import CudaBatch; from sparring.engine import load_game; "
    code += "CudaBatch(load_game('tic_tac_toe'), 2, 1)"
    done = python("-c", code, NUMBA_DISABLE_CUDA="1", NUMBA_ENABLE_CUDASIM="0")
    assert "SparringError: No CUDA device can be used here" in done.stderr
    assert "numba-cuda" in done.stderr
