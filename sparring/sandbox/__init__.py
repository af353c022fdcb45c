"""Runs an agent's code where it can do no harm, behind one wire protocol.

Names are looked up when they are used, because the runner inside imports this package too and has to start fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparring.agents.artefact import Artefact, check_artefact
    from sparring.sandbox.attacks.probe import Finding, probe_driver
    from sparring.sandbox.attacks.verdicts import why_unsafe
    from sparring.sandbox.drivers import available_drivers, load_player
    from sparring.sandbox.limits import Limits
    from sparring.sandbox.pool import keep_ready

__all__ = [
    "Artefact",
    "Finding",
    "Limits",
    "available_drivers",
    "check_artefact",
    "keep_ready",
    "load_player",
    "probe_driver",
    "why_unsafe",
]

_HOMES = {
    "Artefact": "sparring.agents.artefact",
    "check_artefact": "sparring.agents.artefact",
    "available_drivers": "sparring.sandbox.drivers",
    "load_player": "sparring.sandbox.drivers",
    "Limits": "sparring.sandbox.limits",
    "Finding": "sparring.sandbox.attacks.probe",
    "probe_driver": "sparring.sandbox.attacks.probe",
    "why_unsafe": "sparring.sandbox.attacks.verdicts",
    "keep_ready": "sparring.sandbox.pool",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
