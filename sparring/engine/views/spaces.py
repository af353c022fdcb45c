"""Spaces of Gymnasium for the observations and actions of a game."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game
from sparring.errors import MissingExtra

try:
    from gymnasium import spaces
except ImportError as error:
    raise MissingExtra("gymnasium", "gymnasium", "A view of a game") from error


def observation_space(game: Game) -> spaces.Box:
    """A Box of the game's shape and dtype, bounded by what the dtype can hold."""
    dtype = game.observation_dtype
    if dtype.kind == "f":
        return spaces.Box(-np.inf, np.inf, game.observation_shape, dtype.type)
    bounds = np.iinfo(dtype) if dtype.kind in "iu" else None
    low, high = (0, 1) if bounds is None else (bounds.min, bounds.max)
    return spaces.Box(low, high, game.observation_shape, dtype.type)


def with_mask(game: Game) -> spaces.Dict:
    """``{"observation", "action_mask"}``: PettingZoo's way to show which discrete actions are legal."""
    mask = spaces.Box(0, 1, (game.num_actions,), np.int8)
    return spaces.Dict({"observation": observation_space(game), "action_mask": mask})


def action_space(game: Game) -> spaces.Space[Any]:
    """Discrete, MultiDiscrete or Box."""
    if game.low is not None and game.high is not None:
        return spaces.Box(game.low, game.high, dtype=np.float32)
    if game.action_kind == "discrete":
        return spaces.Discrete(game.num_actions)
    return spaces.MultiDiscrete(np.array(game.heads, np.int64))


def sampling_mask(game: Game, mask: NDArray[np.bool_]) -> Any:
    """``mask: bool [A]`` as ``action_space(game).sample`` takes it: an array, one for each head, or None for a box."""
    if game.action_kind == "box":
        return None
    whole = mask.astype(np.int8)
    return whole if game.action_kind == "discrete" else tuple(np.split(whole, game.actions.starts[1:-1]))
