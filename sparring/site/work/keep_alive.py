"""A thread that prolongs the lease of an item while its worker is busy with it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connections

from sparring.errors import HostTrouble, SparringError
from sparring.site.work.models import LateAnswer, WorkItem, lease_time

log = logging.getLogger(__name__)
OUTAGES = (OperationalError, InterfaceError)
"""What is raised while a database is down, locked, or has no room left on its disk."""
OUTAGE_LEASES = 10
"""For so many times as long as a lease results are held back for a database that doesn't take them."""
RETRY_SHARE = 1 / 10


def guarded(item: WorkItem, work: Callable[[], None]) -> None:
    """Do one item. Unexpected trouble puts it off, and costs the worker nothing. Raises what is in OUTAGES."""
    try:
        work()
    except OUTAGES:
        raise
    except Exception as error:  # the boundary of the worker: whatever it is, it is logged whole, and kept with the row
        log.exception("%s %s went wrong", type(item).__name__, item.pk)
        sentence = str(error) if isinstance(error, SparringError) else f"{type(error).__name__}: {error}"
        try:
            item.go_wrong(item.attempt, sentence)
        except LateAnswer as late:
            log.warning("%s", late)


def spared(name: str, chore: Callable[[], bool]) -> bool:
    """Do a chore of the worker that is no item, and say whether there was anything to do.

    What it raises is logged, and keeps the worker from nothing else. Raises what is in OUTAGES.
    """
    try:
        return chore()
    except OUTAGES:
        raise
    except Exception:  # the boundary of the worker, as in ``guarded``
        log.exception("%s went wrong, and is tried again", name)
        return False


class WorkerStopped(Exception):
    """The worker has been asked to stop while it was busy."""


@contextmanager
def held(
    item: WorkItem, stop: threading.Event, failed: Callable[[SparringError], None] | None = None
) -> Iterator[KeepAlive]:
    """Keep the lease of ``item`` while the block works on it, and see to whatever is no matter of that work.

    A late answer counts for nothing, a worker that is stopped puts the item back for the next one, and where the
    machine is in trouble the item rests. ``failed`` is told of every other SparringError, which is the work's own.
    """
    attempt, name = item.attempt, f"{type(item).__name__.lower()} {item.pk}"
    try:
        with _own_errors_told(failed), KeepAlive(item, stop) as lease:
            yield lease
    except LateAnswer as error:
        log.warning("%s", error)
    except WorkerStopped:
        item.put_back(attempt, timedelta(0), "The worker was stopped.")
    except HostTrouble as error:
        log.warning("%s went wrong: %s", name, error)
        item.go_wrong(attempt, str(error))


@contextmanager
def _own_errors_told(failed: Callable[[SparringError], None] | None) -> Iterator[None]:
    try:
        yield
    except SparringError as error:
        if failed is None or isinstance(error, LateAnswer | HostTrouble):
            raise
        failed(error)


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

    def insist(self, write: Callable[[], None]) -> None:
        """Write results, and again while the database is out.

        ``write`` raises LateAnswer when somebody else has done the work meanwhile, or when an earlier try was written
        after all and only its confirmation was lost.
        """
        pause, deadline = lease_time().total_seconds() * RETRY_SHARE, time.monotonic() + self._patience()
        while True:
            try:
                write()
                return
            except OUTAGES as error:
                if time.monotonic() > deadline or self.stop.wait(pause):
                    raise
                log.warning("the results of %s %s wait: %s", type(self.item).__name__, self.item.pk, error)
                close_old_connections()

    def _patience(self) -> float:
        return OUTAGE_LEASES * lease_time().total_seconds()

    def _beat(self) -> None:
        try:
            while not self._done.wait(lease_time().total_seconds() / 3):
                try:
                    self.lost = not self.item.heartbeat()
                except DatabaseError as error:
                    log.warning("heartbeat of %s %s failed: %s", type(self.item).__name__, self.item.pk, error)
                    close_old_connections()
                if self.lost:
                    return
        finally:
            connections.close_all()
