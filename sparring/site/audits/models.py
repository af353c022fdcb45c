"""Audits, as work items: each looks at some matches that nobody has looked at yet, or at a sample of all."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils import timezone

from sparring.site.matches.models import Match
from sparring.site.work.models import WorkItem, WorkManager

MATCHES_AN_AUDIT = 200
BETWEEN_SAMPLES = timedelta(hours=1)


class AuditManager(WorkManager["Audit"]):
    def queue_due(self) -> Audit | None:
        """Queue an audit of new matches, or now and then of a sample; None while one is open, or nothing is due."""
        if self.open().exists():
            return None
        if Match.objects.filter(audited__isnull=True).exists():
            return self.create(kind=Audit.Kind.NEW)
        latest = self.filter(kind=Audit.Kind.SAMPLE).aggregate(latest=Max("created"))["latest"]
        if (latest is None or timezone.now() - latest >= BETWEEN_SAMPLES) and Match.objects.exists():
            return self.create(kind=Audit.Kind.SAMPLE)
        return None


class Audit(WorkItem):
    """One look at stored matches."""

    class Kind(models.TextChoices):
        NEW = "new", "matches that nobody has looked at"
        SAMPLE = "sample", "a sample of all"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    matches = models.PositiveIntegerField(default=0, help_text="How many it has looked at.")
    bad = models.PositiveIntegerField(default=0, help_text="How many of them did not come out as recorded.")

    objects: ClassVar[AuditManager] = AuditManager()

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="audit_open")]

    def __str__(self) -> str:
        return f"audit {self.pk}: {self.get_kind_display()}"

    def chosen(self) -> list[Match]:
        """The matches to look at, with their duels."""
        rows = Match.objects.select_related("duel", "ladder")
        if self.kind == self.Kind.NEW:
            return list(rows.filter(audited__isnull=True).order_by("pk")[:MATCHES_AN_AUDIT])
        last = Match.objects.aggregate(last=Max("pk"))["last"] or 0
        keys = random.sample(range(1, last + 1), min(last, MATCHES_AN_AUDIT))
        return list(rows.filter(pk__in=keys).order_by("pk"))

    def note(self, matches: list[Match]) -> None:
        """These have been looked at now."""
        Match.objects.filter(pk__in=[match.pk for match in matches]).update(audited=Now())
