"""Spaces of Gymnasium as Sparring's actions and observations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.errors import SparringError


@dataclass(frozen=True)
class Actions:
    """``declared`` as a layout says it; ``to_environment`` makes what ``play`` gets what the environment takes."""

    declared: Any
    dtype: type
    shape: tuple[int, ...]
    to_environment: Callable[[Any], Any]

    @property
    def options(self) -> int:
        """Width of a mask."""
        if isinstance(self.declared, dict):
            return 0
        return self.declared if isinstance(self.declared, int) else sum(self.declared)


@dataclass(frozen=True)
class Observations:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    flatten: Callable[[Any], NDArray[Any]]


def actions_of(space: Any, whose: str) -> Actions:
    """``whose`` names the environment in the sentence for a space that can't be played."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        first = int(space.start)
        return Actions(int(space.n), np.int32, (), lambda action: first + int(action))
    if isinstance(space, spaces.MultiDiscrete):
        sizes, start = space.nvec.ravel(), space.start
        heads = tuple(int(size) for size in sizes)
        return Actions(
            heads, np.int32, (len(heads),), lambda action: (action.reshape(space.shape) + start).astype(space.dtype)
        )
    if isinstance(space, spaces.MultiBinary):
        heads = (2,) * int(np.prod(space.shape))
        return Actions(heads, np.int32, (len(heads),), lambda action: action.reshape(space.shape).astype(space.dtype))
    if isinstance(space, spaces.Box) and space.dtype is not None and space.dtype.kind == "f":
        return _box(space, whose)
    raise SparringError(
        f"{whose} takes actions from {space}; only Discrete, MultiDiscrete, MultiBinary and Box of reals can be played."
    )


def _box(space: Any, whose: str) -> Actions:
    if not space.is_bounded():
        raise SparringError(
            f"{whose} takes actions without bounds, {space}; wrap it in gymnasium.wrappers.RescaleAction or ClipAction "
            "and register the wrapped environment."
        )
    bounds = {"low": space.low.ravel().tolist(), "high": space.high.ravel().tolist()}
    shape = (len(bounds["low"]),)
    return Actions(bounds, np.float32, shape, lambda action: np.asarray(action, space.dtype).reshape(space.shape))


def observations_of(space: Any, whose: str) -> Observations:
    """Boxes keep their shape; everything else that Gymnasium can flatten becomes one row of numbers."""
    from gymnasium import spaces
    from gymnasium.spaces import utils

    if isinstance(space, spaces.Box):
        return Observations(space.shape, _small(space), np.asarray)
    if not space.is_np_flattenable:
        raise SparringError(
            f"{whose} shows {space}, which is not a fixed number of numbers: Sparring can't hand it on."
        )
    flat = utils.flatten_space(space)
    return Observations((utils.flatdim(space),), _small(flat), lambda seen: np.asarray(utils.flatten(space, seen)))


def _small(box: Any) -> np.dtype[Any]:
    """The type of a box, or int8 where that holds whatever is in it: marks of one among many come as int64."""
    kept = np.dtype(box.dtype)
    fits = kept.kind == "b" or (kept.kind in "iu" and np.all(box.low >= -128) and np.all(box.high <= 127))
    return np.dtype(np.int8) if fits else kept
