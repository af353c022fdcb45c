"""Games that exist only for tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sparring.engine import Game

TOYS = Path(__file__).parent / "engine" / "toys"


@cache
def rules(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"small_{name}", TOYS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def toy() -> Callable[..., Game]:
    """``toy("stances", rounds=5)``: a game of ``tests/engine/toys``. ``compiled=False`` interprets it."""

    def make(name: str, compiled: bool = True, **options: Any) -> Game:
        return Game(name, "", options, compiled, rules(name))

    return make
