"""What an author's code is told about legal actions, and what it may answer, for each kind of actions.

Only light imports: the runner inside the sandbox reads this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.program import GameInfo

Answers = Sequence[object] | NDArray[Any]


def legal_lists(game: GameInfo) -> Callable[[NDArray[np.bool_]], list[Any]]:
    """A function that makes ``legal_actions`` of a mask: the legal integers; a list of them for each head; or
    ``(low, high)`` for each number of a box.

    >>> legal_lists(GameInfo("", {}, 2, [2, 3]))(np.array([True, False, True, False, True]))
    [[0], [0, 2]]
    """
    if isinstance(game.actions, dict):
        bounds = list(zip(game.actions["low"], game.actions["high"], strict=True))
        return lambda _mask: list(bounds)
    if isinstance(game.actions, list):
        borders = np.cumsum(game.actions)[:-1]
        return lambda mask: [np.flatnonzero(part).tolist() for part in np.split(mask, borders)]
    return lambda mask: np.flatnonzero(mask).tolist()


def kept(answer: object) -> object:
    """The answer as it is now: an author may go on writing to a list or an array."""
    if type(answer) is list:
        return answer[:]
    return answer.copy() if type(answer) is np.ndarray else answer


def as_array(answers: Sequence[object], game: GameInfo) -> Answers:
    """The answers as int64 [B], int64 [B, H] or float32 [B, n] if each is well-formed, else unchanged."""
    allowed: tuple[type, ...] = (np.integer, np.floating, float) if isinstance(game.actions, dict) else (np.integer,)
    dtype = np.float32 if isinstance(game.actions, dict) else np.int64
    if all(_well_formed(answer, game.width, allowed) for answer in answers):
        try:
            return np.array(answers, dtype).reshape(len(answers), *([] if game.width is None else [game.width]))
        except OverflowError:
            pass
    return answers


def _well_formed(answer: Any, width: int | None, allowed: tuple[type, ...]) -> bool:
    if width is None:
        return _is_number(answer, allowed)
    if type(answer) is np.ndarray:
        return answer.shape == (width,) and issubclass(answer.dtype.type, allowed) and answer.dtype.kind != "m"
    return type(answer) in (list, tuple) and len(answer) == width and all(_is_number(part, allowed) for part in answer)


def _is_number(value: Any, allowed: tuple[type, ...]) -> bool:
    return type(value) is int or (isinstance(value, allowed) and not isinstance(value, np.timedelta64))
