"""The last observations of each match, for networks that see more than the present."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.onnx_network import SeenGame


class Frames:
    """What a player saw in its own last turns, by lane; before the first turn there is nothing, zeros.

    >>> from sparring.engine import load_game
    >>> frames = Frames((0, 1), load_game("rock_paper_scissors"))
    >>> seen = frames.seen(np.array([7]), np.ones((1, *frames.game.observation_shape), np.int8))
    >>> seen.shape[1], bool(seen[0, 0].all()), bool(seen[0, 1].any())
    (2, True, False)
    """

    def __init__(self, past: Sequence[int], game: SeenGame) -> None:
        """``past``: ages of the frames, 0 being the present."""
        self.past, self.game = list(past), game
        self._kept: dict[int, NDArray[Any]] = {}

    def seen(self, lanes: NDArray[np.int64], observations: NDArray[Any]) -> NDArray[Any]:
        """Observations dtype [B, *shape] of this turn -> [B, frames, *shape]; they are remembered."""
        stacks = np.zeros((len(lanes), len(self.past), *self.game.observation_shape), self.game.observation_dtype)
        for row, lane in enumerate(lanes.tolist()):
            kept = self._kept.get(lane)
            if kept is None:
                shape = (max(self.past) + 1, *self.game.observation_shape)
                kept = self._kept[lane] = np.zeros(shape, self.game.observation_dtype)
            kept[1:] = kept[:-1].copy()
            kept[0] = observations[row]
            stacks[row] = kept[self.past]
        return stacks

    def forget(self, lanes: NDArray[np.int64]) -> None:
        """These matches begin, or are over."""
        for lane in lanes.tolist():
            self._kept.pop(lane, None)
