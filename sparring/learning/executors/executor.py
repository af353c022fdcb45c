"""Where work runs: tasks and actors in processes of this machine, or of others behind the same few calls.

An executor starts a *task*, a function that runs once, or an *actor*, an object that lives elsewhere and is called
again and again. Functions, arguments and results cross processes: they are importable and can be pickled.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from sparring.errors import SparringError


class Crashed(SparringError):
    """A process ended before it had answered, more often than it is started again."""


class Handle(Protocol):
    """An actor that runs elsewhere."""

    def call(self, method: str, *arguments: Any) -> Future[Any]:
        """What a method answers; calls are done one after the other. The future raises what the method raises."""
        ...

    def stop(self) -> None:
        """End it, without waiting for what it does. May be called twice."""
        ...


class Executor(Protocol):
    """Starts work. ``restarts``: how often work whose process crashed is begun anew before ``Crashed`` is raised."""

    def submit(self, function: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Future[Any]:
        """Run a function once; the future has its result, or raises what it raised."""
        ...

    def start(self, make: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Handle:
        """Make an object elsewhere. One that crashes is made anew by the next call; the call that it failed raises."""
        ...

    def shutdown(self) -> None:
        """End everything that runs. May be called twice."""
        ...
