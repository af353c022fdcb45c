"""Many matches of one game stepped together in arrays that are used again and again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game
from sparring.engine.seeds import random_words, spread
from sparring.errors import IllegalAction


class Batch:
    """``size`` matches of one game, stepped in lock-step; a finished match starts anew within the same step.

    After each step, for the *next* decision: ``observations: dtype [B, *shape]``, ``masks: bool [B, A]``,
    ``seats: int8 [B]`` (who is to move); and of the step just made: ``rewards: float32 [B, S]`` and ``over: bool [B]``
    (the match ended with this step; the observation is already that of a new one). In a simultaneous game observations
    and masks have a seat axis, ``[B, S, …]``, and ``seats`` is all zero. ``A`` is ``game.num_actions``.

    The arrays are the same objects in every step: copy what must outlive it. ``random: uint32 [B, 2]``, or [B, S, 2],
    is the chance of ``random_actions`` and ``random_play``; together with ``states`` it decides how they go on.

    In games whose record says ``truncated`` (the match is over because its time was up, not because anything was
    decided) ``ends: [B]`` holds the last record of each match that ended in the last step; else it is None.

    >>> from sparring.engine import load_game
    >>> batch = Batch(load_game("tic_tac_toe"), size=2, seed=1)
    >>> batch.step(np.array([4, 0]))
    >>> batch.masks.sum(axis=1).tolist(), batch.seats.tolist()
    ([8, 8], [1, 1])
    """

    def __init__(self, game: Game, size: int, seed: int, threads: int = 1) -> None:
        self.game, self.threads = game, 1 if game.batched else max(1, threads)
        self._pool = ThreadPoolExecutor(self.threads) if min(self.threads, size) > 1 else None
        self._begin(size, seed)

    def _begin(self, size: int, seed: int) -> None:
        """Start ``size`` matches in new arrays."""
        game, self.size = self.game, size
        self.states = np.asarray(game.new_states(spread(seed, size))).view(np.ndarray)
        seats = (game.seats,) if game.simultaneous else ()
        self.observations: NDArray[Any] = np.zeros((size, *seats, *game.observation_shape), game.observation_dtype)
        self.masks = np.zeros((size, *seats, game.num_actions), np.bool_)
        self.seats = np.zeros(size, np.int8)
        self.rewards = np.zeros((size, game.seats), np.float32)
        self.over = np.zeros(size, np.bool_)
        self.random: NDArray[np.uint32] = random_words(spread(seed + 1, size * game.seats)).reshape(size, game.seats, 2)
        if not game.simultaneous:
            self.random = np.ascontiguousarray(self.random[:, 0])
        self.ends = self.states.copy() if "truncated" in (self.states.dtype.names or ()) else None
        self._bounds = np.linspace(0, size, min(self.threads, size) + 1).astype(int).tolist()
        self.look()

    def resize(self, size: int, seed: int) -> None:
        """Go on with ``size`` matches, in new arrays: the first ones as they are, further ones started from ``seed``.

        Where it has as many already, nothing happens.
        ``rewards`` and ``over`` are then those of no step.
        """
        if size == self.size:
            return
        states, random = self.states, self.random
        self._begin(size, seed)
        kept = min(size, len(states))
        self.states[:kept], self.random[:kept] = states[:kept], random[:kept]
        self.look()

    def look(self) -> None:
        """Look at ``states`` anew: to be called by whoever has changed them."""
        self.game.kernels.look(self.states, 0, self.size, self.observations, self.masks, self.seats)

    def look_at(self, rows: NDArray[np.int64]) -> None:
        """``look`` where only a few, ``rows: int64 [n]``, have changed."""
        for row in rows.tolist():
            self.game.kernels.look(self.states, row, row + 1, self.observations, self.masks, self.seats)

    def step(self, actions: Any) -> None:
        """Play ``actions``: [B, *action_shape], or [B, S, *action_shape]. Raises IllegalAction and plays nothing."""
        chosen = self.game.as_actions(actions, self.masks.shape[:-1])
        wrong = self.game.actions.illegal(chosen, self.masks)
        if wrong.any():
            place = tuple(int(index) for index in np.argwhere(wrong)[0])
            raise IllegalAction(f"Row {place[0]}: action {chosen[place].tolist()} is not allowed in this position.")
        before = self.states.copy() if self.ends is not None and not self.game.batched else None
        if self._pool is None:
            self._step(chosen, 0, self.size)
        else:
            slices = zip(self._bounds, self._bounds[1:], strict=False)
            list(self._pool.map(lambda bounds: self._step(chosen, *bounds), slices))
        if before is not None and self.ends is not None:
            ended = np.flatnonzero(self.over)
            records = before[ended].view(np.recarray)
            self.game.play_unchecked(records, chosen[ended])
            self.ends[ended] = records

    def cut(self) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Matches that the last step ended because their time was up, int64 [K], and their last records [K], copied.

        In those records nothing is over, so that they can be looked at as if the matches had gone on.
        """
        if self.ends is None:
            return np.zeros(0, np.int64), self.states[:0]
        matches = np.flatnonzero(self.over & (self.ends["truncated"] == 1))
        records = self.ends[matches]
        records["over"] = False
        return matches, records

    def _step(self, actions: NDArray[Any], first: int, last: int) -> None:
        ends = () if self.ends is None or not self.game.batched else (self.ends,)
        self.game.kernels.step(
            self.states,
            first,
            last,
            self.game.blank,
            actions,
            self.observations,
            self.masks,
            self.seats,
            self.rewards,
            self.over,
            *ends,
        )

    def random_actions(self) -> NDArray[Any]:
        """A uniform legal action for every row (and seat): [B, *action_shape] or [B, S, *action_shape]."""
        actions = self.game.actions.zeros(*self.masks.shape[:-1])
        self.game.actions.choose(self.masks, self.random, actions)
        return actions

    def random_play(self, steps: int) -> None:
        """``steps`` steps of uniform random play: compiled from end to end, unless a simulator or a box is in it."""
        if self.game.batched or self.game.action_kind == "box":
            for _ in range(steps):
                self._step(self.random_actions(), 0, self.size)
            return
        space = self.game.actions
        actions = space.zeros(*self.masks.shape[:-1])
        rows = self.random.size // 2
        flat_masks, words = self.masks.reshape(rows, -1), self.random.reshape(rows, 2)
        self.game.kernels.random_play(
            self.states,
            self.game.blank,
            steps,
            (flat_masks, space.starts, space.together, words, actions.reshape(rows, -1)),
            actions,
            self.observations,
            self.masks,
            self.seats,
            self.rewards,
            self.over,
        )


def with_rows(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """The first ``rows`` rows of ``array: [N, ...]``, copied; where it has fewer, zeros follow.

    >>> with_rows(np.array([1, 2]), 3).tolist(), with_rows(np.array([1, 2]), 1).tolist()
    ([1, 2, 0], [1])
    """
    resized = np.zeros((rows, *array.shape[1:]), array.dtype)
    resized[: len(array)] = array[:rows]
    return resized
