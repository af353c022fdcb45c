"""What a training run can be told. Every field says what it does, in a sentence that help and manual print too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, field_validator

from sparring.engine import Game, load_game
from sparring.errors import BadOption
from sparring.learning.configuration.checkpoints import CheckpointSettings
from sparring.learning.configuration.evaluation import EvaluationSettings, PromotionSettings
from sparring.learning.configuration.expressions import Expression
from sparring.learning.configuration.league import ExecutorName, LeagueSettings
from sparring.learning.configuration.network import NetworkSettings
from sparring.learning.configuration.opponents import OpponentSettings
from sparring.learning.configuration.play import PlaySettings, RewardSettings
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
    stop_when: str = Field(
        default="", description="Stop as soon as this holds of the latest metrics, e.g. probe.share > 0.9."
    )
    start_from: str = Field(
        default="",
        description="Weights to begin with: of a model, connect_four/ada@3, or of another run's latest checkpoint, "
        "run:NAME.",
    )
    promote: bool = Field(
        default=False, description="Publish versions while the run goes on, each better than the last by a test."
    )
    plays: Literal["greedy", "mixed"] | None = Field(
        default=None,
        description="How its model plays unless told otherwise: its best action, or drawn from its policy as while it "
        "learns; empty: drawn where an opponent who knows the next action could use it.",
    )
    threads: int = Field(default=2, ge=1, le=64, description="Threads among which the mathematics is shared.")
    executor: ExecutorName = Field(default="local", description="Where work beside the run itself runs.")
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where the network computes.")

    algorithm: Annotated[SerializeAsAny[AlgorithmSettings], BeforeValidator(_algorithm_settings)] = Field(
        description="What learns, and how fast."
    )
    play: PlaySettings = Field(default=PlaySettings(), description="How experience is collected.")
    rewards: RewardSettings = Field(default=RewardSettings(), description="What counts as a reward.")
    network: NetworkSettings = Field(default=NetworkSettings(), description="Layers of the network.")
    opponents: OpponentSettings = Field(default=OpponentSettings(), description="Whom the learner meets.")
    league: LeagueSettings = Field(default=LeagueSettings(), description="Exploiters that train beside the run.")
    evaluation: EvaluationSettings = Field(default=EvaluationSettings(), description="How the run is measured.")
    promotion: PromotionSettings = Field(
        default=PromotionSettings(), description="When a version is published while the run goes on."
    )
    checkpoints: CheckpointSettings = Field(default=CheckpointSettings(), description="What is kept of the run.")

    @field_validator("stop_when")
    @classmethod
    def _an_expression(cls, text: str) -> str:
        if text:
            try:
                Expression(text)
            except BadOption as error:
                raise ValueError(str(error)) from None
        return text


def game_of(config: TrainConfig) -> Game:
    """The game that a run plays. Raises UnknownName or BadOption."""
    return load_game(config.game, dict(config.options))
