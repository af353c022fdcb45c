"""Many matches with send and receive: while one group of them is being thought about, the other one is played.

All seats of a match are played from outside. Groups of rows live on threads of their own (compiled rules give up the
interpreter's lock), so that ``send`` returns at once and ``recv`` waits for the group that was sent the longest ago.

>>> from sparring.engine import load_game
>>> view = VectorView(load_game("connect_four"), size=4, seed=1, groups=2)
>>> for _ in range(6):
...     steps = view.recv()
...     view.send(steps.masks.argmax(axis=1))
>>> steps.rows.tolist()
[2, 3]
>>> view.close()
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game
from sparring.engine.seeds import spread
from sparring.engine.views.outcomes import was_cut_off
from sparring.errors import BadOption, IllegalAction, SparringError

Autoreset = Literal["SAME_STEP", "NEXT_STEP"]


@dataclass(frozen=True)
class Steps:
    """One step of one group of N rows. Row i of each array belongs to match ``rows[i]``.

    Everything is fresh memory: it may be kept. In a simultaneous game ``observations`` and ``masks`` have a seat axis.
    """

    rows: NDArray[np.int64]
    """int64 [N]: places in the whole vector."""
    observations: NDArray[Any]
    """dtype [N, *shape]: what the seat to move sees, for the next decision."""
    masks: NDArray[np.bool_]
    """bool [N, A]: what it may do. All False where the match is over and not yet reset."""
    seats: NDArray[np.int8]
    """int8 [N]: the seat to move; all zero in a simultaneous game."""
    rewards: NDArray[np.float32]
    """float32 [N, S]: of the step just made; of a match that ended with it, its last rewards."""
    terminated: NDArray[np.bool_]
    """bool [N]: the match ended with this step."""
    truncated: NDArray[np.bool_]
    """bool [N]: it ended by a limit of time, as a game says that has a field ``truncated``."""
    reset: NDArray[np.bool_]
    """bool [N]: ``observations`` is the first one of a new match. SAME_STEP: where the match ended with this step.
    NEXT_STEP: where it ended with the step before; the action was ignored and nothing was paid."""
    final_rows: NDArray[np.int64]
    """int64 [K]: indices into the N rows where the match ended with this step."""
    final_observations: NDArray[Any]
    """dtype [K, S, *shape]: what each seat saw at the end."""
    scores: NDArray[np.float32]
    """float32 [K, S]: the sum of rewards over the whole match that ended."""


class VectorView:
    """``size`` matches of a game in ``groups`` that are played alternately (see the module).

    ``metadata["autoreset_mode"]`` is the name of Gymnasium's AutoresetMode: with SAME_STEP a match that ends starts
    anew within the step, with NEXT_STEP in the next one.
    """

    def __init__(
        self, game: Game, size: int, seed: int = 0, *, groups: int = 1, autoreset: Autoreset = "SAME_STEP"
    ) -> None:
        if autoreset not in ("SAME_STEP", "NEXT_STEP"):
            raise BadOption(f"autoreset can't be {autoreset!r:.40}; it can be SAME_STEP, NEXT_STEP.")
        if not 1 <= groups <= size:
            raise BadOption(f"{size} matches can't be played in {groups} groups: take 1..{size}.")
        self.game, self.size = game, size
        self.metadata = {"autoreset_mode": autoreset}
        seeds, bounds = spread(seed, size), np.linspace(0, size, groups + 1).astype(int).tolist()
        self._groups = [
            _Group(game, np.arange(first, last), seeds[first:last], autoreset == "SAME_STEP")
            for first, last in pairwise(bounds)
        ]
        self._pool = ThreadPoolExecutor(groups, thread_name_prefix="matches")
        self._sent: deque[tuple[_Group, Future[Steps]]] = deque(
            (group, self._pool.submit(group.first)) for group in self._groups
        )
        self._received: deque[tuple[_Group, Steps]] = deque()

    def recv(self) -> Steps:
        """The steps of the group that was sent the longest ago; at first those of each group's beginning."""
        if not self._sent:
            raise SparringError("There is nothing to receive: send actions for what was received before.")
        group, future = self._sent.popleft()
        steps = future.result()
        self._received.append((group, steps))
        return steps

    def send(self, actions: Any) -> None:
        """Actions [N, *action_shape], or [N, S, *action_shape], for the group received the longest ago.

        Returns at once; ``recv`` waits.
        Raises IllegalAction, and plays nothing. Where a match is over and waits for its reset the action is ignored.
        """
        if not self._received:
            raise SparringError("There is nobody to send actions to: receive first.")
        group, steps = self._received[0]
        chosen = group.checked(actions, steps)
        self._received.popleft()
        self._sent.append((group, self._pool.submit(group.step, chosen)))

    def step(self, actions: Any) -> Steps:
        """``send``, then ``recv``: with one group the plain synchronous step."""
        self.send(actions)
        return self.recv()

    def close(self) -> None:
        """Stop the threads. May be called twice."""
        self._pool.shutdown()


class _Group:
    """Rows that are stepped together by one thread at a time."""

    def __init__(self, game: Game, rows: NDArray[np.int64], seeds: NDArray[np.uint64], same_step: bool) -> None:
        self.game, self.rows, self.same_step = game, rows, same_step
        self.states = np.asarray(game.new_states(seeds)).view(np.ndarray)
        self.waiting = np.zeros(len(rows), np.bool_)
        self.scores = np.zeros((len(rows), game.seats), np.float32)

    def first(self) -> Steps:
        count = len(self.rows)
        nothing = np.zeros(count, np.bool_)
        return self._looked(np.zeros((count, self.game.seats), np.float32), nothing, nothing, np.ones(count, np.bool_))

    def checked(self, actions: Any, steps: Steps) -> NDArray[Any]:
        """The actions as an array; where a match waits for its reset whatever is there counts as legal."""
        chosen = self.game.as_actions(actions, steps.masks.shape[:-1])
        wrong = self.game.actions.illegal(chosen, steps.masks) & ~_by_row(self.waiting, steps.masks.ndim - 1)
        if wrong.any():
            place = tuple(int(index) for index in np.argwhere(wrong)[0])
            raise IllegalAction(f"Row {self.rows[place[0]]}: action {chosen[place].tolist()} is not allowed there.")
        return chosen.copy()

    def step(self, actions: NDArray[Any]) -> Steps:
        """Play the rows that are on, reset those that wait (NEXT_STEP) or have just ended (SAME_STEP), and look."""
        game, waiting = self.game, self.waiting
        rewards = np.zeros((len(self.rows), game.seats), np.float32)
        if waiting.any():
            playing = np.flatnonzero(~waiting)
            states, paid = self.states[playing], rewards[playing]
            game.kernels.play_all(states, actions[playing], paid)
            self.states[playing], rewards[playing] = states, paid
            self._restart(np.flatnonzero(waiting))
        else:
            game.kernels.play_all(self.states, actions, rewards)
        self.scores += rewards
        over = self.states["over"].copy()
        cut_off = over & was_cut_off(self.states)
        ended = np.flatnonzero(over)
        seen, scores = self._final(ended), self.scores[ended]
        self.scores[ended] = 0
        reset = waiting
        self.waiting = over
        if self.same_step:
            self._restart(ended)
            reset, self.waiting = over, np.zeros_like(over)
        steps = self._looked(rewards, over & ~cut_off, cut_off, reset)
        return replace(steps, final_rows=ended, final_observations=seen, scores=scores)

    def _restart(self, rows: NDArray[np.int64]) -> None:
        """Start these matches anew; their chance goes on where it was."""
        if len(rows):
            fresh = np.repeat(self.game.blank, len(rows))
            fresh["random"] = self.states["random"][rows]
            self.game.kernels.start_all(fresh)
            self.states[rows] = fresh

    def _final(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        game = self.game
        seen = np.zeros((len(rows), game.seats, *game.observation_shape), game.observation_dtype)
        for seat in range(game.seats):
            seen[:, seat] = game.observe(self.states[rows], np.full(len(rows), seat, np.int8))
        return seen

    def _looked(
        self,
        rewards: NDArray[np.float32],
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
        reset: NDArray[np.bool_],
    ) -> Steps:
        game, count = self.game, len(self.rows)
        seats = (game.seats,) if game.simultaneous else ()
        observations = np.zeros((count, *seats, *game.observation_shape), game.observation_dtype)
        masks = np.zeros((count, *seats, game.num_actions), np.bool_)
        to_move = np.zeros(count, np.int8)
        game.kernels.look(self.states, 0, count, observations, masks, to_move)
        masks[self.states["over"]] = False
        nobody = np.zeros(0, np.int64)
        no_scores = np.zeros((0, game.seats), np.float32)
        return Steps(
            rows=self.rows,
            observations=observations,
            masks=masks,
            seats=to_move,
            rewards=rewards,
            terminated=terminated,
            truncated=truncated,
            reset=reset,
            final_rows=nobody,
            final_observations=self._final(nobody),
            scores=no_scores,
        )


def _by_row(marks: NDArray[np.bool_], dimensions: int) -> NDArray[np.bool_]:
    """``marks: bool [N]`` for each row, broadcast over a seat axis if there is one."""
    return marks.reshape(-1, *(1,) * (dimensions - 1))
