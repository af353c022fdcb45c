"""The loops of a batch: compiled for rules written for one record, or plain calls for rules that take whole batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.rules_errors import telling
from sparring.engine.specialise import specialise

if TYPE_CHECKING:
    from sparring.engine.game import Game

Plain = NDArray[Any]


class CompiledLoops:
    """The kernels of ``engine/kernels/batch.py`` bound to a game, each under one name for both ways of taking turns."""

    def __init__(self, game: Game) -> None:
        kernels = specialise(game, "sparring.engine.kernels.batch")
        turns = "_at_once" if game.simultaneous else ""
        self.start_all, self.legal_all = telling(kernels.start_all, game), telling(kernels.legal_all, game)
        self.observe_all, self.play_all = telling(kernels.observe_all, game), telling(kernels.play_all, game)
        self.look = telling(getattr(kernels, f"look{turns}"), game)
        self.step = telling(getattr(kernels, f"step{turns}"), game)
        self.random_play = telling(getattr(kernels, f"random_play{turns}"), game)


class BatchedLoops:
    """The same for rules with ``BATCHED = True``, whose functions take recarrays [B] (see docs/internals.md)."""

    def __init__(self, game: Game) -> None:
        self._rules, self._seats, self._at_once = game.rules, game.seats, game.simultaneous

    def start_all(self, states: Plain) -> None:
        if len(states):
            self._rules.start(states.view(np.recarray))

    def legal_all(self, states: Plain, seats: NDArray[np.int8], masks: NDArray[np.bool_]) -> None:
        masks[:] = False
        if len(states):
            self._rules.legal(states.view(np.recarray), seats, masks)
        masks[states["over"]] = False

    def observe_all(self, states: Plain, seats: NDArray[np.int8], observations: Plain) -> None:
        observations[:] = 0
        if len(states):
            self._rules.observe(states.view(np.recarray), seats, observations)

    def play_all(self, states: Plain, actions: Plain, rewards: NDArray[np.float32]) -> None:
        if len(states):
            records = states.view(np.recarray)
            self._rules.play(records, actions)
            states["ply"] += 1
            self._rules.reward(records, rewards)

    def look(
        self,
        states: Plain,
        first: int,
        last: int,
        observations: Plain,
        masks: NDArray[np.bool_],
        seats: NDArray[np.int8],
    ) -> None:
        rows = slice(first, last)
        if not self._at_once:
            seats[rows] = states["seat"][rows]
            self.legal_all(states[rows], seats[rows], masks[rows])
            self.observe_all(states[rows], seats[rows], observations[rows])
            return
        seats[rows] = 0
        for seat in range(self._seats):
            own = np.full(last - first, seat, np.int8)
            self.legal_all(states[rows], own, masks[rows, seat])
            self.observe_all(states[rows], own, observations[rows, seat])

    def step(
        self,
        states: Plain,
        first: int,
        last: int,
        blank: Plain,
        actions: Plain,
        observations: Plain,
        masks: NDArray[np.bool_],
        seats: NDArray[np.int8],
        rewards: NDArray[np.float32],
        over: NDArray[np.bool_],
        ends: Plain | None = None,
    ) -> None:
        """Step as the kernel does; ``ends: [B]`` takes the last record of each match that ends."""
        rows = slice(first, last)
        rewards[rows] = 0
        self.play_all(states[rows], actions[rows], rewards[rows])
        over[rows] = states["over"][rows]
        finished = first + np.flatnonzero(over[rows])
        if len(finished):
            if ends is not None:
                ends[finished] = states[finished]
            fresh = np.repeat(blank, len(finished))
            fresh["random"] = states["random"][finished]
            self.start_all(fresh)
            states[finished] = fresh
        self.look(states, first, last, observations, masks, seats)
