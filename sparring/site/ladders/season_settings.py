"""What the organiser says about a ladder's seasons and divisions; ``sparring.site.seasons`` holds them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now


class SeasonSettings(models.Model):
    """The fields of a ladder that seasons and divisions go by."""

    season = models.PositiveIntegerField(default=1, db_default=1, help_text="The season that goes on.")
    season_began = models.DateTimeField(db_default=Now())
    season_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Days of a season; empty: seasons end when the organiser says so.",
    )
    divisions = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="Those of one division meet; 1: no divisions.",
    )
    division_moves = models.PositiveSmallIntegerField(
        default=2, db_default=2, help_text="How many rise from each division, and fall, when a season ends."
    )

    class Meta:
        abstract = True
