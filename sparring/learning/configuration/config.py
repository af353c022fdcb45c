"""What a training run can be told. Every field says what it does, in a sentence that help and manual print too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SerializeAsAny

from sparring.engine import Game, load_game
from sparring.learning.configuration.network import NetworkSettings
from sparring.learning.configuration.opponents import OpponentSettings
from sparring.learning.configuration.schedules import Count, Schedule, Share
from sparring.learning.configuration.section import Section

OptionValue = int | float | str | bool


class AlgorithmSettings(Section):
    """What an algorithm can be told. Each algorithm has its own, with ``name`` fixed."""

    name: str = Field(description="The algorithm: `sparring presets --algorithms` lists them.")


def _algorithm_settings(value: Any) -> Any:
    """A stored section, read as the settings of the algorithm that it names."""
    from sparring.learning.algorithms import algorithm

    if isinstance(value, Mapping):
        return algorithm(str(value.get("name", "ppo"))).Settings.model_validate(value)
    return value


class PlaySettings(Section):
    """How experience is collected."""

    environments: int = Field(default=512, ge=1, description="Matches played side by side.")
    rollout: Count = Field(default=Schedule(64), description="Steps of each match between two updates.")
    random_openings: Share = Field(
        default=Schedule(0.8), description="Share of the matches that start with random play."
    )


class EvaluationSettings(Section):
    """How a run is measured while it goes on."""

    probe_seconds: float = Field(default=10.0, gt=0, description="Seconds between two looks at the probe.")
    duel_seconds: float = Field(default=30.0, gt=0, description="Seconds between two duels with reference agents.")


class CheckpointSettings(Section):
    """When checkpoints are written, and which of them are kept."""

    seconds: float = Field(default=60.0, gt=0, description="Seconds between two checkpoints.")
    keep: int = Field(default=3, ge=1, description="How many of the latest checkpoints are kept.")


class TrainConfig(Section):
    """A training run."""

    game: str = Field(description="Name of the game.")
    options: dict[str, OptionValue] = Field(default_factory=dict, description="Options of the game.")
    preset: str = Field(default="", description="The preset that the run was started with.")
    name: str = Field(default="", description="Name of the run and its model; empty: the next free run-N.")
    description: str = Field(default="", description="A sentence about the run, for people.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Seed of everything random in the run.")
    minutes: float | None = Field(default=None, gt=0, description="Stop after this time.")
    steps: int | None = Field(default=None, gt=0, description="Stop after this many steps of the game.")
    updates: int | None = Field(default=None, gt=0, description="Stop after this many updates (trained rollouts).")
    threads: int = Field(default=2, ge=1, le=64, description="Threads among which the mathematics is shared.")

    algorithm: Annotated[SerializeAsAny[AlgorithmSettings], BeforeValidator(_algorithm_settings)] = Field(
        description="What learns, and how fast."
    )
    play: PlaySettings = Field(default=PlaySettings(), description="How experience is collected.")
    network: NetworkSettings = Field(default=NetworkSettings(), description="Layers of the network.")
    opponents: OpponentSettings = Field(default=OpponentSettings(), description="Whom the learner meets.")
    evaluation: EvaluationSettings = Field(default=EvaluationSettings(), description="How the run is measured.")
    checkpoints: CheckpointSettings = Field(default=CheckpointSettings(), description="What is kept of the run.")


def game_of(config: TrainConfig) -> Game:
    """The game that a run plays. Raises UnknownName or BadOption."""
    return load_game(config.game, dict(config.options))
