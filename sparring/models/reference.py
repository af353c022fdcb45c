"""How a model is called: ``connect_four/house@7``, the seventh version of the model ``connect_four/house``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sparring.errors import BadOption

_NAME = re.compile(r"([a-z0-9]+:)?[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)+", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class ModelRef:
    """One version of a model.

    >>> str(ModelRef("connect_four/house", 7))
    'connect_four/house@7'
    """

    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def game(self) -> str:
        """The game that the model plays: the first part of its name."""
        return self.name.partition("/")[0]


def check_name(name: str) -> str:
    """``name``, if it reads GAME/NAME in letters, digits, dots, dashes and underscores. Raises BadOption."""
    if not _NAME.fullmatch(name):
        raise BadOption(f"'{name}' is no name of a model: it reads GAME/NAME, like connect_four/house.")
    return name


def read_reference(text: str) -> tuple[str, int | None]:
    """The name and the version that ``text`` asks for; None means the latest. Raises BadOption.

    >>> read_reference("connect_four/house@7"), read_reference("connect_four/house")
    (('connect_four/house', 7), ('connect_four/house', None))
    """
    name, at, version = text.strip().partition("@")
    check_name(name)
    if not at or version == "latest":
        return name, None
    if not version.isascii() or not version.isdigit() or int(version) < 1:
        raise BadOption(f"'{version}' is no version of {name}: it is a whole number from 1, like {name}@1.")
    return name, int(version)
