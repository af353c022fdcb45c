"""The share of a Connect Four training run that goes into the environment, in percent, and the seconds of each phase.

The run is the one of `sparring train connect_four`: random openings, past opponents, probe, duels, checkpoints. What is
spent outside the phases (checkpoints, metrics, the final measurement) is called the rest.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

from contestant import Measure, serve
from environment_clock import EnvironmentClock

from sparring.learning.configuration import configure
from sparring.learning.runs.progress import Progress
from sparring.learning.train import train


def prepare() -> Measure:
    clock = EnvironmentClock()
    measure(clock, 1.0)
    return lambda seconds: measure(clock, seconds)


def measure(clock: EnvironmentClock, seconds: float) -> dict[str, Any]:
    last: list[Progress] = []
    with tempfile.TemporaryDirectory(prefix="sparring-bench-") as folder:
        os.environ["SPARRING_HOME"] = folder
        clock.seconds, began = 0.0, time.perf_counter()
        train(configure("connect_four", {"minutes": seconds / 60}), on_update=last.append)
        whole = time.perf_counter() - began
    phases = clock.split(last[-1].phases)
    share = 100 * phases["play: environment"] / whole
    return {"value": share, "phases": phases | {"the rest": whole - sum(phases.values())}}


serve(prepare, ["torch", "numpy", "numba"])
