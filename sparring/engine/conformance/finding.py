"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What became of one check."""

    name: str
    passed: bool
    """True if the game does what is asked of it."""
    detail: str


class Fails(Exception):  # an outcome of a check, not an error of the user's
    """Raised by a check: the game doesn't do what is asked of it. The message says what it does instead."""


def require(holds: object, sentence: str) -> None:
    """Raise ``Fails`` with ``sentence`` unless ``holds``."""
    if not holds:
        raise Fails(sentence)
