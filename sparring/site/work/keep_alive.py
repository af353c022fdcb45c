"""A thread that prolongs the lease of an item while its worker is busy with it."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connections

from sparring.site.work.models import LateAnswer, WorkItem, lease_time

log = logging.getLogger(__name__)


class WorkerStopped(Exception):
    """The worker has been asked to stop while it was busy."""


class KeepAlive:
    """``with KeepAlive(item, stop): ...`` keeps the lease; ``check`` tells the work whether to go on."""

    def __init__(self, item: WorkItem, stop: threading.Event) -> None:
        self.item, self.stop = item, stop
        self.lost = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"keep-alive-{item.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self, *_: object) -> None:
        """Raise WorkerStopped or LateAnswer when going on makes no sense. Fits as a duel's ``progress``."""
        if self.lost:
            raise LateAnswer(f"The lease on {type(self.item).__name__} {self.item.pk} has been lost.")
        if self.stop.is_set():
            raise WorkerStopped

    def _beat(self) -> None:
        try:
            while not self._done.wait(lease_time().total_seconds() / 3):
                try:
                    self.lost = not self.item.heartbeat()
                except DatabaseError as error:
                    log.warning("heartbeat of %s %s failed: %s", type(self.item).__name__, self.item.pk, error)
                if self.lost:
                    return
        finally:
            connections.close_all()
