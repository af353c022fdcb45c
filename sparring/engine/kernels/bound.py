"""The names that a kernel module is written against; ``specialise`` binds them to the rules of one game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def _unbound(*_: Any) -> Any:
    raise RuntimeError("This kernel is not bound to a game: call sparring.engine.specialise(game, module) first.")


start: Callable[..., Any] = _unbound
legal: Callable[..., Any] = _unbound
play: Callable[..., Any] = _unbound
reward: Callable[..., Any] = _unbound
observe: Callable[..., Any] = _unbound
redeal: Callable[..., Any] = _unbound
evaluate: Callable[..., Any] = _unbound
list_legal: Callable[..., Any] = _unbound


def kernel(function: F) -> F:
    """Compiled when specialised, left as it is when interpreted."""
    return function
