"""Games that exist only for tests, and a Docker engine of their own."""

from __future__ import annotations

import importlib.util
import signal
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sparring.engine import Game
from tests.escape.private_docker import private_docker

for number in (signal.SIGHUP, signal.SIGQUIT):  # children inherit what whoever runs the tests may ignore
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
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


@pytest.fixture(scope="session")
def _docker_engine() -> Iterator[str]:
    with private_docker() as address:
        yield address


@pytest.fixture
def docker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Docker engine that only this test session uses; not started for tests of another driver."""
    driver = getattr(request.node, "callspec", None)
    if driver is None or str(driver.params.get("driver", "docker")).startswith("docker"):
        monkeypatch.setenv("DOCKER_HOST", request.getfixturevalue("_docker_engine"))
