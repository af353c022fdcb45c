"""A disk that is full loses no match: results wait until there is room, on a real disk of 24 megabytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("full_disk.py")
SIZE = 24_000_000


def test_results_wait_for_room_on_a_full_disk_and_pages_are_there_meanwhile(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    box = ["bwrap", "--dev-bind", "/", "/", "--size", str(SIZE), "--tmpfs", str(disk)]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"SPARRING_HOME": str(disk), "SPARRING_LEASE_SECONDS": "2"}
    command = [*box, sys.executable, str(SCRIPT)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    seen = json.loads(ended.stdout)
    assert seen["page"] == 200
    assert seen["matches while full"] == 0
    assert "no room" in seen["upload"]
    assert seen["states"] == [["done", 1]] * 3, "played once each"
    assert (seen["matches"], seen["integrity"], seen["files"]) == (120, "ok", [])
