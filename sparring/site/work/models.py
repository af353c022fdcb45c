"""Work that must not be lost, as rows: leased by one worker at a time, taken over when the worker is gone.

A row is waiting, running, done, failed or parked. A worker leases it for a while (``lease_time``) and prolongs the
lease as long as it works. A lease that has expired is taken over by whoever asks next, as a new attempt; the old
attempt's answer, should it come late, is refused. The results of an item are written in the transaction that finishes
it. So a worker killed at any moment loses nothing, and nothing is written twice.

An item that goes wrong, because its workers are lost or the arena fails on it, is tried again after a pause that
doubles, while others go on. After ``MOST_LOSSES`` times it is parked with its reason, until the organiser has it tried
again or gives it up.

Times are those of ``lease_clock``, so the wall clocks of the workers' machines don't matter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from sparring.errors import SparringError
from sparring.site.work import lease_clock

MOST_LOSSES = 5


def lease_time() -> timedelta:
    """How long a lease holds without a heartbeat."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def back_off(losses: int) -> timedelta:
    """How long an item rests that went wrong for the ``losses``-th time in a row."""
    return lease_time() * int(2 ** (losses - 1))


class LateAnswer(SparringError):
    """The item has been taken over by a later attempt, or is finished: this answer does not count."""


Item = TypeVar("Item", bound="WorkItem")


class WorkManager(models.Manager[Item]):
    lease_order: ClassVar[tuple[str, ...]] = ("pk",)

    def open(self) -> models.QuerySet[Item]:
        """What is not finished."""
        return self.filter(state__in=[WorkItem.State.WAITING, WorkItem.State.RUNNING])

    def parked(self) -> models.QuerySet[Item]:
        """What went wrong too often, and waits for the organiser."""
        return self.filter(state=WorkItem.State.PARKED)

    def lease(self, owner: str, *only: Q, **conditions: Any) -> Item | None:
        """Take the first item, by ``lease_order``, that waits, or whose lease has expired; None when there is none.

        ``only`` and ``conditions`` narrow the choice, as in ``filter``. An item whose worker was lost is taken over at
        once the first time, then rests longer and longer, and is parked when ``MOST_LOSSES`` workers were lost with it.
        """
        free = self.filter(_ready() | _expired(), *only, **conditions)
        while free.exists():  # usually there is nothing, and to see that needs no lock
            with transaction.atomic():
                item = free.select_for_update(skip_locked=True, of=("self",)).order_by(*self.lease_order).first()
                if item is None:
                    return None
                if item.state == WorkItem.State.WAITING or item.take_over():
                    self.filter(pk=item.pk).update(
                        state=WorkItem.State.RUNNING,
                        attempt=F("attempt") + 1,
                        losses=item.losses,
                        lease_owner=owner,
                        lease_expires=lease_clock.moment(lease_time()),
                        clock=lease_clock.name(),
                    )
                    item.refresh_from_db()
                    return item
        return None


def kinds_of_work() -> dict[str, type[WorkItem]]:
    """Every kind of work by its name, like ``duel``."""
    found = (model for model in apps.get_models() if issubclass(model, WorkItem))
    return {model._meta.model_name or "": model for model in sorted(found, key=lambda model: model.__name__)}


def count_parked() -> int:
    """How many items of all kinds wait for the organiser."""
    return sum(model.objects.parked().count() for model in kinds_of_work().values())


def _ready() -> Q:
    over = Q(not_before=None) | Q(not_before__lte=lease_clock.moment()) | ~Q(clock=lease_clock.name())
    return Q(over, state="waiting")


def _expired() -> Q:
    over = Q(lease_expires__lt=lease_clock.moment()) | ~Q(clock=lease_clock.name())
    return Q(over, state="running")


class WorkItem(models.Model):
    """A row of work. Children say what is to be done and keep the results."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        PARKED = "parked"

    UNDECIDED: ClassVar[tuple[str, ...]] = (State.WAITING, State.RUNNING, State.PARKED)
    """What may still be done one day."""

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0, help_text="How often it went wrong in a row.")
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_expires = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    clock = models.CharField(max_length=80, blank=True, default="", db_default="", help_text="That tells its times.")
    failure = models.TextField(blank=True)
    created = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True)

    objects: ClassVar[WorkManager[Self]] = WorkManager()

    class Meta:
        abstract = True

    def heartbeat(self) -> bool:
        """Prolong the lease of this attempt. False: it has been lost to another, and the work is in vain."""
        return bool(self._mine(self.attempt).update(lease_expires=lease_clock.moment(lease_time())))

    def finish(self, attempt: int) -> None:
        """Mark as done. To be called in the transaction that writes the results, first of all.

        Raises LateAnswer, on which the transaction rolls back, when ``attempt`` is not the current one.
        """
        self._close(attempt, self.State.DONE, "")

    def fail(self, attempt: int, sentence: str) -> None:
        """Mark as failed for good, with a sentence for people. Raises LateAnswer."""
        self._close(attempt, self.State.FAILED, sentence)

    def put_back(self, attempt: int, pause: timedelta, sentence: str) -> None:
        """Give the item back unfinished, through no fault of its own; it is tried again after ``pause``."""
        self._require(self._rest(self._mine(attempt), pause, failure=sentence))

    def go_wrong(self, attempt: int, sentence: str) -> None:
        """Nobody knows whose fault it is: try the item again later, or park it. Raises LateAnswer."""
        with transaction.atomic():
            before = self._mine(attempt).select_for_update().values_list("losses", flat=True).first()
            self._require(before is not None)
            self.losses = (before or 0) + 1
            if self.losses >= MOST_LOSSES:
                self.park(f"It went wrong {self.losses} times. {sentence}")
            else:
                self._rest(self._mine(attempt), back_off(self.losses), losses=self.losses, failure=sentence)

    def take_over(self) -> bool:
        """Called within ``lease``: the worker of this item was lost. Whether another may begin at once."""
        self.losses += 1
        sentence = f"{self.losses} workers were lost while they worked on it."
        if self.losses >= MOST_LOSSES:
            self.park(sentence)
            return False
        pause = back_off(self.losses) - lease_time()  # for so long has nobody worked on it
        if pause:
            self._rest(self._mine(self.attempt), pause, losses=self.losses, failure=sentence)
        return not pause

    def park(self, sentence: str) -> None:
        """Set a running item aside. Children may add what follows from it."""
        fields = {"lease_owner": "", "lease_expires": None, "finished": Now()}
        self._row().update(state=self.State.PARKED, failure=sentence, losses=self.losses, **fields)

    def try_again(self) -> bool:
        """Take a parked item up again, as if it had never gone wrong; whether it was parked."""
        afresh = {"losses": 0, "failure": "", "not_before": None, "finished": None}
        return bool(self._row().filter(state=self.State.PARKED).update(state=self.State.WAITING, **afresh))

    def give_up(self) -> bool:
        """Mark a parked item as failed for good; whether it was parked."""
        return bool(self._row().filter(state=self.State.PARKED).update(state=self.State.FAILED, finished=Now()))

    def withdraw(self, sentence: str) -> bool:
        """Nobody wants it any more: whoever works on it is told by the next heartbeat. Whether it was undecided."""
        undecided = self._row().filter(state__in=self.UNDECIDED)
        return bool(undecided.update(state=self.State.FAILED, failure=sentence, lease_expires=None, finished=Now()))

    def _row(self) -> models.QuerySet[Any]:
        return type(self).objects.filter(pk=self.pk)

    def _mine(self, attempt: int) -> models.QuerySet[Any]:
        return self._row().filter(attempt=attempt, state=self.State.RUNNING)

    def _rest(self, rows: models.QuerySet[Any], pause: timedelta, **fields: Any) -> int:
        """Let rows wait for ``pause``; how many there were."""
        until = lease_clock.moment(pause) if pause else None
        state = {"state": self.State.WAITING, "lease_owner": "", "lease_expires": None}
        return rows.update(**state, not_before=until, clock=lease_clock.name(), **fields)

    def _close(self, attempt: int, state: str, sentence: str) -> None:
        changed = self._mine(attempt).update(state=state, failure=sentence, lease_expires=None, finished=Now())
        self._require(changed)
        self.refresh_from_db(fields=["state", "failure", "lease_expires", "finished"])

    def _require(self, changed: object) -> None:
        if not changed:
            raise LateAnswer(f"{type(self).__name__} {self.pk} is no longer this worker's: the answer comes too late.")
