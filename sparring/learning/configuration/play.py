"""Settings of how experience is collected, and of what counts as a reward in it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from sparring.errors import BadOption
from sparring.learning.configuration.expressions import Expression
from sparring.learning.configuration.schedules import Count, Moment, Schedule, Share, Weight, Within
from sparring.learning.configuration.section import Section


class NoiseSettings(Section):
    """Noise on some numbers of an observation."""

    indices: tuple[int, ...] = Field(
        default=(), description="Which numbers, counted through the flattened observation; empty: all."
    )
    deviation: Weight = Field(default=Schedule(0.0), description="Standard deviation of the noise.")


class PlaySettings(Section):
    """How experience is collected."""

    environments: Count = Field(
        default=Schedule(512), description="Matches played side by side; where their number falls, the last ones go."
    )
    rollout: Count = Field(default=Schedule(64), description="Steps of each match between two updates.")
    random_openings: Share = Field(
        default=Schedule(0.8), description="Share of the matches that start with random play."
    )
    opening_plies: int | None = Field(
        default=None, ge=1, description="The longest such opening; nothing: as long as random play goes on."
    )
    deterministic: Share = Field(
        default=Schedule(0.0),
        description="Share of the steps that play the best action, and are not learned from.",
    )
    frames: int | tuple[int, ...] = Field(
        default=1,
        description="What a network sees at once: so many of its own last observations, or those at a list of ages, "
        "0 being the present.",
    )
    noise: tuple[NoiseSettings, ...] = Field(
        default=(), description="Noise on what the learner sees while it plays: a list of {indices, deviation}."
    )

    @field_validator("frames", mode="before")
    @classmethod
    def _ages(cls, value: Any) -> Any:
        return [age.strip() for age in value.split(",")] if isinstance(value, str) and "," in value else value

    @field_validator("frames")
    @classmethod
    def _begin_with_the_present(cls, value: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if isinstance(value, int) and value < 1:
            raise ValueError("It is at least 1.")
        if isinstance(value, tuple) and (not value or value[0] != 0 or list(value) != sorted(set(value))):
            raise ValueError("Ages begin with 0, the present, and rise.")
        return value

    def matches(self, moment: Moment) -> int:
        """How many are played side by side at this moment."""
        return round(self.environments.at(moment))

    @property
    def past(self) -> tuple[int, ...]:
        """The ages of the frames, 0 being the present."""
        return tuple(range(self.frames)) if isinstance(self.frames, int) else self.frames


class TermSettings(Section):
    """A term of the reward."""

    value: str = Field(
        description="A formula of what a step led to, e.g. `before.other.hitpoints - other.hitpoints`; see the manual."
    )
    weight: Annotated[Schedule, Within()] = Field(default=Schedule(1.0), description="What the term counts for.")

    @field_validator("value")
    @classmethod
    def _is_a_formula(cls, value: str) -> str:
        try:
            Expression(value)
        except BadOption as error:
            raise ValueError(str(error)) from None
        return value


class RewardSettings(Section):
    """What counts as a reward."""

    game: Annotated[Schedule, Within()] = Field(
        default=Schedule(1.0), description="What the game's own reward counts for."
    )
    terms: dict[str, TermSettings] = Field(
        default_factory=dict, description="Further terms by name: {NAME: {value: FORMULA, weight: NUMBER}}."
    )
    margin: bool = Field(
        default=True,
        description="Between two, half of own minus opponent's reward counts; off: the own reward alone, where one's "
        "gain need not be the other's loss.",
    )
    normalise: bool = Field(
        default=False, description="Rewards count in deviations of the discounted return, as known so far."
    )
    limit: float = Field(default=10.0, gt=0, description="Deviations at which a normalised reward is cut off.")
    novelty: Weight = Field(
        default=Schedule(0.0), description="Worth of seeing something for the first time; less the more often it was."
    )

    @property
    def changed(self) -> bool:
        """Whether it is anything but the game's own reward."""
        return bool(self.terms) or self.game.constant != 1
