"""From presets and what a person said to the configuration of a run."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from yaml import YAMLError

from sparring.engine import Game, load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.configuration.config import AlgorithmSettings, TrainConfig
from sparring.learning.configuration.draft import LIMITS, Draft
from sparring.learning.configuration.presets import ground, layers
from sparring.learning.configuration.section import path_of, sentence
from sparring.learning.configuration.yaml_text import read_yaml

DEFAULT_ALGORITHM = "ppo"
COMMAND_LINE = "command line"
_OF_THE_GAME = ("game", "options")
_CHOICE = ("algorithm", "algorithm.name")


@dataclass(frozen=True)
class Resolved:
    """A configuration, and where its values come from."""

    config: TrainConfig
    draft: Draft

    @property
    def has_no_limit(self) -> bool:
        """Whether nobody said when the run ends; ``minutes: null`` says that it doesn't."""
        return not any(self.draft.source_of(limit) for limit in LIMITS)


def configure(game: Game | str, settings: Mapping[str, Any] | None = None, preset: str = "") -> TrainConfig:
    """The configuration for a game: its own preset, overridden by ``preset``, overridden by ``settings``.

    A setting is named by its path, ``algorithm.clip``, or by its last word where only one path ends in it; text is read
    as YAML. ``algorithm`` alone names the algorithm. A game that is given by its name takes its options from presets
    and settings, too: ``options.rows``, or ``rows``. Raises UnknownName, with the nearest name, or BadOption.

    >>> from sparring.engine import load_game
    >>> configure(load_game("connect_four"), {"epochs": "3", "network.hidden": "64, 32"}).network.hidden
    (64, 32)
    """
    return resolve(game, settings, preset).config


def resolve(game: Game | str, settings: Mapping[str, Any] | None = None, preset: str = "") -> Resolved:
    """``configure``, with the source of every value."""
    settings = {path: read_text(value) if isinstance(value, str) else value for path, value in (settings or {}).items()}
    name = (load_game(game) if isinstance(game, str) else game).name
    draft = Draft()
    for layer in [*ground(name), *(layers(preset, name) if preset else [])]:
        with _naming(str(layer.path)):
            draft.put(layer.settings, str(layer.path))
            _refuse_unknown(layer.settings, _settings_class(draft))
    if isinstance(game, str):
        game = load_game(name, _options_of_the_game(name, draft.document.get("options", {}), settings))
    _put_said(draft, settings)
    return Resolved(_validated(game, draft, preset), draft)


def _put_said(draft: Draft, settings: Mapping[str, Any]) -> None:
    """Lay what a person said on top: the algorithm first, as it decides what the other names mean."""
    for path in _CHOICE:
        if path in settings:
            draft.put({"algorithm": _name_alone(settings[path])}, COMMAND_LINE)
    settings_class = _settings_class(draft)
    said: dict[str, Any] = {}
    for path, value in settings.items():
        if path in _CHOICE and isinstance(value, str):
            continue
        full = full_path(path, settings_class)
        _refuse_unknown(nested(full, value), settings_class)
        _graft(said, full.split("."), value)
    draft.put(said, COMMAND_LINE)


def _name_alone(choice: Any) -> Any:
    return {"name": choice["name"]} if isinstance(choice, Mapping) and "name" in choice else choice


def _graft(document: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        document = document.setdefault(step, {})
    old = document.get(steps[-1])
    both = isinstance(old, dict) and isinstance(value, Mapping)
    document[steps[-1]] = {**old, **value} if both else value  # type: ignore[dict-item]


def _options_of_the_game(game: str, of_presets: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The options of the game that presets and settings name; those are taken out of ``settings``.

    A bare name that the run itself has, such as ``steps``, is the run's.
    """
    if not isinstance(of_presets, Mapping):
        raise BadOption(f"The options of a game are written 'options: {{name: value}}', not {of_presets!r}.")
    of_the_run = TrainConfig.model_fields.keys() - set(_OF_THE_GAME)
    known = load_game(game).options.keys() - of_the_run
    said = {path: path.removeprefix("options.") for path in settings if path.startswith("options.") or path in known}
    return dict(of_presets) | {option: settings.pop(path) for path, option in said.items()}


def read_text(text: str) -> Any:
    """The value that a person wrote: YAML, or the text itself where it is none."""
    try:
        return read_yaml(text) if text.strip() else text
    except YAMLError:
        return text


def nested(path: str, value: Any) -> dict[str, Any]:
    """A value under its path.

    >>> nested("a.b", 1)
    {'a': {'b': 1}}
    """
    for step in reversed(path.split(".")):
        value = {step: value}
    return dict(value)


def setting_paths(settings_class: type[AlgorithmSettings]) -> list[str]:
    """The paths of all settings of a run with that algorithm."""
    fields = [name for name in TrainConfig.model_fields if name not in (*_OF_THE_GAME, "algorithm", "preset")]
    own = list(_paths(TrainConfig, fields))
    return own + [f"algorithm.{path}" for path in _paths(settings_class, list(settings_class.model_fields))]


def full_path(path: str, settings_class: type[AlgorithmSettings]) -> str:
    """The whole path of a setting named by its path or its last words. Raises UnknownName or BadOption."""
    known = setting_paths(settings_class)
    if path in known or path.partition(".")[0] == "options" or _leads_to_a_section(path, known):
        return path
    ends = [candidate for candidate in known if candidate.endswith(f".{path}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise BadOption(f"'{path}' may be {' or '.join(ends)}. Write it out.")
    if any(path.startswith(f"{candidate}.") for candidate in known):
        return path
    raise _unknown(path, known)


def _leads_to_a_section(path: str, known: list[str]) -> bool:
    return any(candidate.startswith(f"{path}.") for candidate in known)


def _unknown(path: str, known: list[str]) -> UnknownName:
    """The error for a setting that nobody knows: the nearest ones, by the whole path or by the last word."""
    words = {candidate.rpartition(".")[2]: candidate for candidate in known}
    word = path.rpartition(".")[2]
    near = [words[one] for one in difflib.get_close_matches(word, list(words), n=3, cutoff=0.6)]
    near += difflib.get_close_matches(path, known, n=3, cutoff=0.6)
    if "." not in path:
        near = [candidate.rpartition(".")[2] for candidate in near]
    return UnknownName("setting", path, dict.fromkeys(near) or sorted({one.partition(".")[0] for one in known}))


def _paths(model: type[BaseModel], names: list[str]) -> Iterator[str]:
    for name in names:
        inner = model.model_fields[name].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from (f"{name}.{path}" for path in _paths(inner, list(inner.model_fields)))
        else:
            yield name


def _settings_class(draft: Draft) -> type[AlgorithmSettings]:
    from sparring.learning.algorithms import algorithm

    return algorithm(DEFAULT_ALGORITHM if draft.algorithm is None else draft.algorithm).Settings


def _refuse_unknown(document: Mapping[str, Any], settings_class: type[AlgorithmSettings]) -> None:
    """Raise UnknownName for the first key of a document that is no setting."""
    known = setting_paths(settings_class)
    for path in _keys(document, ""):
        if path in known or path in ("algorithm", "options") or path.startswith("options."):
            continue
        if not any(path.startswith(f"{candidate}.") for candidate in known) and not _leads_to_a_section(path, known):
            raise _unknown(path, known)


def _keys(document: Mapping[str, Any], above: str) -> Iterator[str]:
    for key, value in document.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping) and value:
            yield from _keys(value, f"{path}.")
        else:
            yield path


@contextmanager
def _naming(source: str) -> Iterator[None]:
    """Let an error in the block say in which file it stands."""
    try:
        yield
    except SparringError as error:
        error.args = (f"{error} It stands in {source}.",)
        raise


def _validated(game: Game, draft: Draft, preset: str) -> TrainConfig:
    settings_class = _settings_class(draft)
    document = {key: value for key, value in draft.document.items() if key != "options"}
    chosen = document.pop("algorithm", {})
    try:
        algorithm = settings_class.model_validate({"name": DEFAULT_ALGORITHM} | chosen)
    except ValidationError as error:
        raise _with_source(error, settings_class, "algorithm", draft) from None
    document = _with_share_of_past(document, draft)
    said = {"game": game.name, "options": dict(game.options), "algorithm": algorithm, "preset": preset}
    try:
        return TrainConfig.model_validate(document | said)
    except ValidationError as error:
        raise _with_source(error, TrainConfig, "", draft) from None


def _with_share_of_past(document: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """The document with the algorithm's own share of matches against its past, where nobody has said one."""
    from sparring.learning.algorithms import algorithm

    opponents = document.get("opponents", {})
    past = opponents.get("past", {}) if isinstance(opponents, Mapping) else None
    if draft.source_of("opponents.past.share") or not isinstance(past, Mapping):
        return document
    share = algorithm(draft.algorithm or DEFAULT_ALGORITHM).past_share
    return document | {"opponents": {**opponents, "past": {"share": share, **past}}}


def _with_source(error: ValidationError, root: type[BaseModel], where: str, draft: Draft) -> BadOption:
    source = draft.source_of(path_of(error, where))
    return BadOption(f"{sentence(error, root, where)}" + (f" It stands in {source}." if "/" in source else ""))
