"""How views tell the end of a match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import States


def was_cut_off(states: States) -> NDArray[np.bool_]:
    """bool [B]: which matches ended by a limit of time, as a record says that has a field ``truncated``."""
    if "truncated" in (states.dtype.names or ()):
        return np.asarray(states["truncated"], np.bool_)
    return np.zeros(len(states), np.bool_)
