"""What ``sparring train`` and ``sparring runs`` do."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Any

from sparring.engine import load_game
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import TrainConfig, game_of
from sparring.learning.configuration.configure import Resolved, resolve
from sparring.learning.configuration.draft import LIMITS
from sparring.learning.runs.folder import read_config
from sparring.learning.runs.jobs import start_in_background
from sparring.learning.runs.names import check_new_name
from sparring.learning.runs.progress import RunResult
from sparring.learning.runs.records import RunRecord
from sparring.learning.terminal import TrainingView
from sparring.learning.train import check_run, train

DEFAULT_MINUTES = 4.0
_SAID_ANEW = (*LIMITS, "name")


def train_in_terminal(
    game: str, settings: Mapping[str, Any] | None = None, preset: str = "", resume: bool = False
) -> RunResult:
    """Train, show how it goes, and publish; Ctrl-C stops after the next update, and the run can go on later.

    ``settings`` are those of the run by path or last word, as text or values; options of the game go to the game.
    With ``resume`` only ``name`` and limits can be said. Raises SparringError with a sentence, also when the loss is no
    number any more.
    """
    config = _resumed(game, settings or {}, preset) if resume else checked(game, settings, preset).config
    with _stopped_by_signals() as stop, TrainingView(config) as view:
        result = train(config, on_update=view.update, stop=stop, resume=resume)
        view.finish(result)
    if result.status == "diverged":
        raise SparringError(f"The run {result.name} diverged: its loss is no number any more.")
    return result


def train_in_background(game: str, settings: Mapping[str, Any] | None = None, preset: str = "") -> RunRecord:
    """Check, and start a run in a process of its own. Raises SparringError with a sentence."""
    return start_in_background(checked(game, settings, preset).config)


def checked(game: str, settings: Mapping[str, Any] | None = None, preset: str = "") -> Resolved:
    """The configuration of a run that could be started: what ``--check`` shows. Raises SparringError."""
    resolved = resolve(game, settings, preset)
    if resolved.has_no_limit:
        resolved = Resolved(resolved.config.model_copy(update={"minutes": DEFAULT_MINUTES}), resolved.draft)
    check_new_name(resolved.config.name)
    check_run(game_of(resolved.config), resolved.config)
    return resolved


def _resumed(game: str, settings: Mapping[str, Any], preset: str) -> TrainConfig:
    """The stored configuration; only its limits can be said anew."""
    if preset or any(key not in _SAID_ANEW for key in settings):
        raise BadOption("A run that goes on keeps its settings: leave --set and --preset out, or start another run.")
    name = str(settings.get("name", ""))
    if not name:
        raise BadOption("Which run shall go on? Name it: --name NAME --resume.")
    stored = read_config(name)
    if stored.game != load_game(game).name:
        raise BadOption(f"The run {name} learns {stored.game}, not {game}.")
    limits = {key: settings[key] for key in LIMITS if key in settings}
    said = resolve(game, limits).config if limits else None
    return stored.model_copy(update={key: getattr(said, key) for key in LIMITS}) if said is not None else stored


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the process as usual."""
    stop = Event()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
