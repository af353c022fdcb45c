"""User ids for sandboxes."""

from __future__ import annotations

import secrets
from pathlib import Path

NOBODY = 65534
ALL_IDS = 4_294_967_295


def private_uid() -> int | None:
    """A user id that nobody else has; "nobody" where only few ids exist; None where not even that one does."""
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    if any(count == ALL_IDS for _, _, count in ranges):
        return new_uid()
    return NOBODY if any(first <= NOBODY < first + count for first, _, count in ranges) else None


def new_uid() -> int:
    """One of half a billion ids that no system gives to people or services."""
    return 0x40000000 + secrets.randbelow(0x20000000)
