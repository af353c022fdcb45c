"""The contestant's side of a measurement: get ready once, then measure whenever the driver says so.

Only the standard library: this runs in the peers' environment too. See ``benchmarks/contest.py`` for the other side.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

Measure = Callable[[float], dict[str, Any]]


def serve(prepare: Callable[[], Measure], packages: list[str]) -> None:
    """Call ``prepare`` once, then the ``measure(seconds)`` it returns for each line on stdin; answer in JSON lines.

    ``measure`` returns at least ``value``. Compiling and warming up belong into ``prepare``.
    """
    started = time.perf_counter()
    measure = prepare()
    say({"ready": time.perf_counter() - started, "versions": {name: installed(name) for name in packages}})
    for line in sys.stdin:
        say(measure(float(line)))


def rate(turn: Callable[[], tuple[int, int]], seconds: float) -> dict[str, Any]:
    """Call ``turn`` for about ``seconds``; it returns steps made and matches finished. ``value`` is steps a second."""
    steps = matches = 0
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        done, ended = turn()
        steps += done
        matches += ended
    return {"value": steps / elapsed, "plies_a_match": steps / max(matches, 1)}


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)
