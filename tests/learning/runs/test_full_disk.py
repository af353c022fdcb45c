"""A disk that is full costs a run nothing that it had, on a real one of four megabytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("full_disk.py")
SIZE = 4_000_000


def trained(way: str, folder: Path) -> dict[str, Any]:
    """What ``full_disk.py`` saw, in a file system of its own."""
    folder.mkdir()
    box = ["bwrap", "--dev-bind", "/", "/", "--size", str(SIZE), "--tmpfs", str(folder)]
    ended = subprocess.run(
        [*box, sys.executable, str(SCRIPT), str(folder), way],
        capture_output=True,
        text=True,
        env=os.environ,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    seen: dict[str, Any] = json.loads(ended.stdout)
    return seen


def test_a_run_trains_on_through_a_full_disk_and_keeps_its_checkpoints(tmp_path: Path) -> None:
    seen = trained("freed", tmp_path / "disk")
    assert seen["status"] == "done"
    assert "The checkpoint of update 4 can't be written" in seen["notes"][0]
    assert "Training goes on; the last checkpoint is 000000003" in seen["notes"][0]
    assert seen["while full"] == ["000000001", "000000002", "000000003"]
    assert seen["end"] == ["000000007", "000000008", "000000009"]
    assert all(seen["readable"])


def test_a_run_that_ends_on_a_full_disk_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    seen = trained("full", tmp_path / "disk")
    assert "can't be written" in seen["error"]
    assert seen["left"] == ["000000001", "000000002", "000000003"]
    assert seen["status"] == "done"
    assert seen["end"][-1] == "000000009"
    assert all(seen["readable"])
