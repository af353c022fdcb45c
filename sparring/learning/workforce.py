"""How many threads the mathematics of learning uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def use_threads(threads: int) -> Iterator[None]:
    """Let torch use ``threads`` threads inside each operation, and put back what was before.

    One is the default of a run: networks of this size gain little from more, and where another process wants a core,
    threads that wait for each other after every operation make training ten times slower.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
