"""The guard of a container does not outlive an arena that was killed before they met."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sparring.sandbox.isolation import guard

HURRIED = """
import runpy, signal, sys
alarm = signal.alarm
signal.alarm = lambda seconds: alarm(min(seconds, 1))
sys.argv = ["guard.py", "--pipes", {folder!r}, "/bin/true"]
runpy.run_path({script!r}, run_name="__main__")
"""


def test_a_guard_that_nobody_meets_ends(tmp_path: Path) -> None:
    for name in (*guard.STREAMS, "control", "status"):
        os.mkfifo(tmp_path / name)
    script = HURRIED.format(folder=str(tmp_path), script=guard.__file__)
    ended = subprocess.run([sys.executable, "-c", script], timeout=30, check=False)
    assert ended.returncode == 0
