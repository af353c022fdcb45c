"""Toy games of the action kinds that few games have."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from sparring.engine import Game


@pytest.fixture(scope="session")
def toy():
    """``toy("stances")`` (two dependent heads) or ``toy("tug_of_war")`` (a box), both simultaneous, for two seats."""

    def make(name: str) -> Game:
        if f"viewed_{name}" not in sys.modules:
            path = Path(__file__).parents[1] / "toys" / f"{name}.py"
            spec = importlib.util.spec_from_file_location(f"viewed_{name}", path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
        return Game(name, "", {}, rules=sys.modules[f"viewed_{name}"])

    return make
