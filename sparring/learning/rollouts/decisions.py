"""Matches played side by side, seen as rows of decisions: what learners that need nothing more step through.

A *row* is one decision a step: a match in which seats take turns has one row (whoever is to move), a match in which
they act at once has one row for each seat. ``M`` is the number of matches, ``R`` of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Batch, Game


@dataclass(frozen=True)
class Outcome:
    """What the actions of one step brought to those who chose them."""

    rewards: NDArray[np.float32]
    """float32 [R]: in a game for two half of own minus opponent's, where a lost match is -1; else as the game says."""
    over: NDArray[np.bool_]
    """bool [R]: the match ended with this step."""
    signs: NDArray[np.float32]
    """float32 [R]: 1 when the same seat decides next in this row, -1 when it is the opponent."""


class Decisions:
    """Endless matches: ``observations`` and ``masks`` say what is to be decided, ``play`` goes on from there."""

    def __init__(self, game: Game, matches: int, seed: int) -> None:
        self.game = game
        self.batch = Batch(game, matches, seed)
        self.rows = matches * (game.seats if game.simultaneous else 1)
        self.finished: list[float] = []
        """Of the matches that ended since ``take_returns``: what the first seat got in them."""
        self._returns = np.zeros(matches, np.float32)

    @property
    def observations(self) -> NDArray[Any]:
        """dtype [R, *shape]: what those who decide see. Copied."""
        return self.batch.observations.reshape(self.rows, *self.game.observation_shape).copy()

    @property
    def masks(self) -> NDArray[np.bool_]:
        """bool [R, A]: what they may do. Copied."""
        return self.batch.masks.reshape(self.rows, self.game.num_actions).copy()

    def play(self, actions: NDArray[Any]) -> Outcome:
        """Play ``actions: [R, *action_shape]``; matches that end start anew. Raises IllegalAction."""
        movers = self.batch.seats.copy()
        self.batch.step(actions.reshape(*self.batch.masks.shape[:-1], *self.game.action_shape))
        rewards, over = self._rewards(movers), self.batch.over.copy()
        self._count_returns()
        if self.game.simultaneous:
            return Outcome(rewards, np.repeat(over, self.game.seats), np.ones(self.rows, np.float32))
        return Outcome(rewards, over, np.where(self.batch.seats == movers, 1, -1).astype(np.float32))

    def take_returns(self) -> list[float]:
        """What the first seat got in each match that ended since this was last asked."""
        taken, self.finished = self.finished, []
        return taken

    def _rewards(self, movers: NDArray[np.int8]) -> NDArray[np.float32]:
        rewards = self.batch.rewards.copy()
        if self.game.seats == 2:
            rewards = (rewards - rewards[:, ::-1]) / np.float32(2 * self.game.forfeit)
        return rewards.ravel() if self.game.simultaneous else rewards[np.arange(self.rows), movers]

    def _count_returns(self) -> None:
        self._returns += self.batch.rewards[:, 0]
        over = self.batch.over
        self.finished += self._returns[over].tolist()
        self._returns[over] = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that decides how the matches go on, for a checkpoint."""
        states = np.frombuffer(self.batch.states.tobytes(), np.uint8).reshape(self.batch.size, -1)
        return {"states": states, "returns": self._returns.copy()}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned for the same game and number of matches."""
        batch = self.batch
        batch.states[:] = np.frombuffer(arrays["states"].tobytes(), batch.states.dtype)
        self._returns[:] = arrays["returns"]
        self.game.kernels.look(batch.states, 0, batch.size, batch.observations, batch.masks, batch.seats)
