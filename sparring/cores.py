"""How many cores there are to work with."""

from __future__ import annotations

import os


def cores() -> int:
    """Cores that this process may use: fewer than the machine has, where it is pinned or in a container."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
