"""Agent specs: the short names by which agents are called, ``mcts:simulations=200`` or ``path/to/agent.py``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sparring.agents.artefact import IMAGES
from sparring.agents.player import Player
from sparring.engine import Game
from sparring.errors import BadOption, SparringError, UnknownName


@dataclass(frozen=True)
class Spec:
    """A parsed spec. ``argument`` is a path, a model or a name, ``options`` what was said with ``key=value``."""

    kind: str
    argument: str
    options: dict[str, int]
    text: str

    @property
    def is_code(self) -> bool:
        """Whether playing it runs code that somebody submitted: only in a sandbox, unless it is one's own."""
        return self.kind == "file"


@dataclass(frozen=True)
class Kind:
    """One kind of agent: who makes it, what follows its colon, and its numeric options with default and range."""

    module: str
    player: str
    argument: str = ""
    options: dict[str, tuple[int, range]] | None = None


KINDS = {
    "random": Kind("random_player", "RandomPlayer"),
    "minimax": Kind("minimax", "MinimaxPlayer", options={"depth": (4, range(1, 65))}),
    "mcts": Kind(
        "mcts", "MctsPlayer", options={"simulations": (200, range(1, 1_000_001)), "depth": (0, range(10_001))}
    ),
    "solver": Kind("solver", "SolverPlayer"),
    "scripted": Kind("scripted", "ScriptedPlayer", argument="NAME"),
    "q-table": Kind("q_table", "QTablePlayer", argument="PATH"),
    "model": Kind("mixture", "open_model", argument="GAME/NAME@VERSION"),
    "onnx": Kind("network", "OnnxPlayer", argument="PATH"),
    "search": Kind("network_search", "NetworkSearchPlayer", argument="MODEL"),
}


def parse_spec(text: str) -> Spec:
    """Read a spec. Raises UnknownName or BadOption with a sentence.

    >>> parse_spec("minimax:depth=2").options
    {'depth': 2}
    >>> parse_spec("minmax")
    Traceback (most recent call last):
    ...
    sparring.errors.UnknownName: There is no agent 'minmax'. Did you mean 'minimax'? \
Known agents: mcts, minimax, model, onnx, q-table, random, scripted, search, solver.
    """
    text = text.strip()
    if text.startswith(("http://", "https://")):
        return Spec("http", text, {}, text)
    name, _, rest = text.partition(":")
    if text.endswith((".py", ".zip", *IMAGES)) or (text.endswith(".onnx") and name not in KINDS):
        return Spec("file", text, {}, text)
    if name not in KINDS:
        if Path(text).exists():
            raise SparringError(f"{text} is no agent file: an agent is a .py file or a .zip.")
        raise UnknownName("agent", name, KINDS)
    kind = KINDS[name]
    if kind.argument:
        if not rest:
            raise SparringError(f"'{text}' lacks its {kind.argument.lower()}: write {name}:{kind.argument}.")
        return Spec(name, rest, {}, text)
    return Spec(name, "", _read_options(name, rest, kind.options or {}), text)


def _read_options(kind: str, text: str, declared: dict[str, tuple[int, range]]) -> dict[str, int]:
    options = {name: default for name, (default, _) in declared.items()}
    for item in filter(None, text.split(",")):
        name, _, value = item.partition("=")
        if name not in declared:
            if not declared:
                raise BadOption(f"The agent '{kind}' takes no options; '{item}' is too much.")
            near = difflib.get_close_matches(name, declared, n=1) or list(declared)
            raise BadOption(f"The agent '{kind}' has no option '{name}'. Did you mean '{near[0]}'?")
        allowed = declared[name][1]
        if not re.fullmatch("-?[0-9]{1,18}", value) or int(value) not in allowed:
            numbers = f"{allowed.start}..{allowed.stop - 1}"
            raise BadOption(f"{kind}:{name} can't be '{value[:60]}'; it is a number in {numbers}.")
        options[name] = int(value)
    return options


def load(spec: str | Spec, game: Game, seed: int = 0) -> Player:
    """The player that a spec names, in this process: for one's own agents only (see ``sparring.sandbox`` for others').

    Raises SparringError with a sentence for an unknown agent, a missing file, or a game that the agent can't play.
    """
    spec = parse_spec(spec) if isinstance(spec, str) else spec
    if spec.kind == "file":
        return _file_player(Path(spec.argument), game, seed)
    if spec.kind == "http":
        make: Callable[..., Player] = _factory("http_player", "HttpPlayer")
        return make(spec.argument, game, seed=seed)
    kind = KINDS[spec.kind]
    make = _factory(kind.module, kind.player)
    return make(spec.argument, game, seed=seed) if kind.argument else make(game, seed=seed, **spec.options)


def _file_player(path: Path, game: Game, seed: int) -> Player:
    if not path.is_file():
        raise SparringError(f"There is no file {path}. An agent is a .py file or a .zip; `random` is a ready-made one.")
    open_player: Callable[..., Player] = _factory("python_file", "open_player")
    return open_player(path, game, seed=seed)


def _factory(module: str, name: str) -> Any:
    return getattr(import_module(f"sparring.agents.{module}"), name)
