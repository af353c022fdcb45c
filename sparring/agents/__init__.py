"""Who plays: random, searchers, tables, networks, classic players, and everybody's own ``agent.py``.

Names are looked up when they are used, because the sandbox imports this package and has to start fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparring.agents.house import house_agents
    from sparring.agents.player import Player, Reply, Turn
    from sparring.agents.spec import Spec, load, parse_spec

__all__ = ["Player", "Reply", "Spec", "Turn", "house_agents", "load", "parse_spec"]

_HOMES = {
    "Player": "player",
    "Reply": "player",
    "Turn": "player",
    "Spec": "spec",
    "load": "spec",
    "parse_spec": "spec",
    "house_agents": "house",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"sparring.agents.{_HOMES[name]}"), name)
