"""From a learner to a model in the registry."""

from __future__ import annotations

from dataclasses import dataclass

import torch

import sparring
from sparring.engine import Game
from sparring.learning.configuration import TrainConfig
from sparring.learning.learner import Learner
from sparring.models import ModelRef, Registry, manifest_for


@dataclass(frozen=True)
class Snapshot:
    """All that is published of a learner, as it was at one moment."""

    game: Game
    config: TrainConfig
    plays: str
    files: dict[str, bytes]
    steps: int
    update: int


def snapshot(learner: Learner) -> Snapshot:
    """The learner as it is now. Raises SparringError when the ONNX form does not answer what the network answers."""
    return Snapshot(learner.game, learner.config, learner.plays, learner.model_files(), learner.steps, learner.update)


def publish(what: Snapshot, name: str, metrics: dict[str, float], parent: ModelRef | None = None) -> ModelRef:
    """Publish what was learned as the next version of ``name``: its files and a manifest."""
    config = what.config
    manifest = manifest_for(
        what.game,
        plays=what.plays,
        parent=None if parent is None else str(parent),
        algorithm=config.algorithm.name,
        training=config.model_dump(mode="json"),
        metrics=metrics,
        data={"run": config.name, "first_step": 0, "last_step": what.steps, "updates": what.update},
        software={"sparring": sparring.__version__, "torch": torch.__version__},
    )
    return Registry().publish(name, what.files, manifest)
