"""What a training run can be told. Every field says what it does, in a sentence that the manual prints too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sparring.engine import Game, load_game
from sparring.errors import BadOption, UnknownName

OptionValue = int | float | str | bool


class TrainConfig(BaseModel):
    """A training run by masked PPO in self-play."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    game: str = Field(description="Name of the game.")
    options: dict[str, OptionValue] = Field(default_factory=dict, description="Options of the game.")
    name: str = Field(default="", description="Name of the run and its model; empty: the next free run-N.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Seed of everything random in the run.")
    minutes: float | None = Field(default=None, gt=0, description="Stop after this time.")
    steps: int | None = Field(default=None, gt=0, description="Stop after this many steps of the game.")

    environments: int = Field(default=512, ge=2, description="Matches played side by side.")
    rollout: int = Field(default=64, ge=1, description="Steps of each match between two updates.")
    random_openings: float = Field(default=0.8, ge=0, le=1, description="Share of matches that start with random play.")
    past_opponents: float = Field(default=0.2, ge=0, le=1, description="Share of matches against frozen past networks.")
    past_groups: int = Field(default=4, ge=1, description="How many different past networks are met at a time.")
    snapshot_every: int = Field(default=10, ge=1, description="Updates between two snapshots of the network.")

    batch: int = Field(default=512, ge=8, description="Samples of one gradient step.")
    epochs: int = Field(default=2, ge=1, description="Passes over a rollout.")
    learning_rate: float = Field(default=2e-3, gt=0, description="Step size of Adam at the start.")
    learning_rate_end: float = Field(default=1e-4, ge=0, description="Step size at the end; it falls in a line.")
    discount: float = Field(default=1.0, gt=0, le=1, description="Worth of a reward one step later (gamma).")
    trace: float = Field(default=0.95, ge=0, le=1, description="Decay of the advantage's trace (lambda of GAE).")
    clip: float = Field(default=0.2, gt=0, description="How far an action's probability may move in one update.")
    value_weight: float = Field(default=0.5, ge=0, description="Weight of the value loss.")
    entropy_weight: float = Field(default=0.15, ge=0, description="Weight of the entropy bonus at the start.")
    entropy_weight_end: float = Field(default=0.15, ge=0, description="Weight of the entropy bonus at the end.")
    averaging: float = Field(default=0.9, ge=0, lt=1, description="Memory of the averaged weights that are published.")
    gradient_norm: float = Field(default=1.0, gt=0, description="Longest gradient; longer ones are shortened to it.")

    network: Literal["mlp", "convolution"] = Field(default="mlp", description="Kind of the network's first layers.")
    channels: int = Field(default=32, ge=1, description="Channels of the convolution.")
    kernel: int = Field(default=4, ge=1, description="Side of the convolution's square kernel.")
    hidden: tuple[int, ...] = Field(default=(256, 256), description="Widths of the dense layers.")
    activation: Literal["relu", "tanh", "gelu", "silu"] = Field(default="relu", description="What follows each layer.")

    threads: int = Field(default=2, ge=1, le=64, description="Threads among which each gradient step is shared.")
    checkpoint_seconds: float = Field(default=60.0, gt=0, description="Seconds between two checkpoints.")
    probe_seconds: float = Field(default=10.0, gt=0, description="Seconds between two looks at the probe.")
    evaluation_seconds: float = Field(default=30.0, gt=0, description="Seconds between two duels with house agents.")


PRESETS: dict[str, dict[str, Any]] = {
    "connect_four": {
        "network": "convolution",
        "hidden": (256,),
        "learning_rate": 4e-3,
        "learning_rate_end": 2e-4,
        "entropy_weight": 0.3,
    },
    "tic_tac_toe": {
        "environments": 256,
        "rollout": 32,
        "hidden": (128, 128),
        "learning_rate": 4e-3,
        "entropy_weight": 0.1,
        "entropy_weight_end": 0.1,
    },
    "rock_paper_scissors": {"environments": 256, "rollout": 20, "hidden": (64, 64), "random_openings": 0.0},
}
"""What each game's runs start from; everything can be said otherwise."""


def configure(game: Game, settings: Mapping[str, Any] | None = None) -> TrainConfig:
    """The configuration for a game: its preset, overridden by ``settings``, whose text is read as the field's type.

    Raises UnknownName, with the nearest setting, or BadOption.

    >>> from sparring.engine import load_game
    >>> configure(load_game("connect_four"), {"epochs": "3"}).epochs
    3
    """
    known = [field for field in TrainConfig.model_fields if field not in ("game", "options")]
    for name in settings or {}:
        if name not in known:
            raise UnknownName("setting", name, known)
    chosen = {**PRESETS.get(game.name, {}), **(settings or {})}
    if isinstance(chosen.get("hidden"), str):
        chosen["hidden"] = [width.strip() for width in chosen["hidden"].split(",") if width.strip()]
    try:
        return TrainConfig(game=game.name, options=dict(game.options), **chosen)
    except ValidationError as error:
        raise BadOption(_sentence(error)) from None


def game_of(config: TrainConfig) -> Game:
    """The game that a run plays. Raises UnknownName or BadOption."""
    return load_game(config.game, dict(config.options))


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    field = TrainConfig.model_fields[name]
    problem = str(first["msg"]).removeprefix("Input ")
    return f"The setting {name} can't be {first['input']!r}: it {problem}. {field.description}"
