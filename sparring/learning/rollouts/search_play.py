"""Self-play by search: matches stepped side by side, every action found by a tree search with the network."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.network_search import Evaluate, TreeSearch
from sparring.engine import Batch, Game, Symmetries
from sparring.engine.seeds import spread
from sparring.learning.rollouts.nursery import Nursery


@dataclass
class Searched:
    """Positions that were searched, N of them, and what the network should say of each."""

    observations: NDArray[Any]
    """dtype [N, *shape]: what the seat to move saw."""
    masks: NDArray[np.bool_]
    """bool [N, A]."""
    policies: NDArray[np.float32]
    """float32 [N, A]: the search's improved policy."""
    values: NDArray[np.float32]
    """float32 [N]: how it went on, for the seat to move; a win is 1."""
    full: NDArray[np.bool_]
    """bool [N]: searched with all simulations, so that the policy is worth learning."""

    @classmethod
    def empty(cls, game: Game, *shape: int) -> Searched:
        """Arrays of the right shapes, to be filled: ``shape`` takes the place of N."""
        return cls(
            observations=np.zeros((*shape, *game.observation_shape), game.observation_dtype),
            masks=np.zeros((*shape, game.num_actions), np.bool_),
            policies=np.zeros((*shape, game.num_actions), np.float32),
            values=np.zeros(shape, np.float32),
            full=np.zeros(shape, np.bool_),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """By name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def at(self, rows: NDArray[np.int64]) -> Searched:
        """Some of the positions, copied: ``rows: int64 [n]``."""
        return Searched(**{name: array[rows] for name, array in self.arrays().items()})

    def seen(self, rows: NDArray[np.int64], symmetries: Symmetries, ways: NDArray[np.int64]) -> Searched:
        """Some of the positions, ``rows: int64 [n]``, copied as they look in the way ``int64 [n]`` of each."""
        return Searched(
            observations=symmetries.observed(self.observations, ways, rows),
            masks=symmetries.by_action(self.masks, ways, rows),
            policies=symmetries.by_action(self.policies, ways, rows),
            values=self.values[rows],
            full=self.full[rows],
        )


@dataclass(frozen=True)
class Budget:
    """How many simulations a search has: ``full`` in a ``share`` of the positions, ``fast`` in the others.

    ``noise`` and ``fast_noise`` scale the Gumbel noise at the root: 1 draws an action, 0 takes what seems best.
    ``until_sure``: a match ends as soon as a search has proved its result.
    """

    full: int
    fast: int
    share: float
    noise: float = 1.0
    fast_noise: float = 1.0
    until_sure: bool = False


class SearchPlay:
    """Some matches, the search that plays them, and the chance that goes into both.

    A finished match starts anew; in a share of cases, ``openings``, not from the first position but from one that
    random play has led to, in at most ``plies``.
    """

    def __init__(self, game: Game, matches: int, seed: int, plies: int | None = None) -> None:
        self.game = game
        seeds = spread(seed, 2)
        self.batch = Batch(game, matches, seed=int(seeds[0]))
        self.nursery = Nursery(game, matches, int(seeds[1]), plies)
        self.chance = np.random.default_rng([seed, 1])
        self.nursery.warm_up()

    def start(self, openings: float) -> None:
        """Put a share of all matches into positions of the nursery."""
        self.nursery.open(self.batch, np.ones(self.batch.size, np.bool_), openings, self.chance)

    def resize(self, matches: int, seed: int, openings: float) -> None:
        """Go on with so many matches: the first ones as they are, new ones from ``seed``."""
        before, seeds = self.batch.size, spread(seed, 2)
        if matches == before:
            return
        self.batch.resize(matches, int(seeds[0]))
        self.nursery.batch.resize(matches, int(seeds[1]))
        if matches > before:
            self.nursery.warm_up()
            self.nursery.open(self.batch, np.arange(matches) >= before, openings, self.chance)

    def collect(self, search: TreeSearch, steps: int, budget: Budget, trace: float, openings: float) -> Searched:
        """Play so many steps of each match; N is steps times matches. ``trace``: see ``outcomes``."""
        batch, size = self.batch, self.batch.size
        found = Searched.empty(self.game, steps, size)
        rewards, signs = np.zeros((steps, size), np.float32), np.zeros((steps, size), np.float32)
        expected, sure = np.zeros((steps + 1, size), np.float32), np.zeros((steps, size), np.bool_)
        for step in range(steps):
            found.observations[step], found.masks[step] = batch.observations, batch.masks
            found.full[step] = self.chance.random(size) < budget.share
            simulations = np.where(found.full[step], budget.full, budget.fast)
            noise = np.where(found.full[step], budget.noise, budget.fast_noise)
            answer = search(batch.states, simulations, batch.random, noise=noise)
            found.policies[step], expected[step], sure[step] = answer.policies, answer.values, answer.sure
            movers = batch.seats.copy()
            batch.step(answer.actions)
            margins = (batch.rewards - batch.rewards[:, ::-1]) / np.float32(2 * self.game.forfeit)
            rewards[step] = margins[np.arange(size), movers]
            signs[step] = np.where(batch.over, 0.0, np.where(batch.seats == movers, 1.0, -1.0))
            if budget.until_sure:
                self._give_up(np.flatnonzero(sure[step] & ~batch.over))
            self.nursery.open(batch, batch.over, openings, self.chance)
        expected[steps] = search.evaluate(batch.observations)[1].clip(-1.0, 1.0)
        found.values[:] = outcomes(rewards, signs, expected, sure, trace)
        flat = {name: array.reshape(steps * size, *array.shape[2:]) for name, array in found.arrays().items()}
        return Searched(**flat)

    def _give_up(self, rows: NDArray[np.int64]) -> None:
        """End matches, ``rows: int64 [n]``, of which nothing more is to be learned; they start anew."""
        seeds = self.chance.integers(2**63, size=len(rows), dtype=np.uint64)
        self.batch.states[rows] = self.game.new_states(seeds)
        self.batch.over[rows] = True
        self.batch.look_at(rows)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that decides how play goes on but ``chance``, as arrays for a checkpoint."""
        return {
            "matches": _as_bytes(self.batch.states),
            "words": self.batch.random.copy(),
            "nursery": _as_bytes(self.nursery.batch.states),
            "nursery_words": self.nursery.batch.random.copy(),
        }

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from ``arrays``."""
        for batch in (self.batch, self.nursery.batch):
            batch.resize(len(arrays["matches"]), seed=0)
        self.batch.states[:] = np.frombuffer(arrays["matches"].tobytes(), self.batch.states.dtype)
        self.batch.random[:] = arrays["words"]
        self.nursery.batch.states[:] = np.frombuffer(arrays["nursery"].tobytes(), self.batch.states.dtype)
        self.nursery.batch.random[:] = arrays["nursery_words"]
        for batch in (self.batch, self.nursery.batch):
            batch.look()


def outcomes(
    rewards: NDArray[np.float32],
    signs: NDArray[np.float32],
    expected: NDArray[np.float32],
    sure: NDArray[np.bool_],
    trace: float,
) -> NDArray[np.float32]:
    """What each position came to for the seat that moved: float32 [T, M].

    ``rewards: float32 [T, M]`` of each step for its mover; ``signs``: 1 where the same seat moves next, -1 where the
    opponent does, 0 where the match ended; ``expected: float32 [T + 1, M]``: what the search thought of each position;
    ``sure: bool [T, M]``: it is proved, so that is what the position came to, however the match went on.
    With ``trace`` 1 it is the outcome of the match, or what was expected where the steps broke off; with less, what the
    search expected of the next position takes part, as in TD(lambda) (Sutton and Barto, 2018, chapter 12).
    """
    values = np.zeros_like(rewards)
    following = expected[-1]
    for step in reversed(range(len(rewards))):
        onward = (1 - trace) * expected[step + 1] + trace * following
        following = np.where(sure[step], expected[step], rewards[step] + signs[step] * onward)
        values[step] = following
    return values


def _as_bytes(states: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(states.tobytes(), np.uint8).reshape(len(states), -1)


class Replay:
    """The latest positions that were searched, up to ``size``; the oldest make room for new ones."""

    def __init__(self, game: Game, size: int) -> None:
        self.kept = Searched.empty(game, size)
        self.size, self.added = size, 0

    def __len__(self) -> int:
        return min(self.size, self.added)

    def add(self, found: Searched) -> None:
        """Take over positions."""
        places = (self.added + np.arange(len(found.values))) % self.size
        for name, array in found.arrays().items():
            getattr(self.kept, name)[places] = array
        self.added += len(found.values)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is kept, for a checkpoint."""
        return {name: array[: len(self)] for name, array in self.kept.arrays().items()}

    def restore(self, arrays: dict[str, NDArray[Any]], added: int) -> None:
        """Go on from ``arrays``, after so many positions in all."""
        self.added = added
        for name, array in arrays.items():
            getattr(self.kept, name)[: len(array)] = array


__all__ = ["Budget", "Evaluate", "Replay", "SearchPlay", "Searched", "outcomes"]
