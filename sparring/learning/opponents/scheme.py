"""A scheme at work: it remembers what it needs of each member, and draws from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.learning.configuration import Moment
from sparring.learning.configuration.opponents import Scheme, SchemeSettings
from sparring.learning.configuration.schedules import Schedule
from sparring.learning.opponents.results import Results
from sparring.learning.opponents.schemes import (
    delta_limit_uniform,
    delta_uniform,
    fictitious,
    mixture,
    pfsp,
    prioritised,
    qualities_after_wins,
    quality_of_new,
)

CURRENT = "current"
"""The member that is the current policy."""
KNOWING_CURRENT = ("naive", "delta_uniform", "delta_limit_uniform")


class Draw:
    """Draws members by the schemes of ``settings``; ``results`` of ``kind`` say how the learner does against them."""

    def __init__(self, settings: SchemeSettings, results: Results, kind: str) -> None:
        self.settings, self._results, self._kind = settings, results, kind
        self.qualities: dict[str, float] = {}
        written = settings.scheme
        self._parts: dict[Scheme, Schedule] = dict(written) if isinstance(written, dict) else {written: Schedule(1)}

    def members(self, pool: Sequence[str], count: int, chance: np.random.Generator, moment: Moment) -> list[str]:
        """``count`` of the pool, oldest first, or of it and the current policy; none where there is nobody."""
        chances = self.chances(pool, moment)
        if not chances.sum():
            return []
        candidates = [*pool, CURRENT]
        return [candidates[index] for index in chance.choice(len(candidates), size=count, p=chances)]

    def chances(self, pool: Sequence[str], moment: Moment) -> NDArray[np.float64]:
        """How likely each of the pool, and the current policy, is drawn: float64 [m + 1]; all 0 for an empty pool."""
        shares = {name: share.at(moment) for name, share in self._parts.items()}
        known = {name: share for name, share in shares.items() if share and (pool or name in KNOWING_CURRENT)}
        if not known:
            return np.zeros(len(pool) + 1)
        return mixture([self._chances(name, pool) for name in known], list(known.values()))

    def met(self, member: str, points: NDArray[np.float64], pool: Sequence[str]) -> None:
        """Matches against a member have ended; ``points: float64 [n]`` are the learner's."""
        if "prioritised" not in self._parts or member not in pool:
            return
        wins = np.array([np.count_nonzero(points == 1.0) if other == member else 0 for other in pool])
        qualities = qualities_after_wins(self._qualities(pool), wins, self.settings.quality_rate)
        self.qualities = dict(zip(pool, qualities.tolist(), strict=True))

    def _chances(self, name: str, pool: Sequence[str]) -> NDArray[np.float64]:
        size = len(pool)
        if name == "naive":
            return delta_uniform(size, 1.0)
        if name == "delta_uniform":
            return delta_uniform(size, self.settings.delta)
        if name == "delta_limit_uniform":
            return delta_limit_uniform(size, self.settings.delta)
        if name == "prioritised":
            return np.append(prioritised(self._qualities(pool)), 0.0)
        if name == "pfsp":
            shares = [self._results.share(self._kind, member) for member in pool]
            return np.append(pfsp(shares, self.settings.weighting, self.settings.power), 0.0)
        return np.append(fictitious(size), 0.0)

    def _qualities(self, pool: Sequence[str]) -> list[float]:
        """Of each of the pool; members that are new get theirs, those that are gone lose it."""
        known = {member: self.qualities[member] for member in pool if member in self.qualities}
        for member in pool:
            known.setdefault(member, quality_of_new(list(known.values())))
        self.qualities = known
        return [known[member] for member in pool]

    def counters(self) -> dict[str, Any]:
        """For a checkpoint, as JSON."""
        return {"qualities": self.qualities}

    def restore(self, counters: Mapping[str, Any]) -> None:
        """Go on from ``counters()``."""
        self.qualities = dict(counters["qualities"])
