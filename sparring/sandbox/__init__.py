"""Runs an agent's code where it can do no harm, behind one wire protocol.

Names are looked up when they are used, because the runner inside imports this package too and has to start fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparring.agents.artefact import Artefact, check_artefact
    from sparring.sandbox.drivers import available_drivers, load_player
    from sparring.sandbox.limits import Limits
    from sparring.sandbox.probe import Finding, probe_driver

__all__ = ["Artefact", "Finding", "Limits", "available_drivers", "check_artefact", "load_player", "probe_driver"]

_HOMES = {
    "Artefact": "sparring.agents.artefact",
    "check_artefact": "sparring.agents.artefact",
    "available_drivers": "sparring.sandbox.drivers",
    "load_player": "sparring.sandbox.drivers",
    "Limits": "sparring.sandbox.limits",
    "Finding": "sparring.sandbox.probe",
    "probe_driver": "sparring.sandbox.probe",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
