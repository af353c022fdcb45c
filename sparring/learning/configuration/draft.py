"""A configuration in the making: layer upon layer, with who said what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparring.errors import BadOption

LIMITS = ("minutes", "steps", "updates")
_SCHEDULES = ("linear", "logarithmic", "step")


class Draft:
    """Settings by section, each from the last layer that speaks of it."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self.said_by: dict[str, str] = {}
        """Path of a setting -> the source of its value."""

    @property
    def algorithm(self) -> str | None:
        """Its name; None where nobody has named one."""
        name = self.document.get("algorithm", {}).get("name")
        return None if name is None else str(name)

    def put(self, settings: Mapping[str, Any], source: str) -> None:
        """Lay settings on top. Another algorithm starts from its own defaults; a limit stands for all limits below."""
        settings = _normal(settings)
        named = settings.get("algorithm", {}).get("name", self.algorithm)
        if self.algorithm is not None and named != self.algorithm:
            self._forget("algorithm")
        if any(limit in settings for limit in LIMITS):
            for limit in LIMITS:
                self._forget(limit)
        self._merge(self.document, settings, source, "")

    def source_of(self, path: str) -> str:
        """Who said the value at a path, or the section that holds it; empty: nobody, it is the default."""
        steps = path.split(".")
        return next((said for n in range(len(steps), 0, -1) if (said := self.said_by.get(".".join(steps[:n])))), "")

    def _forget(self, key: str) -> None:
        self.document.pop(key, None)
        for path in [path for path in self.said_by if path == key or path.startswith(f"{key}.")]:
            del self.said_by[path]

    def _merge(self, document: dict[str, Any], over: Mapping[str, Any], source: str, above: str) -> None:
        for key, value in over.items():
            old = document.get(key)
            if isinstance(value, Mapping) and not is_schedule(value):
                if not isinstance(old, dict) or is_schedule(old):
                    document[key] = {}
                self._merge(document[key], value, source, f"{above}{key}.")
            else:
                document[key] = value
                self.said_by[f"{above}{key}"] = source


def is_schedule(value: Mapping[str, Any]) -> bool:
    """Whether a mapping is a schedule rather than a section."""
    return len(value) == 1 and next(iter(value)) in _SCHEDULES


def _normal(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``algorithm: dqn`` as ``algorithm: {name: dqn}``."""
    named = settings.get("algorithm", {})
    if isinstance(named, str):
        return {**settings, "algorithm": {"name": named}}
    if not isinstance(named, Mapping):
        raise BadOption(f"An algorithm is named by a word, algorithm: dqn, or in its section, not by {named!r}.")
    return dict(settings)
