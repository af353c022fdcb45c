"""Folders on disk that belong to one sandbox, and are swept when their owner was killed before it could do it."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

FOLDER_PREFIX = "sparring-sandbox-"


def own_folder(mode: int = 0o755) -> tempfile.TemporaryDirectory[str]:
    """A new folder of this process, which everybody may read."""
    sweep_folders()
    folder = tempfile.TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True)
    Path(folder.name).chmod(mode)
    return folder


@lru_cache(maxsize=1)
def sweep_folders() -> None:
    """Remove, once, the folders of processes that were killed before they could do it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*-*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def link_files(source: Path, target: Path) -> None:
    """Make the files of ``source`` appear in ``target`` too, without copying them where the disk allows it."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
