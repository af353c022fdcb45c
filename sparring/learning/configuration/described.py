"""Every setting of a run with its default, what it may be, and its sentence: for help, the manual and pages of runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from sparring.learning.configuration.config import AlgorithmSettings, TrainConfig
from sparring.learning.configuration.schedules import Schedule, Within

RUN = "run"
"""The section of what stands at the top of a configuration."""
_OR_NONE = " or none"
_ENDS = {"ge": "from {}", "gt": "above {}", "le": "up to {}", "lt": "below {}"}


@dataclass(frozen=True)
class Setting:
    """One setting, as people read about it."""

    path: str
    """As it is written behind ``--set``: ``algorithm.clip``."""
    default: Any
    """As JSON; a schedule as it is written."""
    may_be: str
    """Its kind and range, in words."""
    sentence: str

    @property
    def section(self) -> str:
        """``opponents.past`` of ``opponents.past.share``."""
        return self.path.rpartition(".")[0] or RUN


def settings_of_a_run() -> list[Setting]:
    """All settings but those of the algorithm, in the order of the configuration."""
    hidden = ("algorithm", "game", "options", "preset")
    return [setting for setting in _walk(TrainConfig, "") if setting.path.partition(".")[0] not in hidden]


def settings_of_an_algorithm(settings_class: type[AlgorithmSettings]) -> list[Setting]:
    """The settings of one algorithm: ``algorithm.NAME``."""
    return list(_walk(settings_class, "algorithm."))


def values_of(config: TrainConfig) -> list[tuple[Setting, Any]]:
    """Every setting of a run with the value that it has there, as JSON."""
    known = [*settings_of_a_run(), *settings_of_an_algorithm(type(config.algorithm))]
    document = config.model_dump(mode="json")
    return [(setting, _at(document, setting.path)) for setting in known]


def as_text(value: Any) -> str:
    """A value as one writes it behind ``--set``, or in YAML on one line.

    >>> as_text({"linear": {"start": 0.3, "end": 0.1}}), as_text([64, 64]), as_text(None), as_text(1e-05)
    ('{linear: {start: 0.3, end: 0.1}}', '[64, 64]', 'none', '1e-05')
    """
    if value is None or value == "":
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_text, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _walk(model: type[BaseModel], above: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _walk(inner, f"{above}{name}.")
        else:
            default = field.get_default(call_default_factory=True)
            yield Setting(f"{above}{name}", _plain(default), _may_be(field), field.description or "")


def sections() -> dict[str, str]:
    """Sections of a run's settings, ``opponents.past``, each with its sentence."""
    return dict(_sections(TrainConfig, ""))


def _sections(model: type[BaseModel], above: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield f"{above}{name}", field.description or ""
            yield from _sections(inner, f"{above}{name}.")


def _plain(default: Any) -> Any:
    if isinstance(default, Schedule):
        return _plain(default.written)
    return to_jsonable_python(default, fallback=lambda value: getattr(value, "written", str(value)))


def _may_be(field: FieldInfo) -> str:
    within = next((one for one in field.metadata if isinstance(one, Within)), None)
    if within is not None:
        return f"schedule {within.words}"
    ends = [form.format(as_text(end)) for key, form in _ENDS.items() if (end := _bound(field, key)) is not None]
    kind = _kind(field.annotation)
    text = " ".join([kind.removesuffix(_OR_NONE), *ends])
    return f"{text},{_OR_NONE}" if kind.endswith(_OR_NONE) else text


def _bound(field: FieldInfo, key: str) -> Any:
    return next((getattr(one, key) for one in field.metadata if getattr(one, key, None) is not None), None)


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(as_text(value) for value in get_args(annotation))
    if any(isinstance(one, Within) for one in getattr(annotation, "__metadata__", ())):
        return f"schedule {next(one.words for one in annotation.__metadata__ if isinstance(one, Within))}"
    words: dict[Any, str] = {int: "integer", float: "number", str: "text", bool: "true or false", type(None): "none"}
    if annotation in words:
        return words[annotation]
    kinds = {tuple: "list", list: "list", dict: "by name"}
    if get_origin(annotation) in kinds:
        return kinds[get_origin(annotation)]
    inner = [_kind(one) for one in get_args(annotation)]
    return " or ".join(dict.fromkeys(word for word in inner if word)) or "settings"


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document
