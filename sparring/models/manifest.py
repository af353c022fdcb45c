"""The manifest of a model: what it plays, where it comes from, and the hashes of its files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sparring.engine import Game
from sparring.errors import SparringError

MANIFEST = "manifest.json"


class Manifest(BaseModel):
    """What is known about a model; ``manifest.json`` in its folder."""

    model_config = ConfigDict(extra="forbid")

    format: int = Field(default=1, description="Version of this document.")
    game: str = Field(description="Name of the game that the model plays.")
    rules_version: int = Field(description="Version of the game's rules under which it was trained.")
    options: dict[str, int | float | str | bool] = Field(default_factory=dict, description="Options of the game.")
    observation_shape: list[int] = Field(description="Shape of one observation.")
    observation_dtype: str = Field(description="NumPy name of the observation's type.")
    actions: int = Field(description="Number of actions; the model has one logit for each.")
    plays: Literal["greedy", "mixed"] = Field(
        default="greedy",
        description="How it plays unless told otherwise: its most likely action, or one drawn by its probabilities.",
    )
    parent: str | None = Field(default=None, description="The model from which training went on, as name@version.")
    algorithm: str = Field(default="", description="The algorithm that trained it.")
    training: dict[str, Any] = Field(default_factory=dict, description="The configuration of the training run.")
    metrics: dict[str, float] = Field(default_factory=dict, description="What was measured at the end of training.")
    data: dict[str, Any] = Field(default_factory=dict, description="The span of experience: run, first and last step.")
    software: dict[str, str] = Field(default_factory=dict, description="Versions of the packages that made it.")
    created: str = Field(default_factory=lambda: now(), description="When it was made: ISO 8601, UTC.")
    files: dict[str, str] = Field(default_factory=dict, description="File name -> SHA-256; filled in by the registry.")


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def manifest_for(game: Game, **known: Any) -> Manifest:
    """A manifest with everything that follows from the game filled in; ``known`` are further fields."""
    return Manifest(
        game=game.name,
        rules_version=game.version,
        options=dict(game.options),
        observation_shape=list(game.observation_shape),
        observation_dtype=game.observation_dtype.name,
        actions=game.num_actions,
        **known,
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a model's folder. Raises SparringError when it is missing or no manifest."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SparringError(f"{folder} is no folder of a model: it has no {MANIFEST}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise SparringError(f"{path} is no manifest of a model: {where}: {first['msg']}.") from None


def check_plays(manifest: Manifest, game: Game, model: str) -> None:
    """Raise SparringError, with the difference, when a model with this manifest can't play ``game``."""
    differences = [
        f"{what} {theirs} instead of {ours}"
        for what, theirs, ours in [
            ("game", manifest.game, game.name),
            ("version of the rules", manifest.rules_version, game.version),
            ("options", manifest.options, dict(game.options)),
            ("observation", tuple(manifest.observation_shape), game.observation_shape),
            ("observation type", manifest.observation_dtype, game.observation_dtype.name),
            ("number of actions", manifest.actions, game.num_actions),
        ]
        if theirs != ours
    ]
    if differences:
        raise SparringError(f"The model {model} was made for another {'; '.join(differences)}. Train another.")
