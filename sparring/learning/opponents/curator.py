"""Curators: when the learner's present becomes part of its past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.errors import BadOption
from sparring.learning.configuration import Moment, TrainConfig

ENOUGH = 100
"""Matches against the past that say whether the learner has become better."""


class Curator:
    """Decides after each update whether a snapshot is taken. Raises BadOption for checkpoints that follow the clock."""

    def __init__(self, config: TrainConfig) -> None:
        self.settings, self._checkpoints = config.opponents.past, config.checkpoints.updates
        self.wanted = self.settings.share.constant != 0 or config.league.size > 0
        """Whether anybody, in this run or in its league, may meet the past of the learner."""
        self.every = self.settings.snapshot_every
        self.matches = 0
        """Finished since the last snapshot, self-play included."""
        self.points, self.met = 0.0, 0
        """Against the past, since the last snapshot."""
        if self.settings.curator == "checkpoints" and self._checkpoints is None and self.wanted:
            raise BadOption(
                "opponents.past.curator=checkpoints needs checkpoints.updates: how many updates lie between two. "
                "Checkpoints by the clock would make a run that can't be repeated."
            )

    def wants_snapshot(self, update: int, first: bool) -> bool:
        """Whether one is taken after ``update`` updates; ``first``: the pool is still empty."""
        if not self.wanted:
            return False
        if self.settings.curator == "updates":
            return update % self.every == 0
        if self.settings.curator == "matches":
            return self.matches >= self.every
        if self.settings.curator == "better":
            return first or (self.met >= ENOUGH and self.points >= self.settings.better_than * self.met)
        assert self._checkpoints is not None
        return update % round(self._checkpoints.at(Moment(update))) == 0

    def taken(self, full: bool) -> None:
        """A snapshot was taken. After one that filled the pool, they are taken half as often."""
        self.matches, self.points, self.met = 0, 0.0, 0
        if full:
            self.every *= 2

    def saw(self, points: NDArray[np.float64]) -> None:
        """Matches against the past have ended; ``points: float64 [n]`` are the learner's."""
        self.points += float(points.sum())
        self.met += len(points)

    def counters(self) -> dict[str, Any]:
        """For a checkpoint, as JSON."""
        return {"every": self.every, "matches": self.matches, "points": self.points, "met": self.met}

    def restore(self, counters: Mapping[str, Any]) -> None:
        """Go on from ``counters()``."""
        self.every, self.matches = counters["every"], counters["matches"]
        self.points, self.met = counters["points"], counters["met"]
