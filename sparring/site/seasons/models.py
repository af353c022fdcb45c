"""Seasons that are over, each with its final table."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from sparring.site.ladders.models import Ladder
from sparring.site.submissions.models import Version


class Season(models.Model):
    """A season of a ladder that is over."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="seasons")
    number = models.PositiveIntegerField()
    began = models.DateTimeField()
    ended = models.DateTimeField(db_default=Now())
    matches = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[Season]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint("ladder", "number", name="one_season_a_number")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.ladder}, season {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("seasons:season", args=[self.ladder.slug, self.number])


class SeasonRow(models.Model):
    """Where a version stood when a season ended."""

    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="rows")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    division = models.PositiveSmallIntegerField(default=0, help_text="0 where there were none.")
    next_division = models.PositiveSmallIntegerField(default=0)
    rating = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    best_rank = models.PositiveIntegerField(null=True)
    worst_rank = models.PositiveIntegerField(null=True)
    wins = models.PositiveIntegerField()
    draws = models.PositiveIntegerField()
    losses = models.PositiveIntegerField()
    faults = models.PositiveIntegerField()
    matches = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[SeasonRow]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint("season", "version", name="one_row_a_version")]
        ordering = ["season", "position"]

    @property
    def rank_range(self) -> str:
        """``3`` or ``2-5``, with an en dash."""
        if self.best_rank is None or self.worst_rank is None:
            return ""
        return str(self.best_rank) if self.best_rank == self.worst_rank else f"{self.best_rank}\u2013{self.worst_rank}"

    @property
    def half_width(self) -> float | None:
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def moved(self) -> str:
        """``rises``, ``falls``, or nothing."""
        if not self.division or self.division == self.next_division:
            return ""
        return "rises" if self.next_division < self.division else "falls"
