"""Peak memory of `sparring train connect_four`, in GB, as the system counted it for the process that trained."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

from contestant import Measure, serve

SPARRING = Path(sys.executable).parent / "sparring"


def prepare() -> Measure:
    return measure


def measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="sparring-bench-") as folder:
        command = [SPARRING, "train", "connect_four", "--minutes", str(seconds / 60)]
        environment = os.environ | {"SPARRING_HOME": folder}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    kibibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"value": kibibytes * 1024 / 1e9}


serve(prepare, ["torch", "numpy", "numba"])
