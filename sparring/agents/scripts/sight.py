"""What a script goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass
class Sight:
    """What a seat sees at its turn, and what the script itself has noted in the match so far."""

    observation: NDArray[Any]
    """dtype [*shape]: what the seat sees."""
    mask: NDArray[np.bool_]
    """bool [A]: its legal actions; the heads one after the other where an action has several."""
    options: dict[str, Any]
    """The options of the game."""
    random: np.random.Generator
    """Chance of this seat in this match."""
    memory: dict[str, Any]
    """Empty when the match starts, and the script's own from then on."""


Script: TypeAlias = Callable[[Sight], Any]
"""``script(sight)`` gives an action as ``Game.check_action`` takes it."""
