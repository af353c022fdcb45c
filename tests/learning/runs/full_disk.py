"""Trains on a disk that fills up; run by test_full_disk.py in a place where that harms nobody.

``full_disk.py FOLDER freed`` frees the disk on the way, ``full_disk.py FOLDER full`` only after the run has ended.
Prints what happened as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.learning.configuration import configure
from sparring.learning.runs.checkpoints import checkpoint_folders, read_checkpoint
from sparring.learning.runs.progress import Progress
from sparring.learning.train import train

FULL_AT, FREE_AT, UPDATES = 3, 6, 9
SETTINGS = {
    **{"name": "ada", "environments": 16, "rollout": 8, "batch": 64, "network.hidden": [16], "updates": UPDATES},
    **{"checkpoints.updates": 1, "probe_seconds": 1000, "duel_seconds": 1000, "final_matches": 2},
}


def main(home: Path, way: str) -> dict[str, object]:
    """Train; what was seen on the way."""
    os.environ["SPARRING_HOME"] = str(home)
    run, filler = home / "runs" / "ada", home / "filler"
    seen: dict[str, object] = {"notes": []}

    def names() -> list[str]:
        return [path.name for path in checkpoint_folders(run)]

    def watch(progress: Progress) -> None:
        seen["notes"] = list(progress.notes)
        if progress.update == FULL_AT:
            fill(filler)
        if progress.update == FREE_AT - 1:
            seen["while full"] = names()
        if progress.update == FREE_AT and way == "freed":
            filler.unlink()

    config = configure(load_game("tic_tac_toe"), SETTINGS)
    try:
        seen["status"] = train(config, watch).status
    except SparringError as error:
        seen["error"] = str(error)
        seen["left"] = names()
        filler.unlink()
        seen["status"] = train(config, resume=True).status
    seen["readable"] = [bool(read_checkpoint(path)) for path in checkpoint_folders(run)]
    seen["end"] = names()
    seen["updates"] = [json.loads(line)["update"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    return seen


def fill(filler: Path) -> None:
    """Write until the disk is full."""
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
