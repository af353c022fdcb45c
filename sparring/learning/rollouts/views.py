"""What a network is shown in each row: the present or a stack of frames, and what the others see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Batch, Game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment
from sparring.learning.configuration.play import NoiseSettings


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


class ObservationNoise:
    """Normal noise on some numbers of what is seen."""

    def __init__(self, game: Game, settings: Sequence[NoiseSettings]) -> None:
        """Raises BadOption where observations are no real numbers, or have no such ones."""
        self._settings, size = settings, int(np.prod(game.observation_shape))
        if game.observation_dtype.kind != "f":
            raise BadOption(
                f"{game.title} shows whole numbers ({game.observation_dtype}): noise would be no noise there."
            )
        for noise in settings:
            wrong = [index for index in noise.indices if not 0 <= index < size]
            if wrong:
                raise BadOption(f"play.noise speaks of number {wrong[0]}; {game.title} shows 0..{size - 1}.")

    def on(self, observations: NDArray[Any], moment: Moment, chance: np.random.Generator) -> NDArray[Any]:
        """Observations [R, *shape], copied, with noise."""
        flat = observations.reshape(len(observations), -1).copy()
        for noise in self._settings:
            where = list(noise.indices) or slice(None)
            flat[:, where] += chance.normal(0.0, noise.deviation.at(moment), flat[:, where].shape)
        return flat.reshape(observations.shape)


def views_of_others(batch: Batch, seats: NDArray[np.int8]) -> NDArray[Any]:
    """What the other seats see in each row, in the order of turns: dtype [R, S - 1, *shape]."""
    game = batch.game
    if game.simultaneous:
        order = (np.arange(game.seats)[:, None] + np.arange(1, game.seats)) % game.seats
        return batch.observations[:, order].reshape(-1, game.seats - 1, *game.observation_shape)
    views = [game.observe(batch.states, (seats + step) % game.seats) for step in range(1, game.seats)]
    return np.stack(views, axis=1)
