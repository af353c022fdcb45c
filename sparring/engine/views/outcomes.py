"""How views tell the end of a match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game, States


def forfeit_rewards(game: Game, guilty: set[int]) -> NDArray[np.float32]:
    """What each seat is paid when ``guilty`` seats end a match by an illegal action: float32 [S], as in the arena."""
    if len(guilty) == game.seats:
        alone = -game.forfeit if game.seats == 1 else 0.0
        return np.full(game.seats, alone, np.float32)
    rewards = np.full(game.seats, game.forfeit * len(guilty) / (game.seats - len(guilty)), np.float32)
    rewards[list(guilty)] = -game.forfeit
    return rewards


def was_cut_off(states: States) -> NDArray[np.bool_]:
    """bool [B]: which matches ended by a limit of time, as a record says that has a field ``truncated``."""
    if "truncated" in (states.dtype.names or ()):
        return np.asarray(states["truncated"], np.bool_)
    return np.zeros(len(states), np.bool_)
