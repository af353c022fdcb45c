"""What a run's folder says about it, for lists and pages: read from its files, without PyTorch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sparring.learning.runs.lock import Holder, holder
from sparring.learning.runs.names import CONFIG, folder_of, run_names

METRICS, RESULT, SETTINGS = "metrics.jsonl", "result.json", "settings.json"
ALARM, LOG, OUTPUT = "alarm.txt", "log.txt", "output.txt"
TAIL_BYTES = 65_536
RARE = ("probe/", "against/", "rating/", "promotion/")
"""Metrics that are measured now and then; a line that has one is always written, and no curve may lose it."""
_MARKS = tuple(f'"{name}'.encode() for name in RARE)


@dataclass(frozen=True)
class RunRecord:
    """A run as its folder shows it at one moment."""

    name: str
    folder: Path
    config: dict[str, Any]
    holder: Holder | None
    result: dict[str, Any]
    """How it ended; empty while it goes on, and after a crash."""
    alarm: str
    """A sentence when its probe has fallen; else empty."""

    @property
    def state(self) -> str:
        """``starting``, ``running``, ``done``, ``stopped``, ``diverged``, or ``crashed``."""
        if self.holder is not None:
            return "starting" if self.holder.starting else "running"
        return str(self.result.get("status", "crashed"))

    @property
    def lives(self) -> bool:
        """Whether a process is at work on it."""
        return self.holder is not None

    @property
    def game(self) -> str:
        return str(self.config.get("game", ""))

    @property
    def algorithm(self) -> str:
        return str(self.config.get("algorithm", {}).get("name", ""))

    @property
    def model(self) -> str:
        """What it published: ``connect_four/ada@1``; empty: nothing yet."""
        return str(self.result.get("model") or "")

    @cached_property
    def latest(self) -> dict[str, float]:
        """The latest value of each metric."""
        found: dict[str, float] = {}
        for line in _last_lines(self.folder / METRICS):
            found |= line
        return found | {name: value for name, value in self.result.get("metrics", {}).items() if not self.lives}

    @property
    def steps(self) -> int:
        return int(self.latest.get("steps", 0))

    @property
    def seconds(self) -> float:
        return float(self.latest.get("seconds", 0.0))

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None for a run without an end."""
        spent = {"minutes": self.seconds / 60, "steps": self.steps, "updates": self.latest.get("update", 0)}
        limits = {name: limit for name in spent if (limit := self.config.get(name))}
        if not limits:
            return None
        return 1.0 if self.state == "done" else min(1.0, max(spent[name] / limit for name, limit in limits.items()))

    @cached_property
    def settings(self) -> list[dict[str, Any]]:
        """Every setting as text: path, value, default, changed, sentence; empty where the run has not begun."""
        try:
            found = json.loads((self.folder / SETTINGS).read_bytes())
        except (OSError, ValueError):
            return []
        return found if isinstance(found, list) else []

    @property
    def touched(self) -> datetime:
        """When it last said something."""
        files = [path for name in (METRICS, LOG, CONFIG) if (path := self.folder / name).exists()]
        return datetime.fromtimestamp(max(path.stat().st_mtime for path in files)).astimezone()


def record_of(name: str) -> RunRecord:
    """What there is to know about a run. Raises UnknownName with the nearest run."""
    return _record(folder_of(name))


def records() -> list[RunRecord]:
    """All runs: those that live first, then the latest."""
    found = [_record(folder_of(name)) for name in run_names()]
    return sorted(found, key=lambda run: (run.lives, run.touched), reverse=True)


def series(folder: Path, most: int = 300) -> dict[str, list[tuple[float, float]]]:
    """Every metric of a run as a curve of at most about ``most`` points (steps, value), thinned evenly.

    What is measured now and then, like the probe, is thinned only by itself.
    """
    path = folder / METRICS
    if not path.exists():
        return {}
    every = max(1, _lines_of(path) // most)
    found: dict[str, list[tuple[float, float]]] = {}
    with path.open("rb") as file:
        for index, text in enumerate(file):
            if index % every == 0 or any(mark in text for mark in _MARKS):
                _add_points(found, text)
    return {name: _thinned(points, most) for name, points in found.items()}


def log_lines(folder: Path, last: int = 20) -> list[str]:
    """The last lines of its log; for a crash also what its process said last."""
    lines = _text_lines(folder / LOG)[-last:]
    if _record(folder).state == "crashed" and (said := _text_lines(folder / OUTPUT)):
        lines += ["The last that its process said:", *said[-last:]]
    return lines


def _record(folder: Path) -> RunRecord:
    alarm = folder / ALARM
    return RunRecord(
        folder.name,
        folder,
        _document(folder / CONFIG),
        holder(folder),
        _document(folder / RESULT),
        alarm.read_text(encoding="utf-8").strip() if alarm.exists() else "",
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_lines(path: Path) -> Iterator[dict[str, float]]:
    if not path.exists():
        return
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        texts = file.read().split(b"\n")
    for text in texts[1 if size > TAIL_BYTES else 0 : -1]:
        yield _line(text)


def _line(text: bytes) -> dict[str, float]:
    """One line of metrics; what is no number is left out, and a line that was cut off is empty."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, int | float) and math.isfinite(value)}


def _lines_of(path: Path) -> int:
    """About how many lines a file has, by the length of its first ones."""
    with path.open("rb") as file:
        sample = file.read(TAIL_BYTES)
    return int(path.stat().st_size * max(1, sample.count(b"\n")) / max(1, len(sample)))


def _add_points(found: dict[str, list[tuple[float, float]]], text: bytes) -> None:
    line = _line(text)
    steps = line.pop("steps", 0.0)
    for name, value in line.items():
        found.setdefault(name, []).append((steps, value))


def _thinned(points: list[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    every = -(-len(points) // most)
    return points[::-every][::-1] if every > 1 else points


def _text_lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace").splitlines()
