"""Layers: folders of packages that submissions with equal requirements share.

A layer is named after the hash of what was asked for and of this arena's Python with its packages; it appears in one
step, and never changes. Sandboxes show it read-only.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory

from sparring.engine import home

PACKAGES = "packages"
CONTENTS = "contents.json"
USED = "used"
UNUSED_DAYS = 30
UNFINISHED_DAYS = 1
UNFINISHED = "tmp-"
COMPILED = "compiled"
"""The folder of programs that were compiled, beside that of the layers."""
IMAGES = "images"
"""The folder of container images, beside it too."""


def folder() -> Path:
    """Where the layers are."""
    path = home() / "layers"
    path.mkdir(mode=0o755, exist_ok=True)
    return path


def key_of(lines: Iterable[str]) -> str:
    """The name of the layer for these requirements, on this machine."""
    asked = json.dumps([sorted(lines), platform.python_version(), platform.machine(), _installed()])
    return hashlib.sha256(asked.encode()).hexdigest()


def packages_of(key: str) -> Path | None:
    """The folder of a layer's packages; None where it has not been made yet. Notes that it is used."""
    path = folder() / Path(key).name
    if not (path / CONTENTS).is_file():
        return None
    with suppress(OSError):
        (path / USED).touch()
    return path / PACKAGES


@contextmanager
def workplace(beside: Path | None = None) -> Iterator[Path]:
    """A folder to build in, on the disk of what it becomes: a layer, or ``beside``. Gone afterwards unless kept."""
    parent = folder() if beside is None else beside.parent
    with TemporaryDirectory(prefix=UNFINISHED, dir=parent, ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o755)
        yield Path(path)


def keep(key: str, built: Path, contents: dict[str, object]) -> Path:
    """Make the packages of ``built / "packages"`` the layer ``key``, unless another worker was quicker."""
    unfinished = folder() / f"{UNFINISHED}{key}-{os.getpid()}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    (built / PACKAGES).rename(unfinished / PACKAGES)
    (unfinished / CONTENTS).write_text(json.dumps(contents, indent=1))
    try:
        unfinished.rename(folder() / key)
    except OSError:  # it is there already
        shutil.rmtree(unfinished, ignore_errors=True)
    found = packages_of(key)
    assert found is not None
    return found


def sweep(needed: set[str], now: float | None = None) -> list[str]:
    """Remove layers and images that nobody needs and that were not used for a month, and what was never finished.

    Returns their names.
    """
    now = time.time() if now is None else now
    gone = []
    for path in (*folder().iterdir(), *(home() / IMAGES).glob("*"), *(home() / COMPILED).glob(f"{UNFINISHED}*")):
        used = path / USED if (path / USED).exists() else path
        days = UNFINISHED_DAYS if path.name.startswith(UNFINISHED) else UNUSED_DAYS
        with suppress(FileNotFoundError):
            if path.name not in needed and used.stat().st_mtime < now - days * 86_400:
                shutil.rmtree(path, ignore_errors=True)
                gone.append(path.name)
    return gone


@lru_cache(maxsize=1)
def _installed() -> list[str]:
    """The packages of this arena: what they have is not installed again, so a layer depends on them."""
    return sorted({f"{found.name}=={found.version}" for found in distributions()})
