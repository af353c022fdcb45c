"""Where matches of self-play begin: in positions that random play leads to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Batch, Game

WARM_UP = 64


class Nursery:
    """Matches in which random play goes on all the time, as many as there are to be started.

    ``plies``: no opening is longer; None: as long as random play takes it.
    """

    def __init__(self, game: Game, matches: int, seed: int, plies: int | None = None) -> None:
        self.batch, self.plies = Batch(game, matches, seed=seed), plies

    def warm_up(self) -> None:
        """Play until the matches are as far as they usually are, each in a place of its own."""
        self.batch.random_play(WARM_UP)

    def open(self, matches: Batch, started: NDArray[np.bool_], share: float, chance: np.random.Generator) -> None:
        """Put a ``share`` of the ``matches`` that have just ``started: bool [B]`` into positions of the nursery."""
        if share == 0:
            return
        rows = np.flatnonzero(started & (chance.random(len(started)) < share))
        self.batch.random_play(1)
        taken = rows
        if self.plies is not None and len(rows):
            fitting = np.flatnonzero(self.batch.states["ply"] <= self.plies)
            rows = rows if len(fitting) else rows[:0]
            taken = fitting[(chance.random(len(rows)) * len(fitting)).astype(np.int64)]
        if len(rows):
            matches.states[rows] = self.batch.states[taken]
            matches.look_at(rows)
