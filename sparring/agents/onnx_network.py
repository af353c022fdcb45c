"""ONNX files that answer what to do, on one thread.

The first input are observations [B, *shape], flattened to [B, n] if the file says so, or [B, frames, *shape] with the
ages of the frames in the file's metadata, ``frames: [0, 1]``. Where an action is one choice it is the only input, and
the first output are logits [B, A]. Where it is several, a file also takes ``masks`` and ``noise`` and answers with
``logits`` and ``actions [B, H]`` (see ``models/onnx_policies.py``). For a box it answers with ``means`` and
``deviations`` [B, n]. Any file may also take ``memory [B, W]``, zeros at first, and answer with ``memory_after``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.errors import MissingExtra, SparringError

ANSWERS = {"discrete": (), "multi_discrete": ("logits", "actions"), "box": ("means", "deviations")}
"""Outputs that a file must have, by the kind of a game's actions; for one choice it is the first, whatever its name."""
QUESTIONS = {"discrete": (), "multi_discrete": ("masks", "noise"), "box": ()}
"""Inputs beside the observations."""


class SeenGame(Protocol):
    """What a network has to know of a game; every ``Game`` is one."""

    @property
    def title(self) -> str: ...

    @property
    def observation_shape(self) -> tuple[int, ...]: ...

    @property
    def observation_dtype(self) -> np.dtype[Any]: ...

    @property
    def action_kind(self) -> str: ...

    @property
    def action_shape(self) -> tuple[int, ...]: ...

    @property
    def num_actions(self) -> int: ...

    @property
    def low(self) -> NDArray[np.float32] | None: ...

    @property
    def high(self) -> NDArray[np.float32] | None: ...


@dataclass
class Memory:
    """What a network remembers of B matches, before it is asked, and then after."""

    content: NDArray[np.float32]
    """float32 [B, W]."""


class OnnxNetwork:
    """An ONNX file, or what stands in one, ready to answer on one thread."""

    def __init__(self, source: Path | bytes, game: SeenGame) -> None:
        file = "The network" if isinstance(source, bytes) else str(source)
        self.game, self._kind = game, game.action_kind
        self._session = _session(source, file)
        inputs = {entry.name: entry for entry in self._session.get_inputs()}
        entry = self._session.get_inputs()[0]
        if set(inputs) - {entry.name, "memory"} != set(QUESTIONS[self._kind]):
            expected = " and ".join(("observations", *QUESTIONS[self._kind]))
            raise SparringError(f"{file} takes {', '.join(inputs)}; a network for {game.title} takes {expected}.")
        self._input, self._output = entry.name, self._session.get_outputs()[0].name
        missing = set(ANSWERS[self._kind]) - {output.name for output in self._session.get_outputs()}
        if missing:
            raise SparringError(f"{file} has no output {min(missing)}; a network for {game.title} needs one.")
        self._type = _TYPES.get(entry.type)
        if self._type is None:
            raise SparringError(f"{file} takes {entry.type}; a player's network takes one of {', '.join(_TYPES)}.")
        self.memory = int(inputs["memory"].shape[1]) if "memory" in inputs else 0
        """Width of what it remembers from turn to turn; 0: nothing."""
        self.past = _past(self._session)
        """Ages of the observations that it sees, 0 being the present."""
        frames = (len(self.past),) if len(self.past) > 1 else ()
        whole = (*frames, *game.observation_shape)
        self._shape = whole if len(entry.shape) != 2 else (int(np.prod(whole)),)
        self._check(file, game)

    def logits(self, observations: NDArray[Any], memory: Memory | None = None) -> NDArray[np.float32]:
        """Observations dtype [B, *shape] -> float32 [B, A]."""
        answer: NDArray[np.float32] = self._run([self._output], {self._input: self._shaped(observations)}, memory)[0]
        return answer

    def actions(
        self,
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        noise: NDArray[np.float32],
        memory: Memory | None = None,
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Actions [B, *action_shape] of several heads or in a box, and where the network said numbers, bool [B].

        ``noise``: Gumbel noise [B, L], or in a box normal noise [B, n]; zeros take the best action.
        """
        given = {self._input: self._shaped(observations)}
        if self._kind == "multi_discrete":
            logits, actions = self._run(["logits", "actions"], given | {"masks": masks, "noise": noise}, memory)
            return actions, np.asarray(~np.isnan(logits).any(axis=1), np.bool_)
        means, deviations = self._run(["means", "deviations"], given, memory)
        points: NDArray[np.float32] = np.clip(means + deviations * noise, self.game.low, self.game.high)
        return points, np.asarray(~np.isnan(points).any(axis=1), np.bool_)

    def _run(self, names: list[str], given: dict[str, NDArray[Any]], memory: Memory | None) -> list[NDArray[Any]]:
        """The outputs of these names; what the network remembers goes into ``memory``, or is forgotten."""
        if not self.memory:
            return list(self._session.run(names, given))
        memory = memory or Memory(np.zeros((len(given[self._input]), self.memory), np.float32))
        answers: list[NDArray[Any]]
        *answers, memory.content = self._session.run([*names, "memory_after"], given | {"memory": memory.content})
        return answers

    def _shaped(self, observations: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(observations.reshape(-1, *self._shape).astype(self._type, copy=False))

    def _check(self, file: str, game: SeenGame) -> None:
        frames = (len(self.past),) if len(self.past) > 1 else ()
        observations = np.zeros((2, *frames, *game.observation_shape), game.observation_dtype)
        try:
            if self._kind == "discrete":
                answer = self.logits(observations)
            else:
                width = game.action_shape[0] if self._kind == "box" else game.num_actions
                masks = np.ones((2, game.num_actions), np.bool_)
                answer = self.actions(observations, masks, np.zeros((2, width), np.float32))[0]
        except Exception as error:  # noqa: BLE001  the runtime's exceptions have no public parent
            raise SparringError(
                f"{file} can't see {game.title}: an observation is {game.observation_dtype.name} of "
                f"{tuple(game.observation_shape)}, with the batch before it. {str(error).splitlines()[0]}"
            ) from None
        if self._kind == "discrete" and answer.shape != (2, game.num_actions):
            raise SparringError(f"{file} answers {answer.shape[1:]}; {game.title} has {game.num_actions} actions.")
        if self._kind != "discrete" and answer.shape != (2, *game.action_shape):
            raise SparringError(f"{file} answers {answer.shape[1:]}; an action of {game.title} is {game.action_shape}.")


def _session(source: Path | bytes, file: str) -> Any:
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        content = source if isinstance(source, bytes) else file
        return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  the runtime's exceptions have no public parent
        raise SparringError(f"{file} is no ONNX network that can be read: {str(error).splitlines()[0]}") from None


def _past(session: Any) -> tuple[int, ...]:
    """The ages of frames that the file's metadata names."""
    written = session.get_modelmeta().custom_metadata_map.get("frames", "[0]")
    try:
        ages = tuple(int(age) for age in json.loads(written))
    except (ValueError, TypeError):
        ages = ()
    if not ages or min(ages) < 0 or max(ages) > 10_000:
        raise SparringError(f"The network's metadata says frames {written:.60}; they are a list of ages, as [0, 1].")
    return ages


_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


def _runtime() -> ModuleType:
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise MissingExtra("onnxruntime", "network", "Playing with a network") from None
    module: ModuleType = onnxruntime
    return module
