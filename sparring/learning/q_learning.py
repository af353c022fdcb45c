"""Q-learning in self-play (Watkins, 1989): a table of action values, for games small enough for one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.q_table import QTable
from sparring.agents.random_player import random_actions
from sparring.engine import Batch, Game
from sparring.errors import BadOption

MATCHES = 64


def train_q_table(
    game: Game, steps: int, seed: int, learning_rate: float = 0.5, discount: float = 0.99, exploration: float = 0.1
) -> QTable:
    """Play ``steps`` decisions of self-play and learn from each.

    Where seats take turns, what the next position is worth to the opponent counts against an action. Exploration is
    epsilon-greedy, and equals are drawn by lot. Raises BadOption for a game that isn't for two.
    """
    if game.seats != 2:
        raise BadOption(f"This algorithm learns games for two; {game.title} has {game.seats} seats.")
    table, chance = _GrowingTable(game), np.random.default_rng(seed)
    batch = Batch(game, MATCHES, seed)
    sign = 1.0 if game.simultaneous else -1.0
    rows = table.rows(_flat(batch.observations, game))
    for _ in range(0, steps, len(rows)):
        masks = batch.masks.reshape(len(rows), -1).copy()
        actions = _epsilon_greedy(table.values[rows], masks, exploration, chance)
        movers = np.tile([0, 1], MATCHES) if game.simultaneous else batch.seats.copy()
        batch.step(actions.reshape(batch.masks.shape[:-1]))
        following = table.rows(_flat(batch.observations, game))
        legal = batch.masks.reshape(len(rows), -1)
        worth = np.where(legal, table.values[following], -np.inf).max(axis=1)
        over = np.repeat(batch.over, len(rows) // MATCHES)
        margins = (batch.rewards - batch.rewards[:, ::-1]).repeat(len(rows) // MATCHES, axis=0) / (2 * game.forfeit)
        targets = margins[np.arange(len(rows)), movers] + discount * sign * np.where(over, 0.0, worth)
        for row, action, target in zip(rows.tolist(), actions.tolist(), targets.tolist(), strict=True):
            table.values[row, action] += learning_rate * (target - table.values[row, action])
        rows = following
    return table.finished()


def _epsilon_greedy(
    values: NDArray[np.float32], masks: NDArray[np.bool_], exploration: float, chance: np.random.Generator
) -> NDArray[np.int64]:
    legal_values = np.where(masks, values, -np.inf)
    best = masks & (legal_values == legal_values.max(axis=1, keepdims=True))
    explore = chance.random(len(masks)) < exploration
    return random_actions(np.where(explore[:, None], masks, best), chance)


def _flat(observations: NDArray[Any], game: Game) -> NDArray[Any]:
    return observations.reshape(-1, *game.observation_shape)


class _GrowingTable:
    """A table that gets a row of zeros for each observation that it has not met before."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.values = np.zeros((1024, game.num_actions), np.float32)
        self._rows: dict[bytes, int] = {}

    def rows(self, observations: NDArray[Any]) -> NDArray[np.int64]:
        """The row of each observation: int64 [B]."""
        found = [self._rows.setdefault(observation.tobytes(), len(self._rows)) for observation in observations]
        if len(self._rows) > len(self.values):
            self.values = np.concatenate([self.values, np.zeros_like(self.values)])
        return np.array(found, np.int64)

    def finished(self) -> QTable:
        """The rows that were met, as a table."""
        known = b"".join(self._rows)
        observations = np.frombuffer(known, self.game.observation_dtype)
        shaped = observations.reshape(-1, *self.game.observation_shape).copy()
        return QTable(self.game.name, shaped, self.values[: len(self._rows)].copy())
