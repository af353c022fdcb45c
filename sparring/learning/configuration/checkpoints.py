"""Settings of what is kept of a run."""

from __future__ import annotations

from pydantic import Field

from sparring.learning.configuration.schedules import Count
from sparring.learning.configuration.section import Section


class CheckpointSettings(Section):
    """When checkpoints are written, and which of them are kept."""

    seconds: float = Field(default=60.0, gt=0, description="Seconds between two checkpoints.")
    updates: Count | None = Field(
        default=None, description="Updates between two checkpoints; empty: the clock alone decides."
    )
    keep: int = Field(default=3, ge=1, description="How many of the latest checkpoints are kept.")
    keep_every: int = Field(
        default=0, ge=0, description="Of the older ones, one in so many updates is kept for good; 0: none."
    )
