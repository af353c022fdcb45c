"""Sparring: an arena for game-playing agents."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``sparring.make``, looked up when it is used, because the sandbox imports this package and has to start fast."""
    if name != "make":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module("sparring.agents.environments").make
