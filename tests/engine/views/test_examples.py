"""The examples with other libraries train a game of ours, run as a reader runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "views"


def numbers_printed_by(name: str, home: Path) -> list[float]:
    """The signed numbers in the last line that the example prints."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "SPARRING_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, FOLDER / name], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [float(number) for number in re.findall(r"[+-]\d\.\d\d", done.stdout.splitlines()[-1])]


def test_every_example_is_tested():
    names = {"train_with_stable_baselines3.py", "train_with_rllib.py"}
    assert {path.name for path in FOLDER.glob("*.py")} == names


def test_stable_baselines3_learns_to_win_at_tic_tac_toe(tmp_path):
    before, after = numbers_printed_by("train_with_stable_baselines3.py", tmp_path)
    assert after > before + 0.4


def test_rllib_learns_to_win_at_kuhn_poker(tmp_path):
    means = numbers_printed_by("train_with_rllib.py", tmp_path)
    assert len(means) == 6
    assert sum(means[-2:]) / 2 > means[0] + 0.25
