"""What ``sparring train`` does."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from types import FrameType

from sparring.engine import load_game
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.runs import RunResult, read_config
from sparring.learning.terminal import TrainingView
from sparring.learning.train import train

DEFAULT_MINUTES = 4.0


def train_in_terminal(
    game: str,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 1,
    name: str = "",
    resume: bool = False,
    settings: Mapping[str, str] | None = None,
) -> RunResult:
    """Train, show how it goes, and publish; Ctrl-C stops after the next update, and the run can go on later.

    ``settings`` are fields of ``TrainConfig`` as text; those that are options of the game go to the game. Raises
    SparringError with a sentence, also when the loss is no number any more.
    """
    config = _configuration(game, minutes, steps, seed, name, resume, settings or {})
    with _stopped_by_signals() as stop, TrainingView(config) as view:
        result = train(config, on_update=view.update, stop=stop, resume=resume)
        view.finish(result)
    if result.status == "diverged":
        raise SparringError(f"The run {result.name} diverged: its loss is no number any more.")
    return result


def _configuration(
    game: str,
    minutes: float | None,
    steps: int | None,
    seed: int,
    name: str,
    resume: bool,
    settings: Mapping[str, str],
) -> TrainConfig:
    if resume:
        return _resumed(game, minutes, steps, name, settings)
    given = {"minutes": minutes, "steps": steps, "name": name or None, "seed": seed}
    said = {key: value for key, value in given.items() if value is not None}
    config = configure(game, {**said, **settings})
    endless = config.minutes is None and config.steps is None and config.updates is None
    return config.model_copy(update={"minutes": DEFAULT_MINUTES}) if endless else config


def _resumed(
    game: str, minutes: float | None, steps: int | None, name: str, settings: Mapping[str, str]
) -> TrainConfig:
    """The stored configuration; only its limits can be said anew."""
    if settings:
        raise BadOption("A run that goes on keeps its settings: leave --set out, or start another run.")
    if not name:
        raise BadOption("Which run shall go on? Name it: --name NAME --resume.")
    stored = read_config(name)
    if stored.game != load_game(game).name:
        raise BadOption(f"The run {name} learns {stored.game}, not {game}.")
    limits = {"minutes": minutes, "steps": steps} if minutes or steps else {}
    return stored.model_copy(update=limits)


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
