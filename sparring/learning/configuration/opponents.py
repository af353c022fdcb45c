"""Settings of whom the learner meets."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from sparring.learning.configuration.schedules import Count, Schedule, Share
from sparring.learning.configuration.section import Section

OptionValue: TypeAlias = int | float | str | bool
Scheme: TypeAlias = Literal["naive", "delta_uniform", "delta_limit_uniform", "prioritised", "pfsp", "fictitious"]
CuratorName: TypeAlias = Literal["updates", "matches", "better", "checkpoints"]


class KindSettings(Section):
    """What all kinds of opponents can be told."""

    share: Share = Field(default=Schedule(0.0), description="Share of the matches against this kind of opponent.")
    groups: int = Field(default=4, ge=1, description="How many different opponents of this kind are met at a time.")
    deterministic: Share = Field(
        default=Schedule(0.0), description="Share of those matches in which the opponent takes its best action."
    )
    delay: Share = Field(
        default=Schedule(0.0), description="How often, each tick, the opponent sees what it saw a tick before."
    )
    options: dict[str, OptionValue] = Field(
        default_factory=dict, description="Options of the game that differ in matches against this kind."
    )


class SchemeSettings(KindSettings):
    """Which of many past networks are met."""

    scheme: Scheme | dict[Scheme, Share] = Field(
        default="fictitious",
        description="Whom of the past is met; or several schemes with the share of each: `{naive: 0.3, pfsp: 0.7}`.",
    )
    delta: float = Field(
        default=0.0, ge=0, le=1, description="Of the delta schemes: the share of the history that is too old to meet."
    )
    weighting: Literal["hard", "even"] = Field(
        default="hard", description="Of pfsp: hard meets those who beat the learner, even those who are as strong."
    )
    power: float = Field(default=2.0, gt=0, description="Of pfsp: exponent of the hard weighting.")
    quality_rate: float = Field(
        default=0.01, ge=0, description="Of prioritised: how much the quality of a beaten opponent falls."
    )


class PastSettings(SchemeSettings):
    """Frozen copies of the learner's own past."""

    share: Share = Field(
        default=Schedule(0.2),
        description="Share of the matches against frozen past selves; where nobody says it, it is 0.2 for PPO and 0 "
        "for all other algorithms.",
    )
    curator: CuratorName = Field(
        default="updates",
        description="When a snapshot is taken: every so many updates or matches, when the learner has become better "
        "than its past, or with the checkpoints that are due by their updates.",
    )
    snapshot_every: int = Field(default=10, ge=1, description="Updates, or matches, between two snapshots.")
    better_than: float = Field(
        default=0.55, ge=0, le=1, description="Share of the points against the past that makes a learner better."
    )
    capacity: int = Field(default=64, ge=1, description="Snapshots kept; a full pool forgets every second one.")


class LatestSettings(KindSettings):
    """The latest network of another run."""

    run: str = Field(default="", description="Name of the run.")
    reload_every: int = Field(default=10, ge=1, description="Updates between two looks for a newer network of a run.")


class PoolSettings(SchemeSettings):
    """The past networks of several runs."""

    scheme: Scheme | dict[Scheme, Share] = Field(default="pfsp", description="Whom of them is met; see past.scheme.")
    runs: tuple[str, ...] = Field(default=(), description="Names of the runs; `ada.*` are all that begin with `ada.`.")
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="Whom of them to meet instead of by a scheme: how often each, in proportion, by RUN/SNAPSHOT.",
    )
    reload_every: int = Field(default=10, ge=1, description="Updates between two looks for newer networks.")


class TargetSettings(KindSettings):
    """Agents by name."""

    agents: tuple[str, ...] = Field(default=(), description="Specs of agents, such as `mcts:simulations=50`.")
    weights: tuple[float, ...] = Field(
        default=(), description="How often each of them is met, in proportion; empty: all alike."
    )


class ScriptedSettings(KindSettings):
    """Scripted agents of the game."""

    names: tuple[str, ...] = Field(default=(), description="Which of them; empty: all that the game has.")


class OpponentSettings(Section):
    """Shares of the matches by kind of opponent; in the rest the learner plays all seats itself."""

    change_every: Count = Field(default=Schedule(20), description="Matches in a row against one opponent.")
    seat: Literal["random", "alternating"] = Field(
        default="alternating", description="How the learner's seat changes from match to match."
    )
    past: PastSettings = Field(default=PastSettings(), description="Frozen copies of the learner's own past.")
    latest: LatestSettings = Field(default=LatestSettings(), description="The latest network of another run.")
    pool: PoolSettings = Field(default=PoolSettings(), description="The past networks of several runs.")
    targets: TargetSettings = Field(default=TargetSettings(), description="Agents by name.")
    scripted: ScriptedSettings = Field(default=ScriptedSettings(), description="Scripted agents of the game.")

    def kinds(self) -> dict[str, KindSettings]:
        """All kinds of opponents by name."""
        named = {"past": self.past, "latest": self.latest, "pool": self.pool}
        return {**named, "targets": self.targets, "scripted": self.scripted}
