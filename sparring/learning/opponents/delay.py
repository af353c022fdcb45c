"""Delayed views: an opponent that now and then sees what it saw a tick before, as people do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.engine.batch import with_rows


class DelayedViews:
    """The last view of every seat in every match; keeps nothing where ``wanted`` is false."""

    def __init__(self, game: Game, shape: tuple[int, ...], matches: int, wanted: bool) -> None:
        """``shape``: of a view."""
        kept = matches if wanted else 0
        self.last = np.zeros((kept, game.seats, *shape), game.observation_dtype)
        self.known = np.zeros((kept, game.seats), np.bool_)

    def show(
        self,
        matches: NDArray[np.int64],
        seats: NDArray[np.int8],
        observations: NDArray[Any],
        shares: NDArray[np.float64],
        chance: np.random.Generator,
    ) -> NDArray[Any]:
        """What seats see, dtype [B, *shape]: their view a tick before with a probability of ``shares: float64 [B]``."""
        if not len(self.known):
            return observations
        late = self.known[matches, seats] & (chance.random(len(matches)) < shares)
        shown = observations.copy()
        shown[late] = self.last[matches[late], seats[late]]
        self.last[matches, seats], self.known[matches, seats] = observations, True
        return shown

    def resize(self, matches: int) -> None:
        """Go on with so many matches: the first ones as they are."""
        if len(self.known):
            self.last, self.known = with_rows(self.last, matches), with_rows(self.known, matches)

    def forget(self, matches: NDArray[np.int64]) -> None:
        """These matches start anew: nobody has seen anything there."""
        if len(self.known):
            self.known[matches] = False

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""
        return {"last_views": self.last, "views_known": self.known}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from ``arrays()``."""
        self.last[:], self.known[:] = arrays["last_views"], arrays["views_known"]
