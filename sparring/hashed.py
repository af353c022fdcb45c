"""Files that are hashed while they are read, piece by piece, so that none is ever whole in memory."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import IO


class Hashed(io.RawIOBase):
    """``content``, of whatever has been read from it the SHA-256."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self._hash = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(size)
        self._hash.update(piece)
        return piece

    def digest(self) -> bytes:
        """Of what has been read."""
        return self._hash.digest()

    def hexdigest(self) -> str:
        """The same in hexadecimal."""
        return self._hash.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
