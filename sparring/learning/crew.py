"""Threads that share the mathematics of learning among them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import scipy.linalg  # noqa: F401  loads the BLAS that compiled code multiplies with, so that it can be told its threads
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

Result = TypeVar("Result")


class Crew:
    """``threads`` threads, this one among them; a context manager, within which torch and BLAS use one thread each.

    Networks as small as ours gain little when each operation is spread over threads, and lose everything where
    another process wants a core too, because then they wait for each other after every operation. A crew splits a
    minibatch instead, and meets once a gradient step. With the same number of threads it gives the same bytes.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._others = ThreadPoolExecutor(threads - 1, "crew") if threads > 1 else None
        self._before = 1
        self._limits: threadpool_limits | None = None

    def __enter__(self) -> Crew:
        self._before, self._limits = torch.get_num_threads(), threadpool_limits(1, user_api="blas")
        torch.set_num_threads(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        torch.set_num_threads(self._before)
        if self._limits is not None:
            self._limits.restore_original_limits()
        if self._others is not None:
            self._others.shutdown()

    def share_out(self, work: Callable[[Tensor], Result], items: Tensor) -> list[Result]:
        """Results of ``work`` on equal parts of ``items: [n]``, in their order; small ones stay whole.

        A part that no other thread has begun, because its core is busy elsewhere, is done here instead of waited for.
        """
        if self._others is None or len(items) < 2 * self.threads:
            return [work(items)]
        own, *others = items[: len(items) // self.threads * self.threads].chunk(self.threads)
        waiting = [self._others.submit(work, part) for part in others]
        results = [work(own)]
        for part, future in zip(others, waiting, strict=True):
            results.append(work(part) if future.cancel() else future.result())
        return results
