"""Networks as players: a model of the registry or any ONNX file, answered by ONNX Runtime, many positions at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.frames import Frames
from sparring.agents.onnx_network import Memory, OnnxNetwork, SeenGame
from sparring.agents.player import Faults, Reply, Turn
from sparring.agents.table import FILE as TABLE
from sparring.agents.table import PolicyTable, read_table
from sparring.engine.seeds import random_words
from sparring.errors import AgentFault, BadOption, SparringError

if TYPE_CHECKING:
    from sparring.engine import Game
    from sparring.models import Manifest

OPTIONS = {"temperature": 0.0, "plies": 1_000_000}
"""``temperature``: 0 takes the most likely action, 1 draws from the policy. ``plies``: draw so many plies only."""


class OnnxPlayer:
    """Plays what an ONNX network says (see ``agents/onnx_network.py`` for what it may look like).

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
        self._open(OnnxNetwork(file, game), game, options, seed)

    @classmethod
    def of(cls, content: bytes, game: SeenGame, temperature: float = 0.0, seed: int = 0) -> OnnxPlayer:
        """A player of what stands in an ONNX file."""
        return cls.playing(OnnxNetwork(content, game), game, OPTIONS | {"temperature": temperature}, seed)

    @classmethod
    def playing(
        cls, network: OnnxNetwork | PolicyTable, game: SeenGame, options: dict[str, float], seed: int
    ) -> OnnxPlayer:
        """A player of a network or table that is open already."""
        player = cls.__new__(cls)
        player._open(network, game, options, seed)
        return player

    def _open(self, network: OnnxNetwork | PolicyTable, game: SeenGame, options: dict[str, float], seed: int) -> None:
        self._network = network
        self._game = game
        past = self._network.past if isinstance(self._network, OnnxNetwork) else (0,)
        self._frames = Frames(past, game) if len(past) > 1 else None
        self._remembered: dict[int, NDArray[np.float32]] = {}
        self._temperature, self._plies, self._seed = options["temperature"], int(options["plies"]), np.uint64(seed)
        self._match_seeds: dict[int, int] = {}
        self._turns: dict[int, int] = {}

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        self._match_seeds.update(zip(lanes.tolist(), seeds.tolist(), strict=True))
        self._turns.update(dict.fromkeys(lanes.tolist(), 0))
        if self._frames is not None:
            self._frames.forget(lanes)
        for lane in lanes.tolist():
            self._remembered.pop(lane, None)
        return {}

    def act(self, turn: Turn) -> Reply:
        started = time.perf_counter()
        seen = turn.observations if self._frames is None else self._frames.seen(turn.lanes, turn.observations)
        memory = self._memory_of(turn)
        if self._game.action_kind == "discrete":
            actions, sane = self._choose_one(turn, seen, memory)
        else:
            assert isinstance(self._network, OnnxNetwork)
            noise = np.float32(self._temperature) * self._noise(turn)
            actions, sane = self._network.actions(seen, turn.masks, noise, memory)
        if memory is not None:
            self._remembered.update(zip(turn.lanes.tolist(), memory.content, strict=True))
        fault = AgentFault("crash", "The network answered with something that is no number.")
        seconds = np.full(len(turn), (time.perf_counter() - started) / len(turn))
        return Reply(actions, seconds, dict.fromkeys(np.flatnonzero(~sane).tolist(), fault))

    def _memory_of(self, turn: Turn) -> Memory | None:
        """What a network that remembers knows of these matches."""
        width = self._network.memory if isinstance(self._network, OnnxNetwork) else 0
        nothing = np.zeros(width, np.float32)
        return (
            Memory(np.stack([self._remembered.get(lane, nothing) for lane in turn.lanes.tolist()])) if width else None
        )

    def _choose_one(
        self, turn: Turn, seen: NDArray[Any], memory: Memory | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Actions int64 [B], and where the logits were numbers, bool [B]."""
        if memory is not None and isinstance(self._network, OnnxNetwork):
            logits = self._network.logits(seen, memory)
        else:
            logits = self._network.logits(seen)
        sane = ~np.isnan(logits).any(axis=1)
        if self._temperature > 0:
            logits = logits / np.float32(self._temperature) + self._noise(turn)
        actions: NDArray[np.int64] = np.where(turn.masks, logits, -np.inf).argmax(axis=1)
        return actions, np.asarray(sane, np.bool_)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:  # noqa: ARG002
        for lane in lanes.tolist():
            self._match_seeds.pop(lane, None)
            self._turns.pop(lane, None)
            self._remembered.pop(lane, None)
        if self._frames is not None:
            self._frames.forget(lanes)

    def close(self) -> None:
        pass

    def _noise(self, turn: Turn) -> NDArray[np.float32]:
        """What turns the best action into a draw: Gumbel noise [B, A or L], in a box normal noise [B, n].

        None without a temperature, and after the first ``plies`` plies.
        """
        lanes, box = turn.lanes.tolist(), self._game.action_kind == "box"
        width = self._game.action_shape[0] if box else self._game.num_actions
        if self._temperature == 0:
            return np.zeros((len(turn), width), np.float32)
        matches = np.array([self._match_seeds[lane] for lane in lanes], np.uint64)
        turns = np.array([self._turns[lane] for lane in lanes], np.uint64)
        self._turns.update((lane, self._turns[lane] + 1) for lane in lanes)
        own = random_words(matches ^ random_words(self._seed + turns).view(np.uint64)[:, 0]).view(np.uint64)
        with np.errstate(over="ignore"):
            words = random_words((own + np.arange(width, dtype=np.uint64)).ravel())
        uniform = (words.reshape(len(turn), width, 2) + 0.5) / 2.0**32
        if box:
            noise = np.sqrt(-2.0 * np.log(uniform[..., 0])) * np.cos(2.0 * np.pi * uniform[..., 1])
        else:
            noise = -np.log(-np.log(uniform[..., 0]))
        noise[turns >= np.uint64((self._plies + 1) // 2)] = 0.0
        return np.asarray(noise, np.float32)


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
        network = OnnxNetwork(file, game) if file.is_file() else read_table(folder / TABLE, game)
        self._open(network, game, options, seed)


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
