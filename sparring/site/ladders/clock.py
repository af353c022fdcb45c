"""The clock of a ladder: under which budget its duels are played, and how much of it a move has."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from sparring.errors import SparringError
from sparring.sandbox import Limits
from sparring.sandbox.budgets import check_limits
from sparring.sandbox.instructions import why_uncountable


class Budget(models.TextChoices):
    WALL = "wall", "seconds on the wall"
    CPU = "cpu", "seconds of processor time"
    SIMULATIONS = "simulations", "simulations of the house's searchers; no code of others plays"
    INSTRUCTIONS = "instructions", "instructions, a thousand million for a second"


class ClockSettings(models.Model):
    """What an organiser sets. It holds for duels that are played from then on; each record says what held for it."""

    budget = models.CharField(max_length=12, choices=Budget.choices, default=Budget.WALL, db_default=Budget.WALL)
    move_seconds = models.FloatField(
        default=2.0, db_default=2.0, validators=[MinValueValidator(0.001)], help_text="For a move."
    )
    first_move_seconds = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0)],
        help_text="For the first move of a match; empty: five moves.",
    )
    bank_seconds = models.FloatField(
        default=30.0,
        db_default=30.0,
        validators=[MinValueValidator(0.0)],
        help_text="For all long moves of a match together.",
    )
    simulations = models.PositiveIntegerField(
        default=200,
        db_default=200,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="A move, where they are the budget.",
    )

    class Meta:
        abstract = True

    @property
    def limits(self) -> Limits:
        """For the players of its duels."""
        return Limits(
            budget=self.budget,
            move_seconds=self.move_seconds,
            first_move_seconds=self.first_move_seconds,
            bank_seconds=self.bank_seconds,
            simulations=self.simulations,
        )

    @property
    def uncountable(self) -> str | None:
        """Why this host can't count what the budget needs; None if it can."""
        return why_uncountable() if self.budget == Budget.INSTRUCTIONS else None

    def clean(self) -> None:
        try:
            check_limits(self.limits)
        except SparringError as error:
            raise ValidationError({"budget": str(error)}) from error
