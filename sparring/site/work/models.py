"""Work that must not be lost, as rows: leased by one worker at a time, taken over when the worker is gone.

A row is waiting, running, done or failed. A worker leases it for a while (``lease_time``) and prolongs the lease as
long as it works. A lease that has expired is taken over by whoever asks next, as a new attempt; the old attempt's
answer, should it come late, is refused. The results of an item are written in the transaction that finishes it. So a
worker killed at any moment loses nothing, and nothing is written twice.

Times are those of the database, so the clocks of the workers' machines don't matter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from sparring.errors import SparringError

MOST_LOSSES = 4


def lease_time() -> timedelta:
    """How long a lease holds without a heartbeat."""
    return timedelta(seconds=settings.LEASE_SECONDS)


class LateAnswer(SparringError):
    """The item has been taken over by a later attempt, or is finished: this answer does not count."""


Item = TypeVar("Item", bound="WorkItem")


class WorkManager(models.Manager[Item]):
    lease_order: ClassVar[tuple[str, ...]] = ("pk",)

    def open(self) -> models.QuerySet[Item]:
        """What is not finished."""
        return self.filter(state__in=[WorkItem.State.WAITING, WorkItem.State.RUNNING])

    def lease(self, owner: str, **conditions: Any) -> Item | None:
        """Take the first item, by ``lease_order``, that waits, or whose lease has expired; None when there is none.

        ``conditions`` narrow the choice, as in ``filter``. An item that ``MOST_LOSSES`` workers were lost with is given
        up and not leased again.
        """
        free = self.filter(Q(state=WorkItem.State.WAITING, not_before__lte=Now()) | expired(), **conditions)
        if not free.exists():  # the usual case, which needs no lock
            return None
        with transaction.atomic():
            item = free.select_for_update(skip_locked=True, of=("self",)).order_by(*self.lease_order).first()
            if item is None:
                return None
            taken_over = item.state == WorkItem.State.RUNNING
            if taken_over and item.losses + 1 >= MOST_LOSSES:
                item.give_up(f"Given up: {item.losses + 1} workers were lost while they worked on it.")
                return None
            self.filter(pk=item.pk).update(
                state=WorkItem.State.RUNNING,
                attempt=F("attempt") + 1,
                losses=F("losses") + int(taken_over),
                lease_owner=owner,
                lease_expires=Now() + lease_time(),
            )
            item.refresh_from_db()
            return item


def expired() -> Q:
    return Q(state="running", lease_expires__lt=Now())


class WorkItem(models.Model):
    """A row of work. Children say what is to be done and keep the results."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_expires = models.DateTimeField(null=True)
    not_before = models.DateTimeField(db_default=Now())
    failure = models.TextField(blank=True)
    created = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True)

    objects: ClassVar[WorkManager[Self]] = WorkManager()

    class Meta:
        abstract = True

    def heartbeat(self) -> bool:
        """Prolong the lease of this attempt. False: it has been lost to another, and the work is in vain."""
        return bool(self._mine(self.attempt).update(lease_expires=Now() + lease_time()))

    def finish(self, attempt: int) -> None:
        """Mark as done. To be called in the transaction that writes the results, first of all.

        Raises LateAnswer, on which the transaction rolls back, when ``attempt`` is not the current one.
        """
        self._close(attempt, self.State.DONE, "")

    def fail(self, attempt: int, sentence: str) -> None:
        """Mark as failed for good, with a sentence for people. Raises LateAnswer."""
        self._close(attempt, self.State.FAILED, sentence)

    def give_up(self, sentence: str) -> None:
        """Called within ``lease`` for an item that kills its workers. Children may add what follows from it."""
        self._close(self.attempt, self.State.FAILED, sentence)

    def put_back(self, attempt: int, pause: timedelta, sentence: str) -> None:
        """Give the item back unfinished, through no fault of its own; it is tried again after ``pause``."""
        changed = self._mine(attempt).update(
            state=self.State.WAITING,
            lease_owner="",
            lease_expires=None,
            not_before=Now() + pause if pause else Now(),
            failure=sentence,
        )
        self._require(changed)

    def _mine(self, attempt: int) -> models.QuerySet[Any]:
        return type(self).objects.filter(pk=self.pk, attempt=attempt, state=self.State.RUNNING)

    def _close(self, attempt: int, state: str, sentence: str) -> None:
        changed = self._mine(attempt).update(state=state, failure=sentence, lease_expires=None, finished=Now())
        self._require(changed)
        self.refresh_from_db(fields=["state", "failure", "lease_expires", "finished"])

    def _require(self, changed: int) -> None:
        if not changed:
            raise LateAnswer(f"{type(self).__name__} {self.pk} is no longer this worker's: the answer comes too late.")
