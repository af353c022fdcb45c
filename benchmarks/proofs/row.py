"""A row of the table of strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Prove = Callable[[int, float], dict[str, Any]]
"""Seed and minutes of training in; numbers out, among them ``met``: whether they keep the promise."""


@dataclass(frozen=True)
class Row:
    """``shows``: how the numbers that ``prove`` returns are said, as a format; ``promised``: for people."""

    name: str
    title: str
    minutes: float
    promised: str
    shows: str
    prove: Prove

    def said(self, run: dict[str, Any]) -> str:
        """What a run of this row measured, or why nothing could be."""
        return str(run["failure"]) if "failure" in run else self.shows.format(**run)
