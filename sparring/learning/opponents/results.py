"""How the learner does against each opponent it meets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMORY = 100
"""Matches over which a share is averaged: all up to so many, from then on the older ones fade."""


class Results:
    """Share of the points, 0 to 1, and matches counted, by kind and member."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, tuple[float, int]]] = {}
        self._kinds: dict[str, tuple[float, int]] = {}

    def add(self, kind: str, member: str, points: NDArray[np.float64]) -> None:
        """Matches against a member have ended; ``points: float64 [n]`` are the learner's, 0 to 1."""
        known = self._known.setdefault(kind, {})
        known[member] = _moved(known.get(member), points)
        self._kinds[kind] = _moved(self._kinds.get(kind), points)

    def share(self, kind: str, member: str) -> float:
        """Share of the points against a member; .5 where none was met."""
        return self._known.get(kind, {}).get(member, (0.5, 0))[0]

    def count(self, kind: str, member: str) -> int:
        """Matches against a member."""
        return self._known.get(kind, {}).get(member, (0.5, 0))[1]

    def by_kind(self) -> dict[str, tuple[float, int]]:
        """The share against each kind that was met, and the matches."""
        return dict(self._kinds)

    def counters(self) -> dict[str, Any]:
        """For a checkpoint, as JSON."""
        return {"members": self._known, "kinds": self._kinds}

    def restore(self, counters: Mapping[str, Any]) -> None:
        """Go on from ``counters()``."""
        members = counters["members"].items()
        self._known = {kind: {name: tuple(known) for name, known in each.items()} for kind, each in members}
        self._kinds = {kind: tuple(known) for kind, known in counters["kinds"].items()}


def _moved(known: tuple[float, int] | None, points: NDArray[np.float64]) -> tuple[float, int]:
    share, count = known or (0.0, 0)
    weight = min(1.0, len(points) / min(count + len(points), MEMORY))
    return share + (float(points.mean()) - share) * weight, count + len(points)


def points_of(scores: NDArray[np.float32], own: NDArray[np.int64]) -> NDArray[np.float64]:
    """Points of one seat of each match, float64 [B]: 1 for more than all others, .5 for as much as the best of them.

    ``scores: float32 [B, S]``, ``own: int64 [B]``.

    >>> points_of(np.array([[1, -1], [0, 0], [1, -1]], np.float32), np.array([0, 0, 1])).tolist()
    [1.0, 0.5, 0.0]
    """
    rows = np.arange(len(scores))
    others = np.array(scores)
    others[rows, own] = -np.inf
    points: NDArray[np.float64] = (np.sign(scores[rows, own] - others.max(axis=1)) + 1.0) / 2.0
    return points.astype(np.float64)
