"""Which database: SQLite in the data folder by default, PostgreSQL when DATABASE_URL says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sparring.errors import BadOption

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
)
BUSY_SECONDS = 20
EXAMPLE = "postgresql://user:password@host:5432/sparring"


def database_settings(url: str | None, folder: Path) -> dict[str, Any]:
    """Django's settings for ``url``, or for ``folder / "arena.sqlite3"`` without one. Raises BadOption.

    >>> database_settings("postgresql://ada:pa%2Fss@db:5433/arena?sslmode=require", Path("/"))["OPTIONS"]
    {'sslmode': 'require'}
    """
    if not url:
        return sqlite(folder / "arena.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme not in ("postgres", "postgresql"):
        raise BadOption(f"DATABASE_URL begins with '{parts.scheme}'; it can be sqlite:///PATH or {EXAMPLE}.")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadOption(f"DATABASE_URL names no database; it should look like {EXAMPLE}.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite that one writer and many readers share.

    Every transaction takes the write lock at its start (BEGIN IMMEDIATE), so that none fails half-way because another
    has written in between; a writer waits up to ``BUSY_SECONDS`` for its turn.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": BUSY_SECONDS, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS},
    }
