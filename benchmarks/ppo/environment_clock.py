"""How much of the time of playing goes into the environment: rules, observations, masks, matches started anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from sparring.engine import Batch


class EnvironmentClock:
    """From when it is made, every step of every batch counts into ``seconds``."""

    def __init__(self) -> None:
        self.seconds = 0.0
        for name in ("step", "random_play"):
            setattr(Batch, name, self._timed(getattr(Batch, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*arguments)
            finally:
                self.seconds += time.perf_counter() - began

        return timed

    def split(self, phases: dict[str, float]) -> dict[str, float]:
        """``phases`` with ``play`` taken apart into environment and the rest, which is the network and its choice."""
        rest = {name: seconds for name, seconds in phases.items() if name != "play"}
        return {"play: environment": self.seconds, "play: network": phases["play"] - self.seconds, **rest}
