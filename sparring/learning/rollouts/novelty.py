"""A reward for seeing what was rarely seen: 1 / sqrt(count), where alike observations are counted together.

Alike are observations with the same signs in a few random directions (Tang et al., "#Exploration: a study of
count-based exploration for deep reinforcement learning", 2017, with SimHash).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game

DIRECTIONS = 20


class Novelty:
    """Counts of what was seen. ``counts: float32 [2 ** DIRECTIONS]`` is all that it remembers."""

    def __init__(self, game: Game, seed: int) -> None:
        size = int(np.prod(game.observation_shape))
        self._directions = np.random.default_rng([seed, 3]).normal(size=(size, DIRECTIONS)).astype(np.float32)
        self.counts = np.zeros(2**DIRECTIONS, np.float32)

    def rewards(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """float32 [N], from 0 to 1, for observations [N, *shape], which are counted first."""
        sides = observations.reshape(len(observations), -1).astype(np.float32) @ self._directions > 0
        places = sides @ (1 << np.arange(DIRECTIONS))
        np.add.at(self.counts, places, 1.0)
        return np.asarray(1.0 / np.sqrt(self.counts[places]), np.float32)
