"""Symmetries of a game: ways to look at a match from which it is a match all the same.

Connect Four mirrored is Connect Four. Whoever learns from a position may learn the same from its mirror image, and
whoever knows that need not find out twice. Bodies in a world are the same match whichever way the world is turned:
there it is enough to know which numbers turn with it, the game's ``Bearings``.
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
    Of arrays with ``N`` rows ``rows: int64 [B]`` are seen; without it all are, in turn, as often as there are ways.
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

    def observed(
        self, observations: NDArray[Number], ways: NDArray[np.int64], rows: NDArray[np.int64] | None = None
    ) -> NDArray[Number]:
        """Observations [N, *shape], or several in each row, [N, K, *shape], as they are seen in these ways."""
        return _seen(observations, self.observations, ways, rows)

    def by_action(
        self, numbers: NDArray[Number], ways: NDArray[np.int64], rows: NDArray[np.int64] | None = None
    ) -> NDArray[Number]:
        """What there is for each action [N, A], a mask or a policy, as it is seen in these ways: [B, A]."""
        return _seen(numbers, self.actions, ways, rows)

    def called(self, actions: NDArray[np.int64], ways: NDArray[np.int64]) -> NDArray[np.int64]:
        """Actions [B] of the game as they are called in these ways."""
        return self._called[ways, actions]

    @cached_property
    def _called(self) -> NDArray[np.int64]:
        """int64 [G, A]: the inverse of ``actions``."""
        return np.argsort(self.actions, axis=1)


@dataclass(frozen=True)
class Bearings:
    """Where in an observation of ``n`` numbers stands what turns with the world about its vertical axis.

    Each is told by the place of its first number, one's own before those of others.
    """

    places: tuple[int, ...]
    """Of points: x, y."""
    attitudes: tuple[int, ...]
    """Of quaternions: w, x, y, z. A body looks along its x axis."""
    directions: tuple[int, ...]
    """Of velocities and the like: x, y."""
    sides: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...] = ()
    """Of a body that is the same body if another of its sides is called its front: for each, the first being as it is,
    orthogonal matrices [n, n] and [A, A] that make of an observation, and of an action, what they are then."""


def bearings_of(rules: Any, shape: tuple[int, ...], options: dict[str, Any]) -> Bearings | None:
    """What ``rules.bearings`` declares; None where that is nothing. Raises RulesError where it can't be."""
    declare = getattr(rules, "bearings", None)
    declared = None if declare is None else declare(dict(options))
    if declared is None:
        return None
    hint = 'Return {"places": (0, 7), "attitudes": (3, 10), "directions": (14,)}, or None.'
    if not isinstance(declared, dict) or set(declared) - {"sides"} != {"places", "attitudes", "directions"}:
        refuse(rules, "bearings", f"`bearings` returns {declared!r:.60}.", hint)
    sides = tuple(
        (np.asarray(seen, np.float64), np.asarray(done, np.float64)) for seen, done in declared.pop("sides", ())
    )
    found = Bearings(**{name: tuple(int(place) for place in places) for name, places in declared.items()}, sides=sides)
    wide = ((2, found.places), (4, found.attitudes), (2, found.directions))
    if len(found.places) <= bool(sides) or not found.attitudes or len(shape) != 1:
        what = "One's own place and attitude are needed, in an observation [n]; for sides another place, to be faced."
        refuse(rules, "bearings", what, hint)
    if any(not 0 <= place <= shape[0] - width for width, places in wide for place in places):
        refuse(rules, "bearings", f"`bearings` speaks of numbers outside 0..{shape[0] - 1}.", hint)
    if any(not np.allclose(turn @ turn.T, np.eye(len(turn))) for side in sides for turn in side):
        refuse(rules, "bearings", "The matrices of sides must be orthogonal.", "Exchange, turn and change signs only.")
    if any((np.abs(done).max(axis=0) != 1).any() for _, done in sides):
        refuse(rules, "bearings", "Sides exchange numbers of an action, and change signs, and no more.", hint)
    return found


def _seen(
    numbers: NDArray[Number], places: NDArray[np.int64], ways: NDArray[np.int64], rows: NDArray[np.int64] | None
) -> NDArray[Number]:
    from sparring.engine.kernels.seeing import see

    seen = np.empty((len(ways), *numbers.shape[1:]), numbers.dtype)
    if seen.size:
        rows = np.arange(len(ways)) % len(numbers) if rows is None else rows
        flat = np.ascontiguousarray(numbers).reshape(len(numbers), -1, places.shape[1])
        see(flat, rows, places, ways, seen.reshape(len(ways), -1, places.shape[1]))
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
