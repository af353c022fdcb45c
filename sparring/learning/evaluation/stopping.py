"""Stopping a run as soon as something holds of its metrics."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from sparring.learning.configuration.expressions import Expression

_ODD = re.compile(r"[^A-Za-z0-9_/]+")


class StopWhen:
    """A condition such as ``probe.share > 0.9 and steps > 1e6``, asked after every update.

    The metric ``against/minimax:depth=4`` is written ``against.minimax_depth_4``. A metric that has not been measured
    yet leaves the condition open.

    >>> StopWhen("against.minimax_depth_4 > 0.9").holds({"against/minimax:depth=4": 0.95})
    True
    """

    def __init__(self, text: str) -> None:
        self._condition = Expression(text)

    def holds(self, metrics: Mapping[str, float]) -> bool:
        """Whether it holds of the latest metrics. Raises BadOption when it has no value, as in 1 / 0."""
        known = _variables(metrics)
        return self._condition.names <= known.keys() and self._condition.value(known) != 0

    def doubt(self, metrics: Mapping[str, float]) -> str:
        """A sentence where it speaks of something that isn't among the metrics, which may be a slip; else empty."""
        known = _variables(metrics)
        missing = sorted(self._condition.names - known.keys())
        if not missing:
            return ""
        near = difflib.get_close_matches(missing[0], known, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0].replace('/', '.')}?" if near else ""
        return f"stop_when speaks of {missing[0].replace('/', '.')}, which this run has not measured yet.{hint}"


def _variables(metrics: Mapping[str, float]) -> dict[str, float]:
    return {_ODD.sub("_", name): value for name, value in metrics.items()}
