"""Who decides where the learner does not: frozen networks, and any agent that has a spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.engine import Game
from sparring.errors import BadOption, IllegalAction

Sampler: TypeAlias = Callable[
    [NDArray[Any], NDArray[np.bool_], np.random.Generator, NDArray[np.bool_]],
    NDArray[Any],
]
"""Observations [B, *shape] or [B, frames, *shape], masks bool [B, A], chance, where the best is wanted bool [B] in;
actions [B, *action_shape] out."""

RememberingSampler: TypeAlias = Callable[
    [NDArray[Any], NDArray[np.bool_], np.random.Generator, NDArray[np.bool_], NDArray[np.float32]],
    tuple[NDArray[Any], NDArray[np.float32]],
]
"""The same with what is remembered, float32 [B, W], in; actions, and what is remembered from now on, out."""


@dataclass
class Look:
    """Decisions to be made at one step. Every field but ``positions`` has length ``B``."""

    matches: NDArray[np.int64]
    seats: NDArray[np.int8]
    observations: NDArray[Any]
    """dtype [B, *shape], or [B, frames, *shape] with the present first: what the seat sees, or saw a tick before where
    its view is delayed."""
    masks: NDArray[np.bool_]
    """bool [B, A]: what is legal now."""
    positions: NDArray[Any]
    """The records [M] of all matches."""
    deterministic: NDArray[np.bool_]
    """bool [B]: the best action is wanted, not one drawn from the policy."""
    rewards: NDArray[np.float32]
    """float32 [B]: the seat's own since its last decision in this match."""

    def of(self, rows: NDArray[np.int64]) -> Look:
        """The decisions of some rows."""
        return Look(
            self.matches[rows],
            self.seats[rows],
            self.observations[rows],
            self.masks[rows],
            self.positions,
            self.deterministic[rows],
            self.rewards[rows],
        )

    def states(self) -> np.recarray[Any, Any]:
        """The records [B] of these matches, copied."""
        return self.positions[self.matches].view(np.recarray)


class Actor(Protocol):
    """Someone who has seats in matches: ``begin`` once a match and seat, ``act`` in between, ``end`` once."""

    @property
    def attentive(self) -> bool:
        """Whether it wants to know when matches begin and end; where False nobody calls those. An attribute will do."""
        ...

    def begin(self, matches: NDArray[np.int64], seats: NDArray[np.int64], chance: np.random.Generator) -> None:
        """It takes these seats, int64 [B], of matches that start."""
        ...

    def act(self, look: Look, chance: np.random.Generator) -> NDArray[Any]:
        """Legal actions [B, *action_shape]."""
        ...

    def end(self, matches: NDArray[np.int64], seats: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        """These matches are over; ``scores: float32 [B]`` are its own."""
        ...

    def close(self) -> None:
        """Nobody will ask again."""
        ...


class SamplingActor:
    """Draws actions by a policy that needs nothing but what is seen, and does not learn."""

    attentive = False

    def __init__(self, sample: Sampler) -> None:
        self._sample = sample

    def begin(self, matches: NDArray[np.int64], seats: NDArray[np.int64], chance: np.random.Generator) -> None:
        pass

    def act(self, look: Look, chance: np.random.Generator) -> NDArray[Any]:
        return self._sample(look.observations, look.masks, chance, look.deterministic)

    def end(self, matches: NDArray[np.int64], seats: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        pass

    def close(self) -> None:
        pass


class RememberingActor:
    """Draws actions by a policy that remembers what it has seen in a match, and does not learn."""

    attentive = True

    def __init__(self, sample: RememberingSampler, seats: int, width: int) -> None:
        """``width``: how many numbers a seat remembers."""
        self._sample = sample
        self.memory = np.zeros((0, seats, width), np.float32)
        """float32 [M, S, W], as far as there are matches: what each seat that it has remembers."""

    def begin(
        self,
        matches: NDArray[np.int64],
        seats: NDArray[np.int64],
        chance: np.random.Generator,  # noqa: ARG002
    ) -> None:
        missing = int(matches.max()) + 1 - len(self.memory)
        if missing > 0:
            self.memory = np.concatenate([self.memory, np.zeros((missing, *self.memory.shape[1:]), np.float32)])
        self.memory[matches, seats] = 0.0

    def act(self, look: Look, chance: np.random.Generator) -> NDArray[Any]:
        where = look.matches, look.seats
        before = self.memory[where]
        actions, after = self._sample(look.observations, look.masks, chance, look.deterministic, before)
        self.memory[where] = after
        return actions

    def end(self, matches: NDArray[np.int64], seats: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        pass

    def close(self) -> None:
        pass


def logits_sampler(network: Callable[[torch.Tensor], Any]) -> Sampler:
    """Draws from the masked softmax of a network whose first output is logits [B, A], by the Gumbel trick."""

    def sample(
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        chance: np.random.Generator,
        deterministic: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        with torch.inference_mode():
            logits = network(torch.from_numpy(observations))[0].numpy()
        scores = logits - np.log(chance.standard_exponential(logits.shape, np.float32))
        if deterministic.any():
            scores[deterministic] = logits[deterministic]
        scores[~masks] = -np.inf
        actions: NDArray[np.int64] = scores.argmax(axis=1)
        return actions

    return sample


class PlayerActor:
    """An agent of the house by its spec. Where it fails, or answers what is not legal, chance moves in its place.

    Raises what ``load`` raises, and BadOption for an agent that bears only so many matches at once.
    """

    attentive = True

    def __init__(self, spec: str, game: Game, seed: int) -> None:
        self.player = load(spec, game, seed=seed)
        self._game = game
        self.faults = 0
        """Turns in which chance had to move."""
        self._absent: set[int] = set()
        if self.player.lanes is not None:
            self.player.close()
            raise BadOption(f"{spec} bears only {self.player.lanes} matches at once; an opponent in training must any.")

    def begin(self, matches: NDArray[np.int64], seats: NDArray[np.int64], chance: np.random.Generator) -> None:
        seeds = chance.integers(2**63, size=len(matches), dtype=np.uint64)
        lanes = self._lanes(matches, seats)
        faults = self.player.begin(lanes, seats.astype(np.int8), seeds)
        self._absent.update(lanes[list(faults)].tolist())

    def act(self, look: Look, chance: np.random.Generator) -> NDArray[Any]:
        actions = self._game.actions.zeros(len(look.matches))
        wrong = np.isin(self._lanes(look.matches, look.seats), list(self._absent))
        present = np.flatnonzero(~wrong)
        if len(present):
            actions[present], wrong[present] = self._ask(look.of(present))
        if wrong.any():
            self.faults += int(wrong.sum())
            actions[wrong] = self._game.random_actions(look.masks[wrong], chance)
        return actions

    def _ask(self, look: Look) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Its actions [B, *action_shape], and which of them can't stand, bool [B]."""
        states = look.states() if self.player.needs_states else look.positions[:0].view(np.recarray)
        lanes = self._lanes(look.matches, look.seats)
        stacked = look.observations.ndim > 1 + len(self._game.observation_shape)
        present = look.observations[:, 0] if stacked else look.observations
        reply = self.player.act(Turn(lanes, look.seats, present, look.masks, look.rewards, states))
        actions = self._game.actions.zeros(len(lanes))
        wrong = np.ones(len(lanes), np.bool_)
        for row, answer in enumerate(reply.actions):
            if row not in reply.faults:
                wrong[row] = not self._take(actions, row, answer)
        return actions, wrong | self._game.actions.illegal(actions, look.masks)

    def end(self, matches: NDArray[np.int64], seats: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        lanes = self._lanes(matches, seats)
        there = ~np.isin(lanes, list(self._absent))
        self._absent.difference_update(lanes.tolist())
        # The last positions are gone: the matches have started anew. Only agents that bear one match at once read them.
        last = np.zeros(int(there.sum()), self._game.state_dtype).view(np.recarray)
        self.player.end(lanes[there], scores[there], last)

    def close(self) -> None:
        self.player.close()

    def _lanes(self, matches: NDArray[np.int64], seats: NDArray[Any]) -> NDArray[np.int64]:
        lanes: NDArray[np.int64] = matches * self._game.seats + seats
        return lanes

    def _take(self, actions: NDArray[Any], row: int, answer: object) -> bool:
        try:
            actions[row] = self._game.actions.read(answer)
        except IllegalAction:
            return False
        return True
