"""Models that are tables: for each observation that was met in training, how likely each action is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.errors import SparringError

if TYPE_CHECKING:
    from sparring.engine import Game

FILE = "table.npz"
"""The name of the file in a model's folder."""
LEAST = 1e-30
"""What counts as never: it has a logarithm, and nobody will see it drawn."""


class PolicyTable:
    """A mixed policy by observation.

    ``observations``: dtype [N, *shape], distinct; ``probabilities``: float32 [N, A]; ``values``: float32 [N, A], what
    each action is worth, where the learner knows (``q-table:PATH`` plays those). An observation that is not in the
    table is answered with every action as likely as the others.

    >>> table = PolicyTable("kuhn_poker", np.eye(2, dtype=np.int8), np.array([[1, 0], [0.25, 0.75]], np.float32))
    >>> np.exp(table.logits(np.array([[0, 1], [1, 1]], np.int8))).round(3).tolist()
    [[0.25, 0.75], [1.0, 1.0]]
    """

    def __init__(
        self,
        game: str,
        observations: NDArray[Any],
        probabilities: NDArray[np.float32],
        values: NDArray[np.float32] | None = None,
    ) -> None:
        self.game, self.observations, self.probabilities, self.values = game, observations, probabilities, values
        self._rows = {observation.tobytes(): row for row, observation in enumerate(observations)}
        known = np.log(np.maximum(probabilities, LEAST))
        self._logits = np.concatenate([known, np.zeros((1, probabilities.shape[1]))]).astype(np.float32)

    def logits(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """float32 [B, A]: logarithms of the probabilities in ``observations: dtype [B, *shape]``."""
        rows = [self._rows.get(observation.tobytes(), -1) for observation in observations]
        found: NDArray[np.float32] = self._logits[rows]
        return found

    def content(self) -> bytes:
        """The table as an npz file of plain arrays: the same bytes for the same table."""
        file = io.BytesIO()
        arrays = {"observations": self.observations, "probabilities": self.probabilities}
        if self.values is not None:
            arrays["values"] = self.values
        np.savez_compressed(file, allow_pickle=False, game=np.array(self.game), **arrays)
        return file.getvalue()


def read_table(file: Path, game: Game) -> PolicyTable:
    """Read a table that plays ``game``. Raises SparringError for a file that is none, or one of another game."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            values = arrays["values"] if "values" in arrays.files else None
            table = PolicyTable(str(arrays["game"]), arrays["observations"], arrays["probabilities"], values)
    except (ValueError, KeyError, OSError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise SparringError(f"{file} is no table of a policy ({error}).") from None
    shapes = (table.observations.shape[1:], table.probabilities.shape[1:], table.observations.dtype)
    if table.game != game.name or shapes != (game.observation_shape, (game.num_actions,), game.observation_dtype):
        raise SparringError(
            f"The table {file} is for {table.game}: observations {shapes[2]} of {shapes[0]}, {shapes[1]} actions. "
            f"{game.name} has observations {game.observation_dtype} of {game.observation_shape} and {game.num_actions}."
        )
    return table
