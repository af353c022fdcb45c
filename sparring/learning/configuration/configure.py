"""From presets and what a person said to the configuration of a run."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from sparring.engine import Game, load_game
from sparring.errors import BadOption, UnknownName
from sparring.learning.configuration.config import AlgorithmSettings, TrainConfig
from sparring.learning.configuration.presets import ground, layers
from sparring.learning.configuration.section import sentence

DEFAULT_ALGORITHM = "ppo"
_OF_THE_GAME = ("game", "options")


def configure(game: Game | str, settings: Mapping[str, Any] | None = None, preset: str = "") -> TrainConfig:
    """The configuration for a game: its own preset, overridden by ``preset``, overridden by ``settings``.

    A setting is named by its path, ``algorithm.clip``, or by its last word where only one path ends in it; text is read
    as YAML. ``algorithm`` alone names the algorithm. A game that is given by its name takes its options from presets
    and settings, too: ``options.rows``, or ``rows``. Raises UnknownName, with the nearest name, or BadOption.

    >>> from sparring.engine import load_game
    >>> configure(load_game("connect_four"), {"epochs": "3", "network.hidden": "64, 32"}).network.hidden
    (64, 32)
    """
    settings = dict(settings or {})
    name = (load_game(game) if isinstance(game, str) else game).name
    document: dict[str, Any] = {}
    for layer in [*ground(name), *(layers(preset, name) if preset else [])]:
        merge(document, _normal(layer))
    if isinstance(game, str):
        game = load_game(game, _options_of_the_game(name, document.get("options", {}), settings))
    said = {path: value for path, value in settings.items() if path in ("algorithm", "algorithm.name")}
    for path, value in said.items():
        merge(document, _normal(nested(path, value)))
    chosen = document.setdefault("algorithm", {})
    settings_class = _settings_class(chosen.setdefault("name", DEFAULT_ALGORITHM))
    for path, value in settings.items():
        if path not in said:
            full = full_path(path, settings_class)
            merge(document, nested(full, read_text(value) if isinstance(value, str) else value))
    _refuse_unknown(document, settings_class)
    return _validated(game, document | {"preset": preset}, settings_class)


def _options_of_the_game(game: str, of_presets: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The options of the game that presets and settings name; those are taken out of ``settings``."""
    if not isinstance(of_presets, Mapping):
        raise BadOption(f"The options of a game are written 'options: {{name: value}}', not {of_presets!r}.")
    known = load_game(game).options
    said = {path: path.removeprefix("options.") for path in settings if path.startswith("options.") or path in known}
    return dict(of_presets) | {option: settings.pop(path) for path, option in said.items()}


def read_text(text: str) -> Any:
    """The value that a person wrote: YAML, or the text itself where it is none."""
    try:
        return yaml.safe_load(text) if text.strip() else text
    except yaml.YAMLError:
        return text


def nested(path: str, value: Any) -> dict[str, Any]:
    """A value under its path.

    >>> nested("a.b", 1)
    {'a': {'b': 1}}
    """
    for step in reversed(path.split(".")):
        value = {step: value}
    return dict(value)


def merge(document: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Put ``over`` on top of ``document``, section by section. Another algorithm starts from its own defaults."""
    for key, value in over.items():
        old = document.get(key)
        if key == "algorithm" and isinstance(old, dict) and value.get("name", old.get("name")) != old.get("name"):
            document[key] = dict(value)
        elif isinstance(value, Mapping) and isinstance(old, dict) and not _is_schedule(old) and not _is_schedule(value):
            merge(old, value)
        else:
            document[key] = dict(value) if isinstance(value, Mapping) else value


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
    raise _unknown(path, known)


def _leads_to_a_section(path: str, known: list[str]) -> bool:
    return any(candidate.startswith(f"{path}.") for candidate in known)


def _unknown(path: str, known: list[str]) -> UnknownName:
    by_last = {candidate.rpartition(".")[2]: candidate for candidate in known}
    near = difflib.get_close_matches(path, known, n=3, cutoff=0.6)
    last = path.rpartition(".")[2]
    near += [by_last[word] for word in difflib.get_close_matches(last, list(by_last), n=3, cutoff=0.6)]
    sections = sorted({candidate.partition(".")[0] for candidate in known})
    best = [word if "." not in path and word in by_last else by_last.get(word, word) for word in near]
    names = [name.rpartition(".")[2] if "." not in path else name for name in best]
    return UnknownName("setting", path, names or sections)


def _paths(model: type[BaseModel], names: list[str]) -> Iterator[str]:
    for name in names:
        inner = model.model_fields[name].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from (f"{name}.{path}" for path in _paths(inner, list(inner.model_fields)))
        else:
            yield name


def _normal(layer: Mapping[str, Any]) -> dict[str, Any]:
    """``algorithm: dqn`` as ``algorithm: {name: dqn}``."""
    layer = dict(layer)
    if isinstance(layer.get("algorithm"), str):
        layer["algorithm"] = {"name": layer["algorithm"]}
    return layer


def _is_schedule(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in ("linear", "logarithmic", "step")


def _settings_class(name: object) -> type[AlgorithmSettings]:
    from sparring.learning.algorithms import algorithm

    return algorithm(str(name)).Settings


def _refuse_unknown(document: Mapping[str, Any], settings_class: type[AlgorithmSettings]) -> None:
    """Raise UnknownName for the first key of a document that is no setting."""
    known = setting_paths(settings_class)
    sections = [path for path in known if path.rpartition(".")[0]]
    for path in _keys(document, ""):
        if path in known or path == "options" or path.startswith("options."):
            continue
        if not any(path.startswith(f"{candidate}.") for candidate in known) and not _leads_to_a_section(path, sections):
            raise _unknown(path, known)


def _keys(document: Mapping[str, Any], above: str) -> Iterator[str]:
    for key, value in document.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping) and value:
            yield from _keys(value, f"{path}.")
        else:
            yield path


def _validated(game: Game, document: dict[str, Any], settings_class: type[AlgorithmSettings]) -> TrainConfig:
    document.pop("options", None)
    try:
        algorithm = settings_class.model_validate(document.pop("algorithm"))
    except ValidationError as error:
        raise sentence(error, settings_class, "algorithm") from None
    try:
        return TrainConfig(game=game.name, options=dict(game.options), algorithm=algorithm, **document)
    except ValidationError as error:
        raise sentence(error, TrainConfig) from None
