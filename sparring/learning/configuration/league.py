"""Settings of a league: exploiters that train beside a run, against it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from sparring.learning.configuration.section import Section

ExecutorName: TypeAlias = Literal["local"]


class LeagueSettings(Section):
    """Exploiters beside the run, which is the main agent. Without any, the run is as it would be."""

    main_exploiters: int = Field(
        default=0, ge=0, le=64, description="Learners that train only against the main agent as it is now."
    )
    league_exploiters: int = Field(
        default=0, ge=0, le=64, description="Learners that train against all that the league has brought forth."
    )
    main_exploiter_preset: str = Field(
        default="", description="Preset of the main exploiters; empty: the settings of the run itself."
    )
    league_exploiter_preset: str = Field(
        default="", description="Preset of the league exploiters; empty: the settings of the run itself."
    )
    start_after: int = Field(default=10, ge=0, description="Updates of the main agent before exploiters start.")
    beaten: float = Field(
        default=0.7, gt=0, lt=1, description="Share of the points with which an exploiter has done its work."
    )
    timeout: int = Field(default=500, ge=1, description="Updates after which an exploiter is done in any case.")
    reset_probability: float = Field(
        default=0.25, ge=0, le=1, description="How often a league exploiter that is done begins anew, not where it was."
    )
    restarts: int = Field(default=3, ge=0, description="How often an exploiter that crashed is started again.")

    @property
    def size(self) -> int:
        """Exploiters in all."""
        return self.main_exploiters + self.league_exploiters
