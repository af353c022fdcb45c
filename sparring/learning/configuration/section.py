"""A section of a run's configuration: fields with their sentences, and clear words for what can't be."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from sparring.errors import BadOption

LONGEST_SHOWN = 120
"""Characters of a wrong value that its error repeats."""


class Section(BaseModel):
    """Settings that belong together. Nothing unknown is accepted, and nothing changes once it is made."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, coerce_numbers_to_str=True, allow_inf_nan=False
    )


def path_of(error: ValidationError, where: str = "") -> str:
    """The path of the first problem of a configuration; ``where`` is the path of its root."""
    return ".".join([*([where] if where else []), *map(str, error.errors()[0]["loc"])])


def sentence(error: ValidationError, root: type[BaseModel], where: str = "") -> BadOption:
    """The first problem of a configuration as an error for a person; ``where`` is the path of ``root``."""
    first = error.errors()[0]
    steps = [str(step) for step in first["loc"]]
    path = path_of(error, where)
    own = str(first["msg"]).removeprefix("Value error, ")
    problem = own if own != first["msg"] else f"It {own.removeprefix('Input ')}."
    description = _description(root, steps)
    return BadOption(f"The setting {path} can't be {_cut(repr(first['input']))}: {problem} {description}".rstrip())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _description(root: type[BaseModel], steps: list[str]) -> str:
    model: object = root
    found = ""
    for step in steps:
        if not (isinstance(model, type) and issubclass(model, BaseModel) and step in model.model_fields):
            break
        field = model.model_fields[step]
        found, model = field.description or "", field.annotation
    return found
