"""A game: rules with chosen options, made to run on arrays of records."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.engine.actions import ActionSpace, action_space
from sparring.engine.game_folders import is_folder, package_in
from sparring.engine.loops import BatchedLoops, CompiledLoops
from sparring.engine.rules_checks import check_layout, import_rules
from sparring.engine.seeds import random_words
from sparring.engine.symmetries import Bearings, Symmetries, bearings_of, symmetries_of
from sparring.errors import BadOption, IllegalAction, SparringError, UnknownName

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

    def __init__(
        self, name: str, package: str, options: dict[str, Any], compiled: bool = True, rules: Any = None
    ) -> None:
        """``package`` holds ``rules.py``; a game of a family brings its ``rules`` along and has no package."""
        self.name, self.package, self.compiled = name, package, compiled
        self.rules: Any = import_rules(package) if rules is None else rules
        self.title: str = self.rules.TITLE
        self.version: int = self.rules.VERSION
        self.simultaneous: bool = self.rules.SIMULTANEOUS
        self.perfect_information: bool = self.rules.PERFECT_INFORMATION
        self.batched: bool = getattr(self.rules, "BATCHED", False)
        self.options = check_options(name, self.rules.OPTIONS, options)
        self._layout = layout = chosen_layout(self.rules, self.options)
        self.seats: int = layout.get("seats", self.rules.SEATS)
        self.actions: ActionSpace = action_space(layout["actions"], layout.get("dependencies", ()))
        self.forfeit: float = layout.get("forfeit", 1.0)
        self.observation_shape: tuple[int, ...] = tuple(layout["observation"])
        self.observation_dtype: np.dtype[Any] = np.dtype(layout["dtype"])
        fields = np.dtype([*layout["state"], *ENGINE_FIELDS], align=True)
        self.state_dtype: np.dtype[Any] = np.dtype((np.record, fields))

    def __repr__(self) -> str:
        options = "".join(f", {key}={value}" for key, value in self.options.items())
        return f"<Game {self.name} version {self.version}{options}>"

    @property
    def num_actions(self) -> int:
        """Width of a mask: the actions there are, the options of all heads together, or 0 for a box."""
        return self.actions.options

    @property
    def action_kind(self) -> str:
        return self.actions.kind

    @property
    def action_shape(self) -> tuple[int, ...]:
        return self.actions.shape

    @property
    def action_dtype(self) -> np.dtype[Any]:
        return self.actions.dtype

    @property
    def heads(self) -> tuple[int, ...]:
        return self.actions.heads

    @property
    def allows(self) -> NDArray[np.bool_] | None:
        return self.actions.allows

    @property
    def low(self) -> NDArray[np.float32] | None:
        return self.actions.low

    @property
    def high(self) -> NDArray[np.float32] | None:
        return self.actions.high

    @cached_property
    def kernels(self) -> Any:
        """The batch loops of this game, compiled on first use."""
        return BatchedLoops(self) if self.batched else CompiledLoops(self)

    @cached_property
    def symmetries(self) -> Symmetries | None:
        """The ways to look at a match from which it is one all the same; None where the rules declare none."""
        return symmetries_of(self.rules, self.observation_shape, self.actions, self.options)

    @cached_property
    def bearings(self) -> Bearings | None:
        """What of an observation turns with the world; None where the rules declare nothing."""
        return bearings_of(self.rules, self.observation_shape, self.options)

    @cached_property
    def blank(self) -> NDArray[Any]:
        """One record [1] that holds options and constants, and zeros: what ``start`` begins from."""
        blank = np.zeros(1, self.state_dtype)
        for option, value in self.options.items():
            allowed = self.rules.OPTIONS[option][1]
            if option in (self.state_dtype.names or ()) and not isinstance(allowed, re.Pattern):
                blank[option] = allowed.index(value) if isinstance(value, str) else value
        for field, constant in self._layout.get("constants", {}).items():
            blank[field] = constant
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
        self.observe(states, states["seat"])
        self.play_unchecked(states, self.random_actions(self.masks(states), np.random.default_rng(0)))

    def masks(self, states: States) -> NDArray[np.bool_]:
        """What the seat to move may do, bool [B, A]; in a simultaneous game what each may do, bool [B, S, A]."""
        if not self.simultaneous:
            return self.legal(states, states["seat"])
        seats = [np.full(len(states), seat, np.int8) for seat in range(self.seats)]
        return np.stack([self.legal(states, own) for own in seats], axis=1)

    def random_actions(self, masks: NDArray[np.bool_], random: np.random.Generator) -> NDArray[Any]:
        """A uniform legal action under each mask: masks [..., A] -> actions [..., *action_shape]; heads in turn.

        >>> game = load_game("tic_tac_toe")
        >>> game.random_actions(np.eye(9, dtype=bool)[[4, 7]], np.random.default_rng(1)).tolist()
        [4, 7]
        """
        words = random_words(random.integers(2**63, size=int(np.prod(masks.shape[:-1]))))
        actions = self.actions.zeros(*masks.shape[:-1])
        self.actions.choose(np.ascontiguousarray(masks), words, actions)
        return actions

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

        ``actions``: [B, *action_shape], or [B, S, *action_shape] when simultaneous. Returns the rewards of this play,
        float32 [B, S]. Raises IllegalAction, and plays nothing, when one of them is not allowed.
        """
        return self.play_unchecked(states, self._checked(states, actions))

    def play_unchecked(self, states: States, actions: NDArray[Any]) -> NDArray[np.float32]:
        """``play`` for actions that are known to be legal: what isn't leaves the records undefined."""
        rewards = np.zeros((len(states), self.seats), np.float32)
        self.kernels.play_all(plain(states), actions, rewards)
        return rewards

    def forfeit_scores(self, guilty: set[int]) -> list[float]:
        """Scores by seat when ``guilty`` seats end a match by a fault: never better than the worst loss by play."""
        if self.seats == 1:
            return [-self.forfeit]
        if len(guilty) == self.seats:
            return [0.0] * self.seats
        reward = self.forfeit * len(guilty) / (self.seats - len(guilty))
        return [-self.forfeit if seat in guilty else reward for seat in range(self.seats)]

    def as_actions(self, given: Any, rows: tuple[int, ...]) -> NDArray[Any]:
        """``given`` as an array [*rows, *action_shape] of the right type. Raises IllegalAction if it can't be one."""
        actions: NDArray[Any] = np.asarray(given)
        shape = (*rows, *self.action_shape)
        fits = actions.dtype.kind in "iu" or (self.action_kind == "box" and actions.dtype.kind == "f")
        if not fits or actions.shape != shape:
            what = "numbers" if self.action_kind == "box" else "integers"
            raise IllegalAction(
                f"Actions must be {what} of shape {shape}, not {actions.dtype} of shape {actions.shape}."
            )
        if actions.dtype == np.uint64 and actions.size and actions.max() > np.uint64(np.iinfo(np.int64).max):
            raise IllegalAction(f"Action {actions.max()} is outside 0..{self.num_actions - 1}.")
        return actions.astype(self.action_dtype, copy=False)

    def _checked(self, states: States, actions: Any) -> NDArray[Any]:
        masks = self.masks(states)
        checked = self.as_actions(actions, masks.shape[:-1])
        wrong = self.actions.illegal(checked, masks)
        if self.action_kind == "box":
            wrong |= states["over"][:, None] if self.simultaneous else states["over"]
        if wrong.any():
            place = tuple(int(index) for index in np.argwhere(wrong)[0])
            raise IllegalAction(f"Row {place[0]}: {self._why_illegal(states[place[0]], checked[place], masks[place])}")
        return checked

    def check_action(self, state: Any, action: Any, seat: int | None = None) -> Any:
        """``action`` as int, int64 [H] or float32 [n], if it is legal for the seat (by default the one to move).

        Numbers of Python and NumPy count; everything else raises IllegalAction with a sentence.
        """
        read = self.actions.read(action)
        states = np.asarray(state).reshape(1)
        mask = self.legal(states, [state["seat"] if seat is None else seat])[0]
        if state["over"] or self.actions.illegal(np.asarray(read)[None], mask[None])[0]:
            raise IllegalAction(self._why_illegal(state, read, mask))
        return read

    def _why_illegal(self, state: Any, action: Any, mask: NDArray[np.bool_]) -> str:
        try:
            read = self.actions.read(action)
        except IllegalAction as error:
            return str(error)
        if state["over"]:
            return "The match is over."
        if self.action_kind == "discrete":
            return f"Action {action} ({self.action_name(action, state)}) is not allowed in this position."
        return f"Action {read.tolist()}: {self.actions.spoilsport(read, mask)}."

    def view(self, state: Any) -> dict[str, Any]:
        """The record as JSON: every field but the random state, and but those whose names begin with ``_``."""
        return self.views(np.asarray(state).reshape(1))[0]

    def views(self, states: States, whole: bool = False) -> list[dict[str, Any]]:
        """``view`` of each of many records; ``whole`` shows the fields whose names begin with ``_``, too."""
        names = [name for name in self.state_dtype.names or () if name != "random" and (whole or name[0] != "_")]
        columns = [states[name].tolist() for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    @cached_property
    def drawing(self) -> Any:
        """The functions that draw this game: the module ``drawing.py``, or what a family brought along."""
        return importlib.import_module(f"{self.package}.drawing") if self.package else self.rules.drawing

    @cached_property
    def readme(self) -> str:
        """The page for players: README.md beside the rules, or what a family brought along; empty if there is none."""
        if not self.package:
            return str(getattr(self.rules, "README", ""))
        path = files(self.package) / "README.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def _shown(self, state: Any) -> dict[str, Any]:
        """What a drawing may look at."""
        return self.views(np.asarray(state).reshape(1), whole=True)[0]

    def draw(self, state: Any, size: int = 480, last_action: Any = None) -> str:
        """The position as SVG, ``size`` pixels wide; the last action is marked."""
        svg: str = self.drawing.draw(self._shown(state), size=size, last_action=last_action)
        return svg

    def text(self, state: Any) -> str:
        """The position as lines of text, for a terminal."""
        lines: str = self.drawing.text(self._shown(state))
        return lines

    def action_name(self, action: Any, state: Any = None) -> str:
        """The action as people say it: ``column 4``, ``b3``; several heads or a point as a list of numbers.

        Where the name depends on the position, as in chess, say in which ``state`` it is played.
        """
        plain_action = int(action) if self.action_kind == "discrete" else np.asarray(action).tolist()
        if state is not None and hasattr(self.drawing, "action_name_in"):
            return str(self.drawing.action_name_in(self._shown(state), plain_action))
        name: str = self.drawing.action_name(plain_action, self.options)
        return name


def load_game(name: str, options: dict[str, Any] | None = None, compiled: bool = True) -> Game:
    """The game called ``name``, of Sparring or of another package, or one of a family, as ``gym:CartPole-v1``.

    Raises UnknownName, with the nearest name, or BadOption; MissingExtra where the game needs a missing package.
    """
    if is_folder(name.strip()):
        package = package_in(name.strip())
        return _opened(package, package, options, compiled)
    family, colon, member = name.strip().partition(":")
    if colon:
        families = {point.name: point for point in _installed("sparring.game_families", tuple(sys.path))}
        if family not in families:
            raise UnknownName("family of games", family, families)
        return _opened(name.strip(), "", options, compiled, _rules_of_family(families[family], member))
    packages = _packages()
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if key not in packages:
        raise UnknownName("game", name, packages)
    return _opened(key, packages[key], options, compiled)


def _rules_of_family(family: EntryPoint, member: str) -> Any:
    """What the family makes of ``member``; its own SparringErrors say what is wrong with it."""
    try:
        rules_for = family.load()
    except Exception as error:
        raise SparringError(f"The family of games {family.name} can't be opened: {error}") from error
    return rules_for(member)


def _opened(name: str, package: str, options: dict[str, Any] | None, compiled: bool, rules: Any = None) -> Game:
    """The game; what goes wrong in a stranger's package becomes a sentence."""
    try:
        return Game(name, package, dict(options or {}), compiled, rules)
    except SparringError:
        raise
    except Exception as error:
        where = f" of the package {package}" if package else ""
        raise SparringError(f"The game {name}{where} can't be opened: {type(error).__name__}: {error}") from error


def game_names() -> list[str]:
    """The names of all games that ``load_game`` knows, in alphabetical order; families are not counted."""
    return sorted(_packages())


def _packages() -> dict[str, str]:
    """Name -> package of every game. A stranger's does not take the name of one of the house's."""
    points = _installed("sparring.games", tuple(sys.path))
    ordered = sorted(points, key=lambda point: (point.value.startswith("sparring.games."), point.value))
    return {point.name: point.value for point in ordered}


@lru_cache(maxsize=8)
def _installed(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001  what is cached is of a path
    """The entry points of a group. To find them, all that is installed on ``path`` has to be looked through: once."""
    return tuple(entry_points(group=group))


def check_options(game: str, declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults of the game overridden by ``given``, whose text is read as the option's type."""
    options = {name: default for name, (default, _, _) in declared.items()}
    for name, value in given.items():
        if name not in declared:
            raise UnknownName(f"option of {game}", name, declared)
        default, allowed, _ = declared[name]
        options[name] = _read_option(game, name, value, default, allowed)
    return options


def chosen_layout(rules: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The layout under these options. Raises BadOption with the rules' own sentence when they don't go together."""
    try:
        layout: dict[str, Any] = rules.layout(**options)
    except ValueError as error:
        raise BadOption(str(error)) from error
    check_layout(rules, layout)
    return layout


def _read_option(game: str, name: str, value: Any, default: Any, allowed: Any) -> Any:
    if isinstance(allowed, re.Pattern):
        if not isinstance(value, str) or not allowed.fullmatch(value):
            raise BadOption(f"Option {name} of {game} can't be {value!r:.60}; it is a text like {default!r}.")
        return value
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
