"""The key that signs sessions and links: made on first use, kept in the data folder for its owner only."""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path

from sparring.engine import home


def secret_key() -> str:
    """The key of this arena, from the data folder's file ``secret_key``."""
    return _read_or_make(home() / "secret_key")


@cache
def _read_or_make(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return _make(path)


def _make(path: Path) -> str:
    """Write a new key beside ``path`` and link it there: whoever comes second reads what the first one wrote."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()
