"""The store of submitted files: each under the hash of its contents, readable for the arena only."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sparring.agents.artefact import suffix_of
from sparring.engine import home
from sparring.errors import SparringError
from sparring.site.builds.layers import COMPILED

WHAT_IT_IS = (
    "An agent is one .py file, a .zip, an .onnx network or the .tar of a container image; this file is neither."
)
UNFINISHED = ".unfinished-"
SWEPT_AFTER_SECONDS = 3600.0


class Stored(NamedTuple):
    name: str
    sha256: str
    size: int


def folder() -> Path:
    path = home() / "submissions"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def path_of(name: str) -> Path:
    """Where the file called ``name`` lies. Names are made by ``store`` and hold no folder."""
    return folder() / Path(name).name


def compiled_path_of(sha256: str) -> Path:
    """Where the files of a submission with this hash lie once they were compiled."""
    path = home() / COMPILED
    path.mkdir(mode=0o755, exist_ok=True)
    return path / Path(sha256).name


def sweep() -> None:
    """Delete what was being written when its process was killed, an hour ago or more."""
    for path in folder().glob(f"{UNFINISHED}*"):
        if time.time() - path.stat().st_mtime > SWEPT_AFTER_SECONDS:
            path.unlink(missing_ok=True)


def store(filename: str, data: bytes) -> Stored:
    """Keep ``data`` under its hash. Raises SparringError for what is no file of an agent, or has nothing in it."""
    suffix = suffix_of(filename)
    if not suffix:
        raise SparringError(WHAT_IT_IS)
    if not data:
        raise SparringError("This file is empty.")
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder() / f"{sha256}{suffix}"
    if not path.exists():
        try:
            _write_whole(path, data)
        except OSError as error:
            told = "there is no room left" if error.errno == errno.ENOSPC else error.strerror or str(error)
            raise SparringError(f"The arena can't keep your file now: {told}. Submit it again later.") from error
    return Stored(path.name, sha256, len(data))


def _write_whole(path: Path, data: bytes) -> None:
    """Write to a hidden file beside ``path``, then move it there: nobody ever reads half a file, or keeps one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
