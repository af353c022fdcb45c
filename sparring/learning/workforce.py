"""How many threads the mathematics of learning uses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

MOST_USEFUL = 4


@contextmanager
def use_threads(wanted: int) -> Iterator[int]:
    """Let torch use ``wanted`` threads, or for 0 one a core up to four, and put back what was before."""
    before = torch.get_num_threads()
    threads = wanted or min(MOST_USEFUL, len(os.sched_getaffinity(0)))
    torch.set_num_threads(threads)
    try:
        yield threads
    finally:
        torch.set_num_threads(before)
