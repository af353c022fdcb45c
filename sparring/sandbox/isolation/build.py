"""The sandbox in which a build takes its steps: bubblewrap's, with one folder that may be written to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sparring.errors import SparringError
from sparring.sandbox.build_step import DOOR
from sparring.sandbox.isolation import bubblewrap
from sparring.sandbox.isolation.host_view import build_command
from sparring.sandbox.limits import Limits
from sparring.sandbox.package_index import CERTIFICATES_FILE, certificates

BUILD_FOLDER = "/build"


def start_build(folder: Path, limits: Limits, door: Path | None, shown: Mapping[Path, str]) -> bubblewrap.Bubble:
    """Start a step of a build in a sandbox that may write into ``folder`` and nowhere else.

    ``door``: the socket of the proxy, if it may reach one; ``shown``: further folders to read, and where. The step
    waits for its order on standard input. Raises SparringError if there can be no sandbox.
    """
    if (reason := bubblewrap.why_unavailable()) is not None:
        raise SparringError(f"Nothing can be built here: {reason}")
    options = ["--bind", str(folder), BUILD_FOLDER, "--chdir", BUILD_FOLDER]
    for path, place in shown.items():
        options += ["--ro-bind", str(path), place]
    if door is not None:
        options += ["--ro-bind", str(door), DOOR]
    if (authorities := certificates()) is not None:
        options += ["--ro-bind", str(authorities), CERTIFICATES_FILE]
    return bubblewrap.start_in(options, build_command(), limits)
