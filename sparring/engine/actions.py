"""What an action of a game is: one choice, one choice for each of several heads, or a point in a box."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.errors import IllegalAction

Kind: TypeAlias = Literal["discrete", "multi_discrete", "box"]

NOTHING = np.zeros((0, 0), np.bool_)


@dataclass(frozen=True)
class ActionSpace:
    """``heads``: options of each head; ``allows: bool [L, L]``: which go together; or a box, ``low`` to ``high``."""

    kind: Kind
    heads: tuple[int, ...] = ()
    allows: NDArray[np.bool_] | None = None
    low: NDArray[np.float32] | None = None
    high: NDArray[np.float32] | None = None

    @property
    def options(self) -> int:
        """Width of a mask: the options of all heads; 0 for a box."""
        return sum(self.heads)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one action."""
        if self.kind == "discrete":
            return ()
        return (len(self.heads),) if self.low is None else self.low.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32 if self.kind == "box" else np.int64)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where the options of each head begin in a mask, int64 [H + 1]."""
        return np.cumsum([0, *self.heads], dtype=np.int64)

    @property
    def together(self) -> NDArray[np.bool_]:
        """``allows``, or an empty array for compiled code where all options go together."""
        return NOTHING if self.allows is None else self.allows

    @cached_property
    def _choosing(self) -> ModuleType:
        """Compiled code: imported when first needed, because numba takes its time."""
        return importlib.import_module("sparring.engine.kernels.choosing")

    def zeros(self, *shape: int) -> NDArray[Any]:
        """Actions [*shape, *self.shape]."""
        return np.zeros((*shape, *self.shape), self.dtype)

    def illegal(self, actions: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which actions, [..., *shape], are not legal under masks, bool [..., L]: bool [...]."""
        if self.low is not None and self.high is not None:
            # Comparisons with NaN are false.
            return np.asarray(~((actions >= self.low) & (actions <= self.high)).all(axis=-1), np.bool_)
        from sparring.engine.kernels.choosing import mark_illegal

        marks = np.zeros(masks.shape[:-1], np.bool_)
        chosen = np.ascontiguousarray(actions, np.int64).reshape(marks.size, len(self.heads))
        together = NOTHING if self.allows is None else self.allows
        mark_illegal(chosen, masks.reshape(marks.size, masks.shape[-1]), self.starts, together, marks.reshape(-1))
        return marks

    def choose(self, masks: NDArray[np.bool_], random: NDArray[np.uint32], actions: NDArray[Any]) -> None:
        """Write random legal actions [..., *shape] under masks [..., L]; ``random: uint32 [..., 2]`` moves on."""
        rows = random.size // 2
        words, chosen = random.reshape(rows, 2), actions.reshape(rows, -1)
        if self.low is not None:
            self._choosing.choose_in_box(self.low, self.high, words, chosen)
        else:
            self._choosing.choose(masks.reshape(rows, -1), self.starts, self.together, words, chosen)

    def read(self, action: Any) -> Any:
        """``action`` as int, int64 [H] or float32 [n], if it is one at all. Raises IllegalAction with a sentence."""
        if self.kind == "discrete":
            return read_choice(action, self.heads[0], "An action", "Action")
        if not isinstance(action, (list, tuple, np.ndarray)) or (isinstance(action, np.ndarray) and action.ndim != 1):
            raise IllegalAction(f"An action is a list of {self.shape[0]} numbers, not {described(action)}.")
        if len(action) != self.shape[0]:
            raise IllegalAction(f"An action is a list of {self.shape[0]} numbers, not of {len(action)}.")
        if self.kind == "multi_discrete":
            heads = zip(action, self.heads, strict=True)
            named = [
                read_choice(choice, size, f"Head {i}", f"Head {i}: choice") for i, (choice, size) in enumerate(heads)
            ]
            return np.array(named, np.int64)
        return self._read_point(action)

    def _read_point(self, action: Sequence[Any] | NDArray[Any]) -> NDArray[np.float32]:
        assert self.low is not None
        assert self.high is not None
        for place, number in enumerate(action):
            if isinstance(number, (bool, np.bool_)) or not isinstance(number, (int, float, np.integer, np.floating)):
                raise IllegalAction(f"Number {place} of an action is a real number, not {described(number)}.")
            low, high = float(self.low[place]), float(self.high[place])
            try:
                with np.errstate(over="ignore"):
                    rounded = float(np.float32(number))
            except OverflowError:
                rounded = float("inf")
            if not low <= rounded <= high:
                raise IllegalAction(
                    f"Number {place} of the action is {rounded:.6g}; it must lie in {low:g} to {high:g}."
                )
        return np.array(action, np.float32)

    def spoilsport(self, action: Any, mask: NDArray[np.bool_]) -> str | None:
        """Why a well-formed action is not allowed under ``mask: bool [L]``: which head, and with which other."""
        for head, option in enumerate(np.atleast_1d(action).tolist()):
            place = self.starts[head] + option
            if not mask[place]:
                return f"choice {option} of head {head} is not allowed in this position"
            for earlier in range(head if self.allows is not None else 0):
                other = int(action[earlier])
                if self.allows is not None and not self.allows[place, self.starts[earlier] + other]:
                    return f"choice {option} of head {head} does not go with choice {other} of head {earlier}"
        return None


def action_space(declared: Any, dependencies: Sequence[tuple[int, int, int, Sequence[int]]] = ()) -> ActionSpace:
    """The space that a layout declares (see docs/internals.md).

    >>> action_space((2, 3), [(1, 2, 0, [1])]).allows.astype(int).tolist()[4]
    [0, 1, 1, 1, 1]
    """
    if isinstance(declared, dict):
        low, high = (np.asarray(declared[bound], np.float32) for bound in ("low", "high"))
        return ActionSpace("box", low=low, high=high)
    if isinstance(declared, (int, np.integer)):
        return ActionSpace("discrete", (int(declared),))
    heads = tuple(int(size) for size in declared)
    space = ActionSpace("multi_discrete", heads)
    if not dependencies:
        return space
    allows = np.ones((space.options, space.options), np.bool_)
    for head, option, earlier, good in dependencies:
        if not 0 <= earlier < head < len(heads):
            raise ValueError(f"Head {head} can depend on earlier heads only, not on head {earlier}.")
        for other in set(range(heads[earlier])) - set(good):
            allows[space.starts[head] + option, space.starts[earlier] + other] = False
    return ActionSpace("multi_discrete", heads, allows)


def read_choice(choice: Any, size: int, what: str, which: str) -> int:
    """``choice`` as an int in 0..size-1. Integers of Python and NumPy count. Raises IllegalAction."""
    if isinstance(choice, (bool, np.bool_, np.timedelta64)) or not isinstance(choice, (int, np.integer)):
        raise IllegalAction(f"{what} is an integer, not {described(choice)}.")
    number = int.__index__(choice) if isinstance(choice, int) else operator.index(choice)
    if not 0 <= number < size:
        raise IllegalAction(f"{which} {number} is outside 0..{size - 1}.")
    return number


def described(value: Any) -> str:
    """A short description of any value for an error message, safe against what its own code might do."""
    kind = type(value).__name__
    if value is None or type(value) in (bool, int, float, str, list, tuple, np.bool_, np.float32, np.float64):
        text = repr(value)
        return f"{text[:40]}{'…' if len(text) > 40 else ''} ({kind})"
    return f"a value of type {kind}"
