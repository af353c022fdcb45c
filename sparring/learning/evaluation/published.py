"""Models that are published, or about to be, as probes and meetings see them: policies over observations and masks."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.network import model_folder
from sparring.agents.onnx_network import OnnxNetwork
from sparring.agents.player import Player, Turn
from sparring.agents.spec import load
from sparring.agents.table import FILE as TABLE
from sparring.agents.table import PolicyTable, read_table
from sparring.engine import Game
from sparring.learning.evaluation.duels import drawn
from sparring.learning.probes import Policy, Probabilities


@dataclass(frozen=True)
class Published:
    """A network or a table that never changes any more."""

    network: OnnxNetwork | PolicyTable
    plays: str
    """``greedy`` or ``mixed``, as its manifest says."""

    def policy(self) -> Policy:
        """Its most likely legal action in each row."""

        def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
            actions: NDArray[np.int64] = self._legal(observations, masks).argmax(axis=1)
            return actions

        return choose

    def probabilities(self) -> Probabilities:
        """How likely each action is, float64 [B, A]."""

        def look(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
            logits = self._legal(observations, masks)
            likely = np.exp(logits - logits.max(axis=1, keepdims=True))
            chances: NDArray[np.float64] = likely / likely.sum(axis=1, keepdims=True)
            return chances

        return look

    def usual(self, seed: int) -> Policy:
        """How it plays unless told otherwise."""
        return drawn(self.probabilities(), seed) if self.plays == "mixed" else self.policy()

    @property
    def sees_the_present_alone(self) -> bool:
        """Whether it decides by one observation, and an action is one choice."""
        network = self.network
        return isinstance(network, PolicyTable) or (
            not network.memory and len(network.past) == 1 and network.game.action_kind == "discrete"
        )

    def _legal(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        logits: NDArray[np.float64] = np.where(masks, self.network.logits(observations).astype(np.float64), -np.inf)
        return logits


class PlayedModel:
    """A model of the registry as a policy of its best actions, whatever its network looks like.

    Called with positions it answers as one before which nothing was seen; its ``player`` also knows what was.
    """

    def __init__(self, reference: str, game: Game) -> None:
        self._game = game
        self.player: Player = load(f"model:{reference},temperature=0", game)

    def __call__(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[Any]:
        """Actions [B, *action_shape]. Raises the fault of a network that answers with no numbers."""
        count = len(observations)
        lanes, seats = np.arange(count), np.zeros(count, np.int8)
        states = self._game.new_states(np.zeros(count, np.uint64))
        self.player.begin(lanes, seats, np.zeros(count, np.uint64))
        reply = self.player.act(Turn(lanes, seats, observations, masks, np.zeros(count, np.float32), states))
        self.player.end(lanes, np.zeros(count, np.float32), states)
        for fault in reply.faults.values():
            raise fault
        return np.asarray(reply.actions)


def published(reference: str, game: Game) -> Published:
    """A model of the registry. Raises SparringError when it can't be read or was made for another game."""
    folder, manifest = model_folder(reference, game)
    return Published(_open(folder, game), manifest.plays)


def from_files(files: Mapping[str, bytes], plays: str, game: Game) -> Published:
    """A model that is not in the registry yet."""
    if "model.onnx" in files:
        return Published(OnnxNetwork(files["model.onnx"], game), plays)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / TABLE).write_bytes(files[TABLE])
        return Published(_open(Path(folder), game), plays)


def _open(folder: Path, game: Game) -> OnnxNetwork | PolicyTable:
    file = folder / "model.onnx"
    return OnnxNetwork(file, game) if file.is_file() else read_table(folder / TABLE, game)
