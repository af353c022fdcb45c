"""The learner's own past as opponents: a pool of snapshots, a curator that fills it, a scheme that draws from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.opponents.actors import Actor
from sparring.learning.opponents.curator import Curator
from sparring.learning.opponents.learned import Learned
from sparring.learning.opponents.pool import Pool
from sparring.learning.opponents.results import Results
from sparring.learning.opponents.scheme import CURRENT, Draw


class Past:
    """Frozen copies of what the learner has ``learned``, and that itself for the schemes that meet it."""

    name = "past"

    def __init__(self, config: TrainConfig, learned: Learned, results: Results) -> None:
        self.settings = config.opponents.past
        self.pool = Pool(self.settings.capacity)
        self.scheme = Draw(self.settings, results, self.name)
        self.curator = Curator(config)
        self._learned = learned

    @property
    def members(self) -> list[str]:
        """The snapshots that may be met, oldest first."""
        return [str(update) for update in self.pool.members]

    def draw(self, count: int, chance: np.random.Generator, moment: Moment) -> list[str]:
        return self.scheme.members(self.members, count, chance, moment)

    def actor(self, member: str) -> Actor:
        return (self._learned if member == CURRENT else self.pool.copies[int(member)]).actor()

    def met(self, member: str, points: NDArray[np.float64]) -> None:
        self.curator.saw(points)
        self.scheme.met(member, points, self.members)

    def after_update(self, update: int) -> None:
        if self.curator.wants_snapshot(update, first=not self.pool.members):
            self.curator.taken(full=self.pool.add(update, self._learned))

    def retain(self, used: set[str]) -> None:
        self.pool.retain({int(member) for member in used - {CURRENT}})

    def counters(self) -> dict[str, Any]:
        return {
            "members": self.pool.members,
            "curator": self.curator.counters(),
            "scheme": self.scheme.counters(),
        }

    def arrays(self) -> dict[str, dict[str, NDArray[Any]]]:
        """The numbers of each snapshot, by the file that keeps it for good."""
        return {f"past/{update:09}": weights for update, weights in self.pool.arrays().items()}

    def restore_arrays(self, state: Mapping[str, Mapping[str, NDArray[Any]]]) -> None:
        """Take over the snapshots among the files of a checkpoint."""
        kept = {int(name.removeprefix("past/")): weights for name, weights in state.items() if name.startswith("past/")}
        self.pool.restore(kept, self._learned)

    def restore(self, counters: Mapping[str, Any]) -> None:
        self.pool.members = list(counters["members"])
        self.curator.restore(counters["curator"])
        self.scheme.restore(counters["scheme"])
