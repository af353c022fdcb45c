"""Where Sparring keeps its files."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The data folder: ``$SPARRING_HOME``, by default ``~/.sparring``. Created when missing."""
    return _folder("SPARRING_HOME", Path.home() / ".sparring")


def cache_home() -> Path:
    """Compiled kernels: ``$SPARRING_CACHE``, by default ``~/.cache/sparring``. Safe to delete."""
    return _folder("SPARRING_CACHE", Path.home() / ".cache" / "sparring")


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable) or default).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
