"""A game: rules with chosen options, made to run on arrays of records."""

from __future__ import annotations

import importlib
import operator
import re
from functools import cached_property
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.engine.seeds import random_words
from sparring.engine.specialise import specialise
from sparring.errors import BadOption, IllegalAction, UnknownName

States: TypeAlias = Any
"""A recarray [B] of the game's ``state_dtype``; numpy has no static type for its fields."""

ENGINE_FIELDS = [("random", np.uint32, (2,)), ("seat", np.int8), ("ply", np.int16), ("over", np.bool_)]


class Game:
    """Rules and options, ready to run.

    >>> game = load_game("connect_four")
    >>> states = game.new_states([7])
    >>> game.play(states, np.array([3]))
    array([[0., 0.]], dtype=float32)
    >>> int(states[0].board[5, 3]), int(states[0].seat)
    (1, 1)
    """

    def __init__(self, name: str, package: str, options: dict[str, Any], compiled: bool = True) -> None:
        self.name, self.package, self.compiled = name, package, compiled
        self.rules: ModuleType = importlib.import_module(f"{package}.rules")
        self.title: str = self.rules.TITLE
        self.version: int = self.rules.VERSION
        self.seats: int = self.rules.SEATS
        self.simultaneous: bool = self.rules.SIMULTANEOUS
        self.perfect_information: bool = self.rules.PERFECT_INFORMATION
        self.options = check_options(name, self.rules.OPTIONS, options)
        layout = chosen_layout(self.rules, self.options)
        self.num_actions: int = layout["actions"]
        self.forfeit: float = layout.get("forfeit", 1.0)
        self.observation_shape: tuple[int, ...] = tuple(layout["observation"])
        self.observation_dtype: np.dtype[Any] = np.dtype(layout["dtype"])
        fields = np.dtype([*layout["state"], *ENGINE_FIELDS], align=True)
        self.state_dtype: np.dtype[Any] = np.dtype((np.record, fields))

    def __repr__(self) -> str:
        options = "".join(f", {key}={value}" for key, value in self.options.items())
        return f"<Game {self.name} version {self.version}{options}>"

    @cached_property
    def kernels(self) -> Any:
        """The batch loops of this game, compiled on first use."""
        return specialise(self, f"sparring.engine.kernels.{'simultaneous' if self.simultaneous else 'sequential'}")

    @cached_property
    def blank(self) -> NDArray[Any]:
        """One record [1] that holds the options and zeros: what ``start`` begins from."""
        blank = np.zeros(1, self.state_dtype)
        for option, value in self.options.items():
            if option in (self.state_dtype.names or ()):
                allowed = self.rules.OPTIONS[option][1]
                blank[option] = allowed.index(value) if isinstance(value, str) else value
        return blank

    def new_states(self, seeds: Any) -> States:
        """Started records [B], one for each of ``seeds: uint64 [B]``."""
        words = random_words(seeds)
        states = np.repeat(self.blank, len(words))
        states["random"] = words
        self.kernels.start_all(states)
        return states.view(np.recarray)

    def warm_up(self) -> None:
        """Load the compiled loops, or compile them, by playing one ply: a second now instead of in the first match."""
        states = self.new_states([0])
        seats = states["seat"]
        self.observe(states, seats)
        first = self.legal(states, seats).argmax(axis=1)
        self.play_unchecked(states, np.stack([first] * self.seats, axis=1) if self.simultaneous else first)

    def legal(self, states: States, seats: Any) -> NDArray[np.bool_]:
        """What each of ``seats: int8 [B]`` may do: bool [B, A]; all False once a match is over."""
        masks = np.zeros((len(states), self.num_actions), np.bool_)
        self.kernels.legal_all(plain(states), np.asarray(seats, np.int8), masks)
        return masks

    def observe(self, states: States, seats: Any) -> NDArray[Any]:
        """What each of ``seats: int8 [B]`` sees: dtype [B, *observation_shape]."""
        observations = np.zeros((len(states), *self.observation_shape), self.observation_dtype)
        self.kernels.observe_all(plain(states), np.asarray(seats, np.int8), observations)
        return observations

    def play(self, states: States, actions: Any) -> NDArray[np.float32]:
        """Play one action in each record, in place.

        ``actions``: integers [B], or [B, S] when simultaneous. Returns the rewards of this play, float32 [B, S].
        Raises IllegalAction, and plays nothing, when one of them is not allowed.
        """
        return self.play_unchecked(states, self._checked(states, actions))

    def play_unchecked(self, states: States, actions: NDArray[np.int64]) -> NDArray[np.float32]:
        """``play`` for actions that are known to be legal: what isn't leaves the records undefined."""
        rewards = np.zeros((len(states), self.seats), np.float32)
        self.kernels.play_all(plain(states), actions, rewards)
        return rewards

    def _checked(self, states: States, actions: Any) -> NDArray[np.int64]:
        actions = np.asarray(actions)
        shape = (len(states), self.seats) if self.simultaneous else (len(states),)
        if actions.dtype.kind not in "iu" or actions.shape != shape:
            raise IllegalAction(
                f"Actions must be integers of shape {shape}, not {actions.dtype} of shape {actions.shape}."
            )
        if actions.dtype == np.uint64 and actions.size and actions.max() > np.uint64(np.iinfo(np.int64).max):
            raise IllegalAction(f"Action {actions.max()} is outside 0..{self.num_actions - 1}.")
        checked: NDArray[np.int64] = actions.astype(np.int64)
        for seat in range(self.seats) if self.simultaneous else (None,):
            seats = states["seat"] if seat is None else np.full(len(states), seat, np.int8)
            chosen = checked if seat is None else np.ascontiguousarray(checked[:, seat])
            row = self.kernels.first_illegal(chosen, self.legal(states, seats))
            if row >= 0:
                raise IllegalAction(f"Row {row}: {self._why_illegal(states[row], int(chosen[row]))}")
        return checked

    def check_action(self, state: Any, action: Any, seat: int | None = None) -> int:
        """``action`` as an int, if it is a legal action for the seat (by default the one to move).

        Integers of Python and NumPy count; everything else raises IllegalAction with a sentence.
        """
        if isinstance(action, (bool, np.bool_, np.timedelta64)) or not isinstance(action, (int, np.integer)):
            raise IllegalAction(f"An action is an integer, not {described(action)}.")
        number = int.__index__(action) if isinstance(action, int) else operator.index(action)
        if not 0 <= number < self.num_actions:
            raise IllegalAction(f"Action {number} is outside 0..{self.num_actions - 1}.")
        states = np.asarray(state).reshape(1)
        if not self.legal(states, [state["seat"] if seat is None else seat])[0, number]:
            raise IllegalAction(self._why_illegal(state, number))
        return number

    def _why_illegal(self, state: Any, action: int) -> str:
        if not 0 <= action < self.num_actions:
            return f"Action {action} is outside 0..{self.num_actions - 1}."
        if state["over"]:
            return "The match is over."
        return f"Action {action} ({self.action_name(action)}) is not allowed in this position."

    def view(self, state: Any) -> dict[str, Any]:
        """The record as JSON: every field but the random state."""
        return self.views(np.asarray(state).reshape(1))[0]

    def views(self, states: States) -> list[dict[str, Any]]:
        """``view`` of each of many records."""
        names = [name for name in self.state_dtype.names or () if name != "random"]
        columns = [states[name].tolist() for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    @cached_property
    def _drawing(self) -> ModuleType:
        return importlib.import_module(f"{self.package}.drawing")

    def draw(self, state: Any, size: int = 480, last_action: int | None = None) -> str:
        """The position as SVG, ``size`` pixels wide; the last action is marked."""
        svg: str = self._drawing.draw(self.view(state), size=size, last_action=last_action)
        return svg

    def text(self, state: Any) -> str:
        """The position as lines of text, for a terminal."""
        lines: str = self._drawing.text(self.view(state))
        return lines

    def action_name(self, action: int) -> str:
        """The action as people say it: ``column 4``, ``b3``."""
        name: str = self._drawing.action_name(int(action), self.options)
        return name


def load_game(name: str, options: dict[str, Any] | None = None, compiled: bool = True) -> Game:
    """The game called ``name``, installed with Sparring or by another package.

    Raises UnknownName, with the nearest name, or BadOption.
    """
    packages = _packages()
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if key not in packages:
        raise UnknownName("game", name, packages)
    return Game(key, packages[key], dict(options or {}), compiled)


def game_names() -> list[str]:
    """The names of all games that ``load_game`` knows, in alphabetical order."""
    return sorted(_packages())


def _packages() -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group="sparring.games")}


def check_options(game: str, declared: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Defaults of the game overridden by ``given``, whose text is read as the option's type."""
    options = {name: default for name, (default, _, _) in declared.items()}
    for name, value in given.items():
        if name not in declared:
            raise UnknownName(f"option of {game}", name, declared)
        default, allowed, _ = declared[name]
        options[name] = _read_option(game, name, value, default, allowed)
    return options


def chosen_layout(rules: ModuleType, options: dict[str, Any]) -> dict[str, Any]:
    """The layout under these options. Raises BadOption with the rules' own sentence when they don't go together."""
    try:
        layout: dict[str, Any] = rules.layout(**options)
    except ValueError as error:
        raise BadOption(str(error)) from error
    return layout


def _read_option(game: str, name: str, value: Any, default: Any, allowed: Any) -> Any:
    read = value
    if isinstance(value, str) and not isinstance(default, str):
        read = {"true": True, "false": False}.get(value.lower(), value)
        if isinstance(read, str) and re.fullmatch("-?[0-9]{1,18}", read):
            read = int(read)
    if type(read) is not type(default) or read not in allowed:
        choices = f"{allowed.start}..{allowed.stop - 1}" if isinstance(allowed, range) else ", ".join(map(str, allowed))
        raise BadOption(f"Option {name} of {game} can't be {value!r:.60}; it can be {choices}.")
    return read


def plain(states: States) -> NDArray[Any]:
    """The records as the plain array that compiled code takes quickest."""
    return np.asarray(states).view(np.ndarray)


def described(value: Any) -> str:
    """A short description of any value for an error message, safe against what its own code might do."""
    kind = type(value).__name__
    if value is None or type(value) in (bool, int, float, str, list, tuple, np.bool_, np.float32, np.float64):
        text = repr(value)
        return f"{text[:40]}{'…' if len(text) > 40 else ''} ({kind})"
    return f"a value of type {kind}"
