"""``pettingzoo:ID``: any environment of PettingZoo. Its agents are the seats, in the order of ``possible_agents``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sparring.errors import MissingExtra, SparringError, UnknownName
from sparring.games.outside.pettingzoo_runs import ParallelRun, TurnRun
from sparring.games.outside.pettingzoo_table import table_of
from sparring.games.outside.simulation import SimulatedRules, Simulation

NOTHING_HIDDEN = {"classic/chess", "classic/connect_four", "classic/go", "classic/tictactoe"}
"""Environments in which every seat sees the whole position; of all others it isn't known."""


class Maker(NamedTuple):
    make: Callable[..., Any]
    parallel: bool
    group_and_name: str
    """In PettingZoo's registry, without the version."""


@cache
def rules_for(name: str) -> SimulatedRules:
    """The rules of an environment. Raises a SparringError that says why it can't be played.

    ``name``: as in PettingZoo's registry, ``classic/connect_four_v3``, whose group may be left out; or a module that
    has ``parallel_env`` or ``env``.
    """
    maker = _maker(name)
    environment = _made(name, maker)
    table = table_of(environment, f"pettingzoo:{name}")
    renders = "rgb_array" in (environment.metadata.get("render_modes") or ())
    environment.close()
    run: type[ParallelRun] | type[TurnRun] = ParallelRun if maker.parallel else TurnRun

    def simulation(draws: bool) -> Simulation:
        drawn = draws and renders
        return run(table, _made(name, maker, **({"render_mode": "rgb_array"} if drawn else {})), drawn)

    title = name.rpartition("/")[2]
    about = f"An environment of PettingZoo. Its agents are the seats: {', '.join(table.agents)}."
    return SimulatedRules(title, about, table.shape(maker.parallel), simulation, maker.group_and_name in NOTHING_HIDDEN)


def _made(name: str, maker: Maker, **settings: Any) -> Any:
    try:
        return maker.make(**settings)
    except Exception as failure:  # what a stranger's environment may raise is anybody's guess
        reason = " ".join(str(failure.__cause__ or failure).split()) or type(failure).__name__
        raise SparringError(f"pettingzoo:{name} can't be made: {reason}") from failure


def _maker(name: str) -> Maker:
    try:
        import pettingzoo
    except ImportError as missing:
        raise MissingExtra("pettingzoo", "pettingzoo", f"The game pettingzoo:{name}") from missing
    for kind, registry in (("parallel", pettingzoo.parallel_registry), ("aec", pettingzoo.aec_registry)):
        found = _registered(name, registry)
        if found:
            make: Callable[..., Any] = lambda kind=kind, found=found, **kw: pettingzoo.make(kind, found, **kw)  # noqa: E731
            return Maker(make, kind == "parallel", found.rpartition("-v")[0])
    if "." in name:
        return _module_maker(name)
    known = {_spelled(full) for full in (*pettingzoo.parallel_registry, *pettingzoo.aec_registry)}
    raise UnknownName("PettingZoo environment", name, known)


def _registered(name: str, registry: Mapping[str, Any]) -> str | None:
    """The full name in the registry of what may be written without its group."""
    return next((full for full in registry if name in (_spelled(full), _spelled(full).partition("/")[2], full)), None)


def _spelled(full: str) -> str:
    """As the names of modules are spelled.

    >>> _spelled("classic/connect_four-v3")
    'classic/connect_four_v3'
    """
    head, _, version = full.rpartition("-v")
    return f"{head}_v{version}"


def _module_maker(name: str) -> Maker:
    try:
        module = importlib.import_module(name)
    except ImportError as failure:
        raise SparringError(f"pettingzoo:{name} is no module that can be imported: {failure}") from failure
    for attribute in ("parallel_env", "env"):
        if hasattr(module, attribute):
            return Maker(getattr(module, attribute), attribute == "parallel_env", name)
    raise SparringError(
        f"The module {name} has neither `env` nor `parallel_env`, so it is no environment of PettingZoo."
    )
