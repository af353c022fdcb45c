"""Static files without a collecting step: each address carries a stamp of its file, so a new one is fetched at once."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class StampedStaticFiles(StaticFilesStorage):
    """Static files whose addresses end in ``?v=STAMP``."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        stamp = _stamp(name) if name else ""
        return f"{address}?v={stamp}" if stamp else address


@cache
def _stamp(name: str) -> str:
    path = finders.find(name)
    if not path:
        return ""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]
