"""Symmetries of a game: ways to look at a match from which it is a match all the same.

Connect Four mirrored is Connect Four. Whoever learns from a position may learn the same from its mirror image, and
whoever knows that need not find out twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sparring.engine.actions import ActionSpace
from sparring.engine.rules_checks import refuse

HINT = "Return pairs of what observation and actions become, made of the two arrays that are given."

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Symmetries:
    """``G`` ways to look at a match, the first of them as it is; ``O`` numbers make an observation, ``A`` are actions.

    Seen in way ``g``, the number ``i`` of an observation is what really stands at ``observations[g, i]``, and action
    ``a`` means action ``actions[g, a]``. Arguments called ``ways: int64 [B]`` say in which way each row is seen.
    """

    observations: NDArray[np.int64]
    """int64 [G, O]."""
    actions: NDArray[np.int64]
    """int64 [G, A]."""

    def __len__(self) -> int:
        return len(self.actions)

    def draw(self, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Ways int64 [count], all as likely."""
        return random.integers(len(self), size=count)

    def observed(self, observations: NDArray[Number], ways: NDArray[np.int64]) -> NDArray[Number]:
        """Observations [N, *shape], or several in each row, [N, K, *shape], as they are seen in these ways.

        With ``B`` a multiple of ``N`` ways there are ``B`` rows: all in the first ``N`` ways, then all in the next.
        """
        return _seen(observations, self.observations, ways)

    def by_action(self, numbers: NDArray[Number], ways: NDArray[np.int64]) -> NDArray[Number]:
        """What there is for each action [N, A], a mask or a policy, as it is seen in these ways: [B, A]."""
        return _seen(numbers, self.actions, ways)

    def called(self, actions: NDArray[np.int64], ways: NDArray[np.int64]) -> NDArray[np.int64]:
        """Actions [B] of the game as they are called in these ways."""
        return self._called[ways, actions]

    @cached_property
    def _called(self) -> NDArray[np.int64]:
        """int64 [G, A]: the inverse of ``actions``."""
        return np.argsort(self.actions, axis=1)

    def meant(self, actions: NDArray[np.int64], ways: NDArray[np.int64]) -> NDArray[np.int64]:
        """Actions [B] that were chosen in these ways, as the game takes them."""
        return self.actions[ways, actions]


def _seen(numbers: NDArray[Number], places: NDArray[np.int64], ways: NDArray[np.int64]) -> NDArray[Number]:
    from sparring.engine.kernels.seeing import see

    seen = np.empty((len(ways), *numbers.shape[1:]), numbers.dtype)
    if seen.size:
        rows = len(numbers), -1, places.shape[1]
        see(np.ascontiguousarray(numbers).reshape(rows), places, ways, seen.reshape(len(ways), *rows[1:]))
    return seen


def symmetries_of(rules: Any, shape: tuple[int, ...], space: ActionSpace, options: dict[str, Any]) -> Symmetries | None:
    """What ``rules.symmetries`` declares, the identity first and each way once; None where nothing is declared.

    Raises RulesError where a way is no permutation, or the actions of the game are no single choices.
    """
    declare = getattr(rules, "symmetries", None)
    if declare is None:
        return None
    if space.kind != "discrete":
        refuse(rules, "symmetries", "Only games of single choices have symmetries.", "Leave `symmetries` out.")
    numbers, actions = np.arange(int(np.prod(shape))), np.arange(space.options)
    declared = declare(numbers.reshape(shape).copy(), actions.copy(), dict(options))
    if not isinstance(declared, Iterable):
        refuse(rules, "symmetries", f"`symmetries` returns {type(declared).__name__}, no pairs.", HINT)
    ways = {numbers.tobytes() + actions.tobytes(): (numbers, actions)}
    for number, pair in enumerate(declared, 1):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            refuse(rules, "symmetries", f"Symmetry {number} is {type(pair).__name__}, no pair.", HINT)
        way = (
            _permutation(rules, number, "observation", pair[0], len(numbers)),
            _permutation(rules, number, "actions", pair[1], len(actions)),
        )
        ways.setdefault(way[0].tobytes() + way[1].tobytes(), way)
    observed, played = zip(*ways.values(), strict=True)
    return Symmetries(np.stack(observed), np.stack(played)) if len(ways) > 1 else None


def _permutation(rules: Any, number: int, what: str, given: Any, size: int) -> NDArray[np.int64]:
    """``given`` as a flat permutation of 0 to ``size``. Raises RulesError."""
    places: NDArray[Any] = np.asarray(given).ravel()
    if places.dtype.kind not in "iu" or not np.array_equal(np.sort(places), np.arange(size)):
        sentence = f"The {what} of symmetry {number} must hold each number that was given once, 0 to {size - 1}."
        refuse(rules, "symmetries", sentence, HINT)
    return places.astype(np.int64)
