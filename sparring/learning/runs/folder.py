"""A run: one folder that holds everything a training run says and needs to go on after any kind of end.

::

    runs/NAME/  config.json  settings.json  metrics.jsonl  tensorboard/  checkpoints/  past/  lock
                log.txt      output.txt (what a background process printed)
                result.json (once it has ended)  alarm.txt (while its probe is down)

A disk that is full costs a run what it can't write, and nothing else: it trains on, and tries again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from safetensors.numpy import load as load_arrays
from torch.utils.tensorboard import SummaryWriter

from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import TrainConfig
from sparring.learning.configuration.described import as_text, values_of
from sparring.learning.configuration.draft import LIMITS
from sparring.learning.learner import Learner, State
from sparring.learning.runs.checkpoints import checkpoint_folders, restore_latest, save_checkpoint
from sparring.learning.runs.lock import held
from sparring.learning.runs.names import CONFIG, folder_of, new_folder
from sparring.learning.runs.records import ALARM, LOG, METRICS, RARE, RESULT, SETTINGS
from sparring.learning.runs.whole_files import write_atomically

DENSE_UPDATES = 10_000
"""So many updates are logged one by one; then one in two, and so on, so that a log grows with the logarithm."""


class Beside(Protocol):
    """What has something to keep in the checkpoints of a run beside its learner: arrays by file and name."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Run:
    """An open run. Made by ``open_run``, which also holds its lock."""

    def __init__(self, folder: Path, config: TrainConfig) -> None:
        self.folder, self.config = folder, config
        self._log: IO[str] = (folder / LOG).open("a", encoding="utf-8", buffering=1)
        self._metrics: IO[str] | None = None
        self._events: SummaryWriter | None = None
        self._beside: Beside | None = None

    @property
    def name(self) -> str:
        return self.folder.name

    def restore(self, learner: Learner, beside: Beside | None = None) -> bool:
        """Go on from the latest checkpoint, if there is one, and forget what was logged after it.

        What is ``beside`` the learner is in all checkpoints, and goes on from there, too.
        """
        checkpoint = restore_latest(learner, self.folder)
        self._beside = beside
        if checkpoint is not None and beside is not None:
            files = {name: checkpoint / f"{name}.safetensors" for name in beside.state()}
            if files and all(path.exists() for path in files.values()):
                beside.restore({name: load_arrays(path.read_bytes()) for name, path in files.items()})
        kept = [text for text, update in _logged(self.folder / METRICS) if update <= learner.update]
        write_atomically(self.folder / METRICS, "".join(f"{text}\n" for text in kept).encode())
        self._metrics = (self.folder / METRICS).open("a", encoding="utf-8", buffering=1)
        self._events = SummaryWriter(
            str(self.folder / "tensorboard"), purge_step=learner.steps, max_queue=1000, flush_secs=10
        )
        start = f"goes on from update {learner.update}" if checkpoint else f"starts with seed {self.config.seed}"
        self.note(f"The run {self.name} {start}.")
        return checkpoint is not None

    def note(self, sentence: str) -> None:
        """Add a line to the log, with the time."""
        with suppress(OSError):
            self._log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} {sentence}\n")

    def record(self, learner: Learner, metrics: dict[str, float]) -> None:
        """Add metrics, by stable names like ``loss/value``, to ``metrics.jsonl`` and TensorBoard."""
        assert self._metrics is not None, "restore() comes first"
        rare = any(name.startswith(RARE) for name in metrics)
        if not rare and learner.update % (1 + learner.update // DENSE_UPDATES):
            return
        line = {"update": learner.update, "steps": learner.steps, "seconds": round(learner.seconds, 3), **metrics}
        with suppress(OSError):
            self._metrics.write(json.dumps(line) + "\n")
        self._show(lambda events: _add_scalars(events, metrics, learner.steps))

    def checkpoint(self, learner: Learner) -> Path:
        """Write a checkpoint; training can go on from it. Raises SparringError when it can't be written."""
        kept = self.config.checkpoints
        beside = {} if self._beside is None else self._beside.state()
        return save_checkpoint(learner, self.folder, kept.keep, kept.keep_every, beside)

    @property
    def last_checkpoint(self) -> Path | None:
        """The latest checkpoint that was written."""
        found = checkpoint_folders(self.folder)
        return found[-1] if found else None

    def write_alarm(self, sentence: str) -> None:
        """Say to whoever looks at the run that its probe has fallen; an empty sentence: that all is well again."""
        with suppress(OSError):
            if sentence:
                write_atomically(self.folder / ALARM, f"{sentence}\n".encode())
            else:
                (self.folder / ALARM).unlink(missing_ok=True)

    def write_result(self, result: dict[str, Any]) -> None:
        """Write ``result.json``. Raises SparringError when it can't be written."""
        try:
            write_atomically(self.folder / RESULT, json.dumps(result, indent=2).encode() + b"\n")
        except OSError as error:
            raise SparringError(f"The result of the run {self.name} can't be written: {error}.") from error

    def close(self) -> None:
        self._show(lambda events: events.close())
        for file in (self._log, self._metrics):
            if file is not None:
                with suppress(OSError):
                    file.close()

    def _show(self, what: Callable[[SummaryWriter], object]) -> None:
        """Tell TensorBoard, which hears nothing more once its file can't be written, until the run is taken up anew."""
        try:
            if self._events is not None:
                what(self._events)
        except OSError:
            self._events = None


def _add_scalars(events: SummaryWriter, metrics: dict[str, float], steps: int) -> None:
    for name, value in metrics.items():
        events.add_scalar(name, value, steps)


@contextmanager
def open_run(config: TrainConfig, resume: bool = False) -> Iterator[Run]:
    """A new run in its folder; with ``resume``, the run of that name with the configuration that it has.

    A resumed run takes only its limits (minutes, steps, updates) from ``config``. Raises BadOption or UnknownName for a
    name that can't be, and SparringError when another process has the run open or the disk is full.
    """
    folder = _folder_for(config, resume)
    with held(folder):
        if not resume and (folder / CONFIG).exists():
            raise BadOption(f"There is a run {folder.name} already. Go on with it by --resume, or choose another name.")
        config = _stored(config) if resume else config.model_copy(update={"name": folder.name})
        try:
            write_atomically(folder / CONFIG, config.model_dump_json(indent=2).encode() + b"\n")
            write_atomically(folder / SETTINGS, _settings(config))
            (folder / RESULT).unlink(missing_ok=True)
            run = Run(folder, config)
        except OSError as error:
            raise SparringError(f"The run {folder.name} can't be written to {folder}: {error}.") from error
        try:
            yield run
        finally:
            run.close()


def _settings(config: TrainConfig) -> bytes:
    """Every setting with value, default and sentence, as text, for lists and pages that can't ask the algorithm."""
    rows = [
        {
            "path": setting.path,
            "value": as_text(value),
            "default": as_text(setting.default),
            "changed": value != setting.default,
            "sentence": setting.sentence,
        }
        for setting, value in values_of(config)
        if setting.path != "name"
    ]
    return json.dumps(rows).encode()


def read_config(name: str) -> TrainConfig:
    """The configuration of a run. Raises UnknownName with the nearest run, or BadOption for one that can't be read."""
    path = folder_of(name) / CONFIG
    try:
        return TrainConfig.model_validate_json(path.read_bytes())
    except ValueError as error:
        why = " ".join(str(error).split())
        raise BadOption(f"The configuration of the run {name}, {path}, can't be read: {why}") from None


def _folder_for(config: TrainConfig, resume: bool) -> Path:
    if not resume:
        return new_folder(config.name)
    if not config.name:
        raise BadOption("Which run shall go on? Name it: --name NAME --resume.")
    return folder_of(config.name)


def _stored(config: TrainConfig) -> TrainConfig:
    stored = read_config(config.name)
    if stored.game != config.game:
        raise BadOption(f"The run {config.name} learns {stored.game}, not {config.game}.")
    limits = {name: value for name in LIMITS if (value := getattr(config, name)) is not None}
    return stored.model_copy(update={**dict.fromkeys(LIMITS), **limits} if limits else {})


def _logged(path: Path) -> Iterator[tuple[str, int]]:
    """The lines of metrics with the update of each, but for those that were cut off."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            with suppress(ValueError, KeyError, TypeError):
                yield text.rstrip("\n"), int(json.loads(text)["update"])
