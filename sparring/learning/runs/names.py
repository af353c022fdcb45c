"""Names of runs, and their folders below ``SPARRING_HOME/runs``."""

from __future__ import annotations

import re
from pathlib import Path

from sparring.engine import home
from sparring.errors import BadOption, UnknownName

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}", re.IGNORECASE)
CONFIG = "config.json"


def runs_folder() -> Path:
    """Where all runs are."""
    return home() / "runs"


def run_names() -> list[str]:
    """The runs on this machine."""
    return sorted(path.parent.name for path in runs_folder().glob(f"*/{CONFIG}"))


def folder_of(name: str) -> Path:
    """The folder of a run. Raises UnknownName with the nearest run."""
    folder = runs_folder() / name
    if not _NAME.fullmatch(name) or not (folder / CONFIG).is_file():
        raise UnknownName("run", name, run_names())
    return folder


def check_new_name(name: str) -> None:
    """Raise BadOption unless a new run may bear this name; empty: it gets the next free one."""
    if name and not _NAME.fullmatch(name):
        raise BadOption(f"'{name}' is no name for a run: take up to 80 letters, digits, dots, dashes and underscores.")
    if name and (runs_folder() / name / CONFIG).exists():
        raise BadOption(f"There is a run {name} already. Go on with it by --resume, or choose another name.")


def new_folder(name: str) -> Path:
    """Make the folder of a new run; without a name that of the next free ``run-N``. Raises BadOption."""
    check_new_name(name)
    runs = runs_folder()
    runs.mkdir(parents=True, exist_ok=True)
    if not name:
        return _next_free(runs)
    folder = runs / name
    folder.mkdir(exist_ok=True)
    return folder


def _next_free(runs: Path) -> Path:
    """Whoever makes the folder has the name, so that two who begin at once get two."""
    number = 1
    while True:
        folder = runs / f"run-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
