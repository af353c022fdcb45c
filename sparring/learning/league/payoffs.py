"""What the runs of a league take from each other, as they have counted it while they trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

from sparring.engine import home
from sparring.learning.runs.checkpoints import checkpoint_folders

Payoffs: TypeAlias = dict[str, dict[str, dict[str, float]]]
"""Run -> opponent -> share of the points of late, 0 to 1, and matches. An opponent is RUN, or RUN/SNAPSHOT."""


def payoffs(main: str) -> Payoffs:
    """The payoffs of all runs of a league, by their latest checkpoints."""
    runs = [path for path in sorted((home() / "runs").glob("*")) if _belongs(path.name, main)]
    return {path.name: row for path in runs if (row := _row(path, main))}


def _row(folder: Path, main: str) -> dict[str, dict[str, float]]:
    found = checkpoint_folders(folder)
    if not found:
        return {}
    try:
        counters = json.loads((found[-1] / "counters.json").read_bytes())
    except FileNotFoundError:
        return {}
    results: dict[str, Any] = counters.get("opponents", {}).get("results", {"members": {}, "kinds": {}})
    row = {opponent: _cell(known) for opponent, known in results["members"].get("pool", {}).items()}
    row |= {f"{folder.name}/{int(update):09}": _cell(known) for update, known in _snapshots(results).items()}
    return row | ({main: _cell(results["kinds"]["latest"])} if "latest" in results["kinds"] else {})


def _snapshots(results: dict[str, Any]) -> dict[str, Any]:
    return {update: known for update, known in results["members"].get("past", {}).items() if update.isdigit()}


def _cell(known: list[float]) -> dict[str, float]:
    return {"share": round(known[0], 4), "matches": known[1]}


def _belongs(run: str, main: str) -> bool:
    return run == main or run.startswith(f"{main}.")
