"""Networks as players: a model of the registry or any ONNX file, answered by ONNX Runtime, many positions at once."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.one_choice import require_one_choice
from sparring.agents.player import Faults, Reply, Turn
from sparring.agents.table import FILE as TABLE
from sparring.agents.table import PolicyTable, read_table
from sparring.engine import Game
from sparring.engine.seeds import random_words
from sparring.errors import AgentFault, BadOption, MissingExtra, SparringError

if TYPE_CHECKING:
    from sparring.models import Manifest

OPTIONS = {"temperature": 0.0, "plies": 1_000_000}
"""``temperature``: 0 takes the most likely action, 1 draws from the policy. ``plies``: draw so many plies only."""


class OnnxPlayer:
    """Plays what an ONNX network says: observations [B, …] in, its first output are logits [B, A].

    ``argument`` is a path, with options after commas: ``net.onnx,temperature=0.5,plies=8``. What is drawn in a row
    depends on the player's seed, the match's seed and the turn only. Raises SparringError for a file that can't play
    the game.
    """

    lanes: int | None = None
    needs_states = False

    def __init__(self, argument: str, game: Game, seed: int = 0) -> None:
        path, options = read_options(argument)
        file = Path(path)
        if not file.is_file():
            raise SparringError(f"There is no file {file}. Give the path of an ONNX network.")
        self._open(file, game, options, seed)

    def _open(self, file: Path, game: Game, options: dict[str, float], seed: int) -> None:
        require_one_choice(game, "A network, as yet,")
        self._network: OnnxNetwork | PolicyTable = (
            read_table(file, game) if file.name == TABLE else OnnxNetwork(file, game)
        )
        self._temperature, self._plies, self._seed = options["temperature"], int(options["plies"]), np.uint64(seed)
        self._match_seeds: dict[int, int] = {}
        self._turns: dict[int, int] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        self._match_seeds.update(zip(lanes.tolist(), seeds.tolist(), strict=True))
        self._turns.update(dict.fromkeys(lanes.tolist(), 0))
        return {}

    def act(self, turn: Turn) -> Reply:
        started = time.perf_counter()
        faults: Faults = {}
        logits = self._network.logits(turn.observations)
        if logits.shape != turn.masks.shape:
            fault = AgentFault("crash", f"The network answered {logits.shape} for actions {turn.masks.shape}.")
            return Reply(np.zeros(len(turn), np.int64), np.zeros(len(turn)), dict.fromkeys(range(len(turn)), fault))
        for row in np.flatnonzero(np.isnan(logits).any(axis=1)).tolist():
            faults[row] = AgentFault("crash", "The network answered with something that is no number.")
        if self._temperature > 0:
            logits = logits / np.float32(self._temperature) + self._noise(turn)
        actions = np.where(turn.masks, logits, -np.inf).argmax(axis=1)
        seconds = np.full(len(turn), (time.perf_counter() - started) / len(turn))
        return Reply(actions, seconds, faults)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            self._match_seeds.pop(lane, None)
            self._turns.pop(lane, None)

    def close(self) -> None:
        pass

    def _noise(self, turn: Turn) -> NDArray[np.float32]:
        """Gumbel noise [B, A] that turns the largest logit into a draw; none after the first ``plies`` plies."""
        lanes = turn.lanes.tolist()
        matches = np.array([self._match_seeds[lane] for lane in lanes], np.uint64)
        turns = np.array([self._turns[lane] for lane in lanes], np.uint64)
        self._turns.update((lane, self._turns[lane] + 1) for lane in lanes)
        own = random_words(matches ^ random_words(self._seed + turns).view(np.uint64)[:, 0]).view(np.uint64)
        with np.errstate(over="ignore"):
            words = random_words((own + np.arange(turn.masks.shape[1], dtype=np.uint64)).ravel())
        uniform = (words[:, 0].reshape(turn.masks.shape) + 0.5) / 2.0**32
        gumbel = -np.log(-np.log(uniform))
        gumbel[turns >= np.uint64((self._plies + 1) // 2)] = 0.0
        return np.asarray(gumbel, np.float32)


class ModelPlayer(OnnxPlayer):
    """A model of the registry, ``connect_four/house@7``, or the latest version of ``connect_four/house``.

    Options as with ``OnnxPlayer``, but a model whose manifest says that it plays mixed draws from its policy unless
    ``temperature=0`` says otherwise. A model may be a table (``agents/table.py``) instead of a network. Raises
    UnknownName, with the nearest model, and SparringError for a model that is damaged or was made for another game,
    other options or other rules.
    """

    def __init__(self, argument: str, game: Game, seed: int = 0) -> None:
        folder, manifest = model_folder(argument.partition(",")[0].strip(), game)
        usual = {"temperature": 1.0 if manifest.plays == "mixed" else 0.0}
        _, options = read_options(argument, OPTIONS | usual)
        file = folder / "model.onnx"
        self._open(file if file.is_file() else folder / TABLE, game, options, seed)


def model_folder(reference: str, game: Game) -> tuple[Path, Manifest]:
    """The folder of a model in the registry. Raises UnknownName, and SparringError for one that won't do."""
    from sparring.models import Registry, check_plays, read_manifest

    registry = Registry()
    model = registry.find(reference)
    folder = registry.resolve(model)
    manifest = read_manifest(folder)
    check_plays(manifest, game, str(model))
    return folder, manifest


def model_file(reference: str, game: Game) -> Path:
    """The ONNX file of a model in the registry. Raises like ``model_folder``, also for a model that is a table."""
    file = model_folder(reference, game)[0] / "model.onnx"
    if not file.is_file():
        raise SparringError(f"The model {reference} is a table, not a network: play it as model:{reference}.")
    return file


class OnnxNetwork:
    """An ONNX file, or what stands in one, ready to answer on one thread."""

    def __init__(self, source: Path | bytes, game: Game) -> None:
        file = "The network" if isinstance(source, bytes) else str(source)
        runtime = _runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = runtime.InferenceSession(
                source if isinstance(source, bytes) else file, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001  the runtime's exceptions have no public parent
            raise SparringError(f"{file} is no ONNX network that can be read: {str(error).splitlines()[0]}") from None
        if len(self._session.get_inputs()) != 1:
            raise SparringError(f"{file} has {len(self._session.get_inputs())} inputs; a player's network has one.")
        entry = self._session.get_inputs()[0]
        self._input, self._output = entry.name, self._session.get_outputs()[0].name
        self._type = _TYPES.get(entry.type)
        if self._type is None:
            raise SparringError(f"{file} takes {entry.type}; a player's network takes one of {', '.join(_TYPES)}.")
        self._shape = game.observation_shape if len(entry.shape) != 2 else (int(np.prod(game.observation_shape)),)
        self._check(file, game)

    def logits(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """Observations dtype [B, *shape] -> float32 [B, A]."""
        answer: NDArray[np.float32] = self._session.run([self._output], {self._input: self._shaped(observations)})[0]
        return answer

    def _shaped(self, observations: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(observations.reshape(-1, *self._shape).astype(self._type, copy=False))

    def _check(self, file: str, game: Game) -> None:
        try:
            answer = self.logits(np.zeros((2, *game.observation_shape), game.observation_dtype))
        except Exception as error:  # noqa: BLE001  as above
            raise SparringError(
                f"{file} can't see {game.title}: an observation is {game.observation_dtype.name} of "
                f"{tuple(game.observation_shape)}, with the batch before it. {str(error).splitlines()[0]}"
            ) from None
        if answer.shape != (2, game.num_actions):
            raise SparringError(f"{file} answers {answer.shape[1:]}; {game.title} has {game.num_actions} actions.")


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


def read_options(argument: str, known: dict[str, float] = OPTIONS) -> tuple[str, dict[str, float]]:
    """The path or model, and the options after commas; ``known`` has their defaults. Raises BadOption.

    >>> read_options("connect_four/house@7,temperature=0.5")
    ('connect_four/house@7', {'temperature': 0.5, 'plies': 1000000})
    """
    name, *items = argument.split(",")
    options = dict(known)
    for item in items:
        key, _, value = item.partition("=")
        if key.strip() not in options:
            raise BadOption(f"A network has no option '{key.strip()}'; it has {' and '.join(known)}.")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise BadOption(f"{key.strip()} can't be '{value}'; it is a number from 0.")
        options[key.strip()] = number
    return name.strip(), options
