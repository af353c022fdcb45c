"""The sandbox in which a build takes its steps: that of a driver, with one folder that may be written to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from sparring.errors import SparringError
from sparring.sandbox.build_step import DOOR
from sparring.sandbox.isolation import bubblewrap
from sparring.sandbox.isolation.docker.driver import Docker
from sparring.sandbox.isolation.docker.engine import engine
from sparring.sandbox.isolation.docker.inside import inside_of_step
from sparring.sandbox.isolation.host_view import Shown, build_command
from sparring.sandbox.isolation.registry import DRIVERS
from sparring.sandbox.isolation.sandbox import BUILD_FOLDER, Sandbox
from sparring.sandbox.limits import Limits
from sparring.sandbox.package_index import CERTIFICATES_FILE, certificates


def builders(preferred: Iterable[str] = ()) -> tuple[str, ...]:
    """Those of the ``preferred`` drivers in which builds can run, in their order; all that there are if none can."""
    return tuple(dict.fromkeys(name for name in preferred if name in STARTS)) or tuple(STARTS)


def start_build(
    folder: Path, limits: Limits, door: Path | None, shown: Mapping[Path, str], drivers: Sequence[str]
) -> Sandbox:
    """Start a step of a build in a sandbox that may write into ``folder`` and nowhere else.

    ``door``: the socket of the proxy, if it may reach one; ``shown``: further folders to read, and where; ``drivers``:
    the first that works here is taken. The step waits for its order on standard input. Raises SparringError if there
    can be no sandbox.
    """
    reasons = {}
    for driver in drivers:
        reasons[driver] = DRIVERS[driver].why_unavailable()
        if reasons[driver] is None:
            return STARTS[driver](_view(folder, door, shown), limits)
    raise SparringError(f"Nothing can be built here: {' '.join(filter(None, reasons.values()))}")


def _view(folder: Path, door: Path | None, shown: Mapping[Path, str]) -> list[Shown]:
    found = [Shown(folder, Path(BUILD_FOLDER), writable=True)]
    found += [Shown(path, Path(place)) for path, place in shown.items()]
    found += [] if door is None else [Shown(door, Path(DOOR))]
    authorities = certificates()
    return [*found, *([] if authorities is None else [Shown(authorities, Path(CERTIFICATES_FILE))])]


def _in_bubblewrap(view: list[Shown], limits: Limits) -> Sandbox:
    options = ["--chdir", BUILD_FOLDER]
    for each in view:
        options += ["--bind" if each.writable else "--ro-bind", str(each.folder), str(each.place)]
    return bubblewrap.start_in(options, build_command(), limits)


def _in_docker(view: list[Shown], limits: Limits) -> Sandbox:
    found = engine()
    if isinstance(found, str):
        raise SparringError(f"Nothing can be built here: {found}")
    return Docker().start(found, inside_of_step(found, view), limits)


STARTS: dict[str, Callable[[list[Shown], Limits], Sandbox]] = {"bubblewrap": _in_bubblewrap, "docker": _in_docker}
"""What starts a step, by driver. gVisor reaches no proxy."""
