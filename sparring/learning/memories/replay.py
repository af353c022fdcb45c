"""Replay: what was played is kept and learned from many times (Lin, 1992; Mnih et al., 2015).

The memory has a ring of ``T`` decisions for each of ``R`` rows (the lines of ``rollouts.decisions``), the learner's own
and nobody else's. What follows a decision is the next one in the same row, so nothing is stored twice, and returns over
several decisions (Sutton, 1988) are added up when one is drawn.

For whoever acted at step t, with discount g and the signs s of those who decided next::

    return  = r[t] + g s[t] r[t+1] + g² s[t] s[t+1] r[t+2] + ...      n terms, or up to the match's end
    onward  = g^n s[t] ... s[t+n-1]                                   0 where the match has ended
    target  = return + onward * (what the decision at t+n is worth to the seat that takes it)

Where an opponent decides in between, what its step brings counts to the learner's decision before it, and its sign and
discount to what follows that: ``r[t]`` becomes ``r + g s r'``, and ``s[t]`` becomes ``g s s'``.

A match that ends because its time was up might have gone on. What would have been decided next is kept as a *stop*: it
is never drawn, but those before it look ahead to it as to any other decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.learning.memories.sum_tree import SumTree
from sparring.learning.rollouts.decisions import Cut, Outcome

KEPT = ("observations", "masks", "actions", "rewards", "over", "signs", "stops")
SMALLEST = 1e-6
"""Added to errors, so that nothing is forgotten altogether."""


@dataclass(frozen=True)
class Drawn:
    """``B`` decisions drawn from a memory, with what came of each."""

    places: NDArray[np.int64]
    """int64 [B]: where they lie; for ``Replay.learned``."""
    observations: NDArray[Any]
    """dtype [B, *shape]"""
    masks: NDArray[np.bool_]
    """bool [B, A]"""
    actions: NDArray[Any]
    """[B, *action_shape]"""
    returns: NDArray[np.float32]
    """float32 [B]"""
    onward: NDArray[np.float32]
    """float32 [B]: what the worth of the following decision is multiplied by; 0 where the match has ended."""
    following: NDArray[Any]
    """dtype [B, *shape]: the following observations."""
    following_masks: NDArray[np.bool_]
    """bool [B, A]"""
    weights: NDArray[np.float32]
    """float32 [B]: what each counts, so that drawing some more often does not change what is learned."""


class Replay:
    """The latest ``capacity`` decisions of R rows, drawn uniformly or in proportion to how wrong we were about them.

    ``priority`` is the exponent alpha of the paper: 0 draws uniformly.
    """

    def __init__(
        self, game: Game, rows: int, capacity: int, ahead: int = 1, discount: float = 1.0, priority: float = 0.0
    ) -> None:
        self.game, self.capacity, self.ahead, self.discount, self.priority = game, capacity, ahead, discount, priority
        self.highest = 1.0
        """The highest priority that was ever given; what is new gets it."""
        self._make_room(rows)

    def _make_room(self, rows: int) -> None:
        """Empty rings for so many rows."""
        game, self.rows, self.steps = self.game, rows, max(self.ahead + 1, self.capacity // rows)
        """T: how many decisions of each row fit."""
        shape = (self.steps, rows)
        self.observations = np.zeros((*shape, *game.observation_shape), game.observation_dtype)
        self.masks = np.zeros((*shape, game.num_actions), np.bool_)
        self.actions = np.zeros((*shape, *game.action_shape), game.action_dtype)
        self.rewards = np.zeros(shape, np.float32)
        self.over = np.zeros(shape, np.bool_)
        self.signs = np.ones(shape, np.float32)
        self.stops = np.zeros(shape, np.bool_)
        self.taken = np.zeros(rows, np.int64)
        """Decisions taken in so far in each row, those that were overwritten among them."""
        self.tree = SumTree(self.steps * rows)

    def resize(self, rows: int) -> None:
        """Go on with so many rows. The latest decisions of those that stay are kept; of others, none."""
        if rows == self.rows:
            return
        before = {name: getattr(self, name) for name in KEPT}
        taken, leaves = self.taken, self.tree.leaves.reshape(self.steps, self.rows)
        had = self.steps
        self._make_room(rows)
        fresh = np.zeros((self.steps, rows))
        for row in range(min(rows, len(taken))):
            count = min(taken[row], had, self.steps)
            places = np.arange(taken[row] - count, taken[row]) % had
            for name, kept in before.items():
                getattr(self, name)[:count, row] = kept[places, row]
            fresh[:count, row], self.taken[row] = leaves[places, row], count
        self.tree.restore(fresh.ravel())

    @property
    def ready(self) -> int:
        """How many decisions can be drawn: those that are followed by enough others."""
        return int(np.maximum(np.minimum(self.taken, self.steps) - self.ahead, 0).sum())

    def add(
        self, observations: NDArray[Any], masks: NDArray[np.bool_], actions: NDArray[Any], outcome: Outcome
    ) -> None:
        """Take in one step: [R, *shape], [R, A], [R, *action_shape] and what came of it.

        In each row that decided itself the oldest decision goes.
        """
        continued = self._go_on(np.flatnonzero(~outcome.own), outcome)
        rows = np.flatnonzero(outcome.own)
        steps = self._room(rows)
        for kept, new in ((self.observations, observations), (self.masks, masks), (self.actions, actions)):
            kept[steps, rows] = new[rows]
        for kept, new in ((self.rewards, outcome.rewards), (self.over, outcome.over), (self.signs, outcome.signs)):
            kept[steps, rows] = new[rows]
        self.stops[steps, rows] = False
        if outcome.cut is not None:
            self._stop(outcome.cut, np.concatenate([rows, continued]))

    def _room(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The steps at which these rows take in one more decision; those that look ahead so far can now be drawn."""
        steps = self.taken[rows] % self.steps
        self.taken[rows] += 1
        self._priorities_of(steps, rows, 0.0)
        rows, looking = rows[self.taken[rows] > self.ahead], steps[self.taken[rows] > self.ahead] - self.ahead
        looking %= self.steps
        decided = ~self.stops[looking, rows]
        self._priorities_of(looking[decided], rows[decided], self.highest)
        return steps

    def _stop(self, cut: Cut, known: NDArray[np.int64]) -> None:
        """Let the matches of ``cut`` go on, in ``known`` rows, as far as what would have been decided next."""
        ours = np.isin(cut.rows, known)
        rows = cut.rows[ours]
        self.over[(self.taken[rows] - 1) % self.steps, rows] = False
        steps = self._room(rows)
        self.observations[steps, rows], self.masks[steps, rows] = cut.observations[ours], cut.masks[ours]
        self.rewards[steps, rows], self.over[steps, rows], self.stops[steps, rows] = 0.0, True, True

    def _go_on(self, rows: NDArray[np.int64], outcome: Outcome) -> NDArray[np.int64]:
        """Somebody else decided in these rows: what came of it, in those matches that the learner has a decision in.

        Returns the rows of those.
        """
        rows = rows[self.taken[rows] > 0]
        last = (self.taken[rows] - 1) % self.steps
        open_ = ~self.over[last, rows]
        rows, last = rows[open_], last[open_]
        onward = np.float32(self.discount) * self.signs[last, rows]
        self.rewards[last, rows] += onward * outcome.rewards[rows]
        self.signs[last, rows] = onward * outcome.signs[rows]
        self.over[last, rows] = outcome.over[rows]
        return rows

    def _priorities_of(self, steps: NDArray[np.int64], rows: NDArray[np.int64], priority: float) -> None:
        self.tree.put(steps * self.rows + rows, np.full(len(rows), priority))

    def draw(self, count: int, chance: np.random.Generator, correction: float = 0.0) -> Drawn:
        """``count`` of the ``ready`` decisions. ``correction`` is the exponent beta of the paper, 0 to 1."""
        places = self.tree.draw(count, chance)
        returns, onward, end = _returns(
            (places // self.rows, places % self.rows),
            self.rewards,
            (self.over, self.stops),
            self.signs,
            self.ahead,
            self.discount,
        )
        flat = (self.steps * self.rows,)
        last = end * self.rows + places % self.rows
        observations = self.observations.reshape(*flat, *self.observations.shape[2:])
        masks = self.masks.reshape(*flat, self.masks.shape[2])
        actions = self.actions.reshape(*flat, *self.actions.shape[2:])
        return Drawn(
            places=places,
            observations=observations[places],
            masks=masks[places],
            actions=actions[places],
            returns=returns,
            onward=onward,
            following=observations[last],
            following_masks=masks[last],
            weights=self._weights(places, correction),
        )

    def _weights(self, places: NDArray[np.int64], correction: float) -> NDArray[np.float32]:
        """(1 / (N P))^beta, divided by the largest of them: float32 [B]."""
        shares = self.tree.leaves[places] / self.tree.total
        weights = (self.ready * shares) ** -correction
        return np.asarray(weights / weights.max(), np.float32)

    def learned(self, places: NDArray[np.int64], errors: NDArray[np.float32]) -> None:
        """Say how far off the values of drawn decisions were; does nothing where all are drawn alike."""
        if self.priority == 0:
            return
        priorities = (np.abs(errors).astype(np.float64) + SMALLEST) ** self.priority
        self.highest = max(self.highest, float(priorities.max()))
        self.tree.put(places, priorities)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The filled part of the memory, for a checkpoint."""
        filled = int(min(self.taken.max(), self.steps))
        kept = {name: getattr(self, name)[:filled].copy() for name in KEPT}
        counts = {"taken": self.taken.copy(), "highest": np.array([self.highest])}
        return kept | counts | {"priorities": self.tree.leaves.copy()}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned for a memory of the same size."""
        self.resize(len(arrays["taken"]))
        for name in KEPT:
            getattr(self, name)[: len(arrays[name])] = arrays[name]
        self.taken[:], self.highest = arrays["taken"], float(arrays["highest"][0])
        self.tree.restore(arrays["priorities"])


@njit(cache=True, error_model="numpy")
def _returns(
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
    rewards: NDArray[np.float32],
    ends: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    signs: NDArray[np.float32],
    ahead: int,
    discount: float,
) -> Any:
    """``returns`` and ``onward``, float32 [B], and the step of the following decision, int64 [B]. See the top."""
    steps, rows = places
    over, stops = ends
    returns = np.zeros(steps.size, np.float32)
    onward = np.zeros(steps.size, np.float32)
    following = np.zeros(steps.size, np.int64)
    for i in range(steps.size):
        step, row, factor, total = steps[i], rows[i], 1.0, 0.0
        for _ in range(ahead):
            if stops[step, row]:
                break
            total += factor * rewards[step, row]
            if over[step, row]:
                factor = 0.0
            else:
                factor *= discount * signs[step, row]
            step = (step + 1) % rewards.shape[0]
            if factor == 0.0:
                break
        returns[i] = total
        onward[i] = factor
        following[i] = step
    return returns, onward, following
