"""Settings of whom the learner meets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sparring.learning.configuration.schedules import Count, Schedule, Share
from sparring.learning.configuration.section import Section


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


class PastSettings(KindSettings):
    """Frozen copies of the learner's own past."""

    share: Share = Field(default=Schedule(0.2), description="Share of the matches against frozen past networks.")
    snapshot_every: int = Field(default=10, ge=1, description="Updates between two snapshots of the network.")
    capacity: int = Field(default=64, ge=1, description="Snapshots kept; a full pool forgets every second one.")


class TargetSettings(KindSettings):
    """Agents by name."""

    agents: tuple[str, ...] = Field(default=(), description="Specs of agents, such as `mcts:simulations=50`.")


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
    targets: TargetSettings = Field(default=TargetSettings(), description="Agents by name.")
    scripted: ScriptedSettings = Field(default=ScriptedSettings(), description="Scripted agents of the game.")
