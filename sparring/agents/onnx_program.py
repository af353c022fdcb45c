"""A network that somebody handed in, played in the sandbox: no code of theirs runs.

The runner inside the sandbox reads this module; it gets by without the game's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.author_code import AuthorCode
from sparring.agents.network import OnnxPlayer
from sparring.agents.player import Faults, Reply, Turn
from sparring.agents.program import GameInfo
from sparring.errors import AgentFault, SparringError


@dataclass(frozen=True)
class SeenGame:
    """A game as the arena tells of it, in the words of ``onnx_network.SeenGame``."""

    info: GameInfo

    @property
    def title(self) -> str:
        return self.info.name

    @property
    def observation_shape(self) -> tuple[int, ...]:
        return tuple(self.info.observation["shape"])

    @property
    def observation_dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(self.info.observation["dtype"])
        return dtype

    @property
    def action_kind(self) -> str:
        kinds = {int: "discrete", list: "multi_discrete", dict: "box"}
        return kinds[type(self.info.actions)]

    @property
    def action_shape(self) -> tuple[int, ...]:
        return () if self.info.width is None else (self.info.width,)

    @property
    def num_actions(self) -> int:
        actions = self.info.actions
        if isinstance(actions, dict):
            return 0
        return int(np.sum(actions))

    @property
    def low(self) -> NDArray[np.float32] | None:
        return np.array(self.info.actions["low"], np.float32) if isinstance(self.info.actions, dict) else None

    @property
    def high(self) -> NDArray[np.float32] | None:
        return np.array(self.info.actions["high"], np.float32) if isinstance(self.info.actions, dict) else None


class OnnxProgram:
    """The network in the folder of ``code``, as a program: its most likely actions, all matches in one call."""

    lanes: int | None = None
    batched = True

    def __init__(self, code: AuthorCode, entry: str, game: GameInfo) -> None:
        self.code = code
        player, fault = code.attempt("reading the network", _open, (code.folder / entry).read_bytes(), SeenGame(game))
        if fault is not None:
            raise AgentFault("start", f"It can't start. {fault}", fault.log)
        if isinstance(player, SparringError):
            raise AgentFault("start", str(player))
        self._player: OnnxPlayer = player

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        return self._player.begin(lanes, seats, seeds)

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        seats, states = np.zeros(len(lanes), np.int8), np.recarray(len(lanes), np.dtype("i1"))  # it reads neither
        turn = Turn(lanes, seats, observations, masks, rewards, states)
        reply, fault = self.code.attempt("asking the network", self._player.act, turn)
        if fault is not None:
            return Reply(np.zeros(len(lanes), np.int64), np.zeros(len(lanes)), dict.fromkeys(range(len(lanes)), fault))
        answer: Reply = reply
        return answer

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:  # noqa: ARG002
        self._player.end(lanes, scores, np.recarray(len(lanes), np.dtype("i1")))

    def close(self) -> None:
        pass

    @property
    def log(self) -> str:
        return self.code.log.text


def _open(content: bytes, game: SeenGame) -> OnnxPlayer | SparringError:
    """The player, or why there is none."""
    try:
        return OnnxPlayer.of(content, game)
    except SparringError as error:
        return error
