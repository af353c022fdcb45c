"""A table of action values as a player: for games small enough that every observation has a row."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.one_choice import require_one_choice
from sparring.agents.player import Faults, Reply, Turn
from sparring.agents.random_player import random_actions
from sparring.engine import Game
from sparring.errors import SparringError


class QTable:
    """Values of actions by observation.

    ``observations``: dtype [N, *shape], distinct; ``values``: float32 [N, A].
    """

    def __init__(self, game: str, observations: NDArray[Any], values: NDArray[np.float32]) -> None:
        self.game, self.observations, self.values = game, observations, values
        self._rows = {observation.tobytes(): row for row, observation in enumerate(observations)}

    def look_up(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """float32 [B, A]: the values in each of ``observations: dtype [B, *shape]``; zeros where nothing is known."""
        rows = [self._rows.get(observation.tobytes(), -1) for observation in observations]
        padded = np.concatenate([self.values, np.zeros((1, self.values.shape[1]), np.float32)])
        found: NDArray[np.float32] = padded[rows]
        return found

    def save(self, path: Path) -> None:
        """Write the table as an npz file of plain arrays."""
        with path.open("wb") as file:
            np.savez_compressed(file, game=np.array(self.game), observations=self.observations, values=self.values)

    @classmethod
    def load(cls, path: Path) -> QTable:
        """Read a table. Raises SparringError for a file that is none."""
        if not path.is_file():
            raise SparringError(f"There is no file {path}. Give the path of a table of action values (.npz).")
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(str(arrays["game"]), arrays["observations"], arrays["values"].astype(np.float32))
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise SparringError(f"{path} is no table of action values ({error}).") from None


class QTablePlayer:
    """Takes the legal action of the highest value; equals, and positions that the table doesn't know, by lot."""

    lanes: int | None = None
    needs_states = False

    def __init__(self, argument: str, game: Game, seed: int = 0) -> None:
        require_one_choice(game, "A table of action values")
        self._table = QTable.load(Path(argument))
        self._random = np.random.default_rng(seed)
        shapes = (self._table.observations.shape[1:], self._table.values.shape[1:])
        if self._table.game != game.name or shapes != (game.observation_shape, (game.num_actions,)):
            raise SparringError(
                f"The table {argument} is for {self._table.game}: observations {shapes[0]}, actions {shapes[1][0]}. "
                f"{game.name} has observations {game.observation_shape} and {game.num_actions} actions."
            )

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        return {}

    def act(self, turn: Turn) -> Reply:
        started = time.perf_counter()
        values = np.where(turn.masks, self._table.look_up(turn.observations), -np.inf)
        best = turn.masks & (values == values.max(axis=1, keepdims=True))
        actions = random_actions(best, self._random)
        return Reply(actions, np.full(len(turn), (time.perf_counter() - started) / len(turn)))

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:
        pass

    def close(self) -> None:
        pass
