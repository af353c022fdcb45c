"""The clock that leases are told by: one for all workers, whatever the wall clock of any of them does.

PostgreSQL's workers share the clock of its server. Those of SQLite are on one machine and share its monotonic clock,
which nobody can set. That begins anew when the machine starts, so every row says by which clock its times are told:
what another one has told is over.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

DATABASE = "database"
BOOT, TIME_NAMESPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/time")


def name() -> str:
    """Which clock this process tells leases by: the database's, or that of this start of this machine."""
    return _machine() if connection.vendor == "sqlite" else DATABASE


def moment(later: timedelta = timedelta(0)) -> datetime | Combinable:
    """Now, or so much later: a time for a query. Of the machine's clock as if that had begun in 1970."""
    if name() == DATABASE:
        return Now() + later if later else Now()
    return datetime.fromtimestamp(time.monotonic(), UTC) + later


@cache
def _machine() -> str:
    """Names the monotonic clock of this machine since it was started; where there is none to share, the database's."""
    try:
        return f"{BOOT.read_text().strip()} {TIME_NAMESPACE.readlink()}"
    except OSError:
        return DATABASE
