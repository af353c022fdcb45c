"""The stored result of an analysis: pages show it, and compute nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from sparring.site.ladders.models import Ladder

FEWEST_MATCHES = 40
GROWTH = 1.1
OFTEN = timedelta(seconds=60)
SELDOM = timedelta(hours=1)


class AnalysisManager(models.Manager["Analysis"]):
    def due(self) -> list[Ladder]:
        """Ladders that have none, or whose matches have grown by a tenth, or changed an hour ago.

        Whichever has waited longest comes first, so that busy ladders keep no other from its turn.
        """
        now = timezone.now()
        new = Q(analysis__isnull=True)
        grown = Q(analysis__computed__lt=now - OFTEN, fitted_matches__gte=GROWTH * F("analysis__matches"))
        old = Q(analysis__computed__lt=now - SELDOM, fitted_matches__gt=F("analysis__matches"))
        begun = Q(analysis__computed__lt=now - OFTEN, fitted_matches__lt=F("analysis__matches"))
        ladders = Ladder.objects.filter(fitted_matches__gte=FEWEST_MATCHES, seats__gt=1)
        longest = F("analysis__computed").asc(nulls_first=True)
        return list(ladders.filter(new | grown | old | begun).order_by(longest, "pk"))


class Analysis(models.Model):
    """What was found about one ladder. ``document``: see ``sparring.site.analysis.computing``."""

    ladder = models.OneToOneField(Ladder, on_delete=models.CASCADE, related_name="analysis")
    matches = models.PositiveIntegerField(help_text="Of the ladder, when it was made.")
    document = models.JSONField(default=dict)
    computed = models.DateTimeField()

    objects: ClassVar[AnalysisManager] = AnalysisManager()

    class Meta:
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return f"Analysis of {self.ladder}"

    @property
    def agents(self) -> list[dict[str, Any]]:
        """The strongest versions, by rating."""
        return list(self.document.get("agents", []))

    @property
    def authors(self) -> list[dict[str, Any]]:
        """Authors by their corrected rating."""
        return list(self.document.get("authors", []))

    @property
    def gain(self) -> float | None:
        """By how many nats a match a disc foretells results better than ratings alone; None: too few to say."""
        found = self.document.get("gain")
        return None if found is None else float(found)

    @property
    def error(self) -> float:
        """The standard error of the gain."""
        return float(self.document.get("error") or 0.0)

    @property
    def in_circles(self) -> bool:
        """Whether agents beat each other in circles, beyond what luck would do."""
        return self.gain is not None and self.gain > 2.0 * self.error
