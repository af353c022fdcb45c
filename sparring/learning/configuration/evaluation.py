"""Settings of how a run is measured, and of when what it has learned is published."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from sparring.learning.configuration.schedules import Count, Schedule, Share
from sparring.learning.configuration.section import Section


class EvaluationSettings(Section):
    """How a run is measured while it goes on."""

    probe_seconds: float = Field(default=10.0, gt=0, description="Seconds between two looks at the probe.")
    duel_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Seconds between two duels with reference agents; more where they take a fifth of the time.",
    )
    against: tuple[str, ...] = Field(
        default=(), description="Specs of the reference agents; empty: random, and minimax where the game has it."
    )
    matches: Count = Field(
        default=Schedule(40), description="Matches against each reference agent; against random five times as many."
    )
    final_matches: int = Field(
        default=100, ge=2, description="The same at the end of a run, for the numbers that go with its model."
    )
    deterministic: Share | None = Field(
        default=None,
        description="Share of those matches in which the learner takes its best action, and draws in the rest; "
        "empty: it plays as its model will.",
    )
    rating_matches: int = Field(
        default=0,
        ge=0,
        description="Matches for a rating at each evaluation, against reference agents that are drawn the more often "
        "the nearer their rating is; 0: no rating.",
    )
    average_every: int = Field(
        default=10,
        ge=1,
        description="Updates between two policies that are counted to the average policy, whose exploitability is "
        "measured, too.",
    )
    alarm: Literal["flag", "stop", "off"] = Field(
        default="flag", description="What happens when the probe falls: the run is flagged, or stopped, or nothing."
    )

    @field_validator("against", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) and value else value


class PromotionSettings(Section):
    """When a version is published while the run goes on: it has to beat the last one in a sequential test (SPRT)."""

    seconds: float = Field(default=30.0, gt=0, description="Seconds between two meetings with the last version.")
    pairs: int = Field(default=100, ge=1, description="Pairs of matches a meeting.")
    most_pairs: int = Field(default=2000, ge=1, description="Pairs after which a test that stays open is given up.")
    elo0: float = Field(default=0.0, description="A version that is at most so much stronger is not published.")
    elo1: float = Field(default=30.0, description="A version that is at least so much stronger is published.")
    error: float = Field(default=0.05, gt=0, lt=0.5, description="How often the test may be wrong, either way.")
    random_plies: int = Field(default=6, ge=0, description="Plies of random play with which each pair begins.")

    @model_validator(mode="after")
    def _is_a_test(self) -> PromotionSettings:
        if self.elo0 >= self.elo1:
            raise ValueError(f"elo0 must be below elo1; they are {self.elo0:g} and {self.elo1:g}.")
        return self
