"""What a network is shown in each row: the present or a stack of frames, and what the others see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Batch, Game


class FrameStacks:
    """The last observations of every seat in every match, each seat's own only: nobody sees another's through them."""

    def __init__(self, past: Sequence[int], game: Game, matches: int) -> None:
        """``past``: ages of the frames, 0 being the present."""
        self.past = np.array(past)
        shape = (matches, game.seats, max(past) + 1, *game.observation_shape)
        self.kept = np.zeros(shape, game.observation_dtype)

    def look(
        self, matches: NDArray[np.int64], seats: NDArray[Any], observations: NDArray[Any], keep: bool = True
    ) -> NDArray[Any]:
        """Observations dtype [R, *shape] of these seats -> [R, frames, *shape]; remembered if ``keep``."""
        stacks = self.kept[matches, seats]
        stacks[:, 1:] = stacks[:, :-1].copy()
        stacks[:, 0] = observations
        if keep:
            self.kept[matches, seats] = stacks
        chosen: NDArray[Any] = stacks[:, self.past]
        return chosen

    def forget(self, over: NDArray[np.bool_]) -> None:
        """Matches that have just started anew, bool [M]: nobody has seen anything there."""
        self.kept[over] = 0


def views_of_others(batch: Batch, seats: NDArray[np.int8]) -> NDArray[Any]:
    """What the other seats see in each row, in the order of turns: dtype [R, S - 1, *shape]."""
    game = batch.game
    if game.simultaneous:
        order = (np.arange(game.seats)[:, None] + np.arange(1, game.seats)) % game.seats
        return batch.observations[:, order].reshape(-1, game.seats - 1, *game.observation_shape)
    views = [game.observe(batch.states, (seats + step) % game.seats) for step in range(1, game.seats)]
    return np.stack(views, axis=1)
