"""Beginning a run with what another one has learned."""

from __future__ import annotations

import json

from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays

from sparring.engine import Game
from sparring.errors import BadOption, SparringError
from sparring.learning.learner import Learner, State
from sparring.learning.runs.checkpoints import checkpoint_folders, read_checkpoint
from sparring.learning.runs.names import CONFIG, folder_of
from sparring.models import Registry, check_plays

RUN = "run:"


def weights_of(source: str, game: Game) -> State:
    """The weights that ``source`` names: a model, ``connect_four/ada@3``, or the latest checkpoint of ``run:NAME``.

    Raises UnknownName, with the nearest one, or a SparringError for weights of another game.
    """
    if source.startswith(RUN):
        return _weights_of_run(source.removeprefix(RUN), game)
    registry = Registry()
    model = registry.find(source.removeprefix("model:"))
    check_plays(registry.manifest(model), game, str(model))
    file = registry.resolve(model) / "model.safetensors"
    if not file.is_file():
        raise BadOption(f"The model {model} has no weights to begin with.")
    return {"averaged": load_arrays(file.read_bytes())}


def begin_from(learner: Learner, source: str) -> None:
    """Let a fresh learner begin with the weights that ``source`` names. Raises SparringError when they don't fit."""
    learner.begin_from(weights_of(source, learner.game))


def _weights_of_run(name: str, game: Game) -> State:
    folder = folder_of(name)
    config = json.loads((folder / CONFIG).read_bytes())
    if (config["game"], config["options"]) != (game.name, dict(game.options)):
        raise BadOption(f"The run {name} learns {config['game']} with other rules or options than this one.")
    found = checkpoint_folders(folder)
    if not found:
        raise BadOption(f"The run {name} has no checkpoint yet.")
    try:
        return read_checkpoint(found[-1])[0]
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise SparringError(f"The checkpoint {found[-1]} can't be read ({error}).") from error
