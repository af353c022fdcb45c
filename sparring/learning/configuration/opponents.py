"""Settings of whom the learner meets."""

from __future__ import annotations

from pydantic import Field

from sparring.learning.configuration.schedules import Schedule, Share
from sparring.learning.configuration.section import Section


class PastSettings(Section):
    """Frozen copies of the learner's own past."""

    share: Share = Field(default=Schedule(0.2), description="Share of the matches against frozen past networks.")
    groups: int = Field(default=4, ge=1, description="How many different past networks are met at a time.")
    snapshot_every: int = Field(default=10, ge=1, description="Updates between two snapshots of the network.")


class OpponentSettings(Section):
    """Shares of the matches by kind of opponent; in the rest the learner plays all seats itself."""

    past: PastSettings = Field(default=PastSettings(), description="Frozen copies of the learner's own past.")
