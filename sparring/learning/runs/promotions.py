"""Word of published versions for the arena on this machine, which enters them on its ladders.

Each is a small file below ``SPARRING_HOME/promotions``: it waits there until an arena runs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sparring.engine import home
from sparring.learning.runs.whole_files import write_atomically


@dataclass(frozen=True)
class Promoted:
    """A version that was published, and how the ladder shall call it."""

    agent: str
    game: str
    options: dict[str, Any]
    model: str
    """``connect_four/ada@3``."""
    metrics: dict[str, float]


def send_word(promoted: Promoted) -> None:
    """Let the arena know, now or when it runs next."""
    write_atomically(_folder() / f"{time.time_ns()}-{promoted.agent}.json", json.dumps(asdict(promoted)).encode())


def word_of_promotions() -> Iterator[tuple[Path, Promoted]]:
    """What waits, the oldest first, with the file to be deleted by who has dealt with it; damaged files are deleted."""
    for path in sorted(_folder().glob("*.json")):
        try:
            promoted = Promoted(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            continue
        except (ValueError, TypeError):
            path.unlink(missing_ok=True)
        else:
            yield path, promoted


def _folder() -> Path:
    return home() / "promotions"
