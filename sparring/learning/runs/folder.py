"""A run: one folder that holds everything a training run says and needs to go on after any kind of end.

::

    runs/NAME/  config.json  log.txt  metrics.jsonl  result.json (once it is finished)
                tensorboard/  checkpoints/  past/  lock
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from torch.utils.tensorboard import SummaryWriter

from sparring.engine import home
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.configuration import TrainConfig
from sparring.learning.learner import Learner
from sparring.learning.runs.checkpoints import restore_latest, save_checkpoint, write_atomically

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)
LIMITS = ("minutes", "steps", "updates")


class Run:
    """An open run. Made by ``open_run``, which also holds its lock."""

    def __init__(self, folder: Path, config: TrainConfig) -> None:
        self.folder, self.config = folder, config
        self._log: IO[str] = (folder / "log.txt").open("a", encoding="utf-8", buffering=1)
        self._metrics: IO[str] | None = None
        self._events: SummaryWriter | None = None

    @property
    def name(self) -> str:
        return self.folder.name

    def restore(self, learner: Learner) -> None:
        """Go on from the latest checkpoint, if there is one, and forget what was logged after it."""
        checkpoint = restore_latest(learner, self.folder)
        lines = _whole_lines(self.folder / "metrics.jsonl")
        kept = [line for line in lines if json.loads(line)["update"] <= learner.update]
        write_atomically(self.folder / "metrics.jsonl", "".join(f"{line}\n" for line in kept).encode())
        self._metrics = (self.folder / "metrics.jsonl").open("a", encoding="utf-8", buffering=1)
        self._events = SummaryWriter(
            str(self.folder / "tensorboard"), purge_step=learner.steps, max_queue=1000, flush_secs=10
        )
        start = f"goes on from update {learner.update}" if checkpoint else f"starts with seed {self.config.seed}"
        self.note(f"The run {self.name} {start}.")

    def note(self, sentence: str) -> None:
        """Add a line to the log, with the time."""
        self._log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} {sentence}\n")

    def record(self, learner: Learner, metrics: dict[str, float]) -> None:
        """Add metrics, by stable names like ``loss/value``, to ``metrics.jsonl`` and TensorBoard."""
        assert self._metrics is not None, "restore() comes first"
        assert self._events is not None
        line = {"update": learner.update, "steps": learner.steps, "seconds": round(learner.seconds, 3), **metrics}
        self._metrics.write(json.dumps(line) + "\n")
        for name, value in metrics.items():
            self._events.add_scalar(name, value, learner.steps)

    def checkpoint(self, learner: Learner) -> Path:
        """Write a checkpoint; training can go on from it."""
        return save_checkpoint(learner, self.folder, self.config.checkpoints.keep)

    def write_result(self, result: dict[str, Any]) -> None:
        """Write ``result.json``."""
        write_atomically(self.folder / "result.json", json.dumps(result, indent=2).encode() + b"\n")

    def close(self) -> None:
        self._log.close()
        if self._metrics is not None:
            self._metrics.close()
        if self._events is not None:
            self._events.close()


@contextmanager
def open_run(config: TrainConfig, resume: bool = False) -> Iterator[Run]:
    """A new run in its folder; with ``resume``, the run of that name with the configuration that it has.

    A resumed run takes only its limits (minutes, steps, updates) from ``config``. Raises BadOption or UnknownName for a
    name that can't be, and SparringError when another process has the run open.
    """
    runs = home() / "runs"
    folder = runs / _checked_name(config.name, runs, resume)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SparringError(f"The run {folder.name} is going on in another process.") from None
        config = _stored(config, folder) if resume else config.model_copy(update={"name": folder.name})
        write_atomically(folder / "config.json", config.model_dump_json(indent=2).encode() + b"\n")
        run = Run(folder, config)
        try:
            yield run
        finally:
            run.close()


def run_names() -> list[str]:
    """The runs on this machine."""
    return sorted(path.parent.name for path in (home() / "runs").glob("*/config.json"))


def read_config(name: str) -> TrainConfig:
    """The configuration of a run. Raises UnknownName with the nearest run."""
    path = home() / "runs" / name / "config.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownName("run", name, run_names())
    return TrainConfig.model_validate_json(path.read_bytes())


def _checked_name(name: str, runs: Path, resume: bool) -> str:
    if not name:
        if resume:
            raise BadOption("Which run shall go on? Name it: --name NAME --resume.")
        taken = {path.name for path in runs.glob("run-*")}
        return next(f"run-{number}" for number in range(1, len(taken) + 2) if f"run-{number}" not in taken)
    if not _NAME.fullmatch(name):
        raise BadOption(f"'{name}' is no name for a run: take letters, digits, dots, dashes and underscores.")
    if resume:
        read_config(name)
    elif (runs / name / "config.json").exists():
        raise BadOption(f"There is a run {name} already. Go on with it by --resume, or choose another name.")
    return name


def _stored(config: TrainConfig, folder: Path) -> TrainConfig:
    stored = read_config(folder.name)
    if stored.game != config.game:
        raise BadOption(f"The run {folder.name} learns {stored.game}, not {config.game}.")
    limits = {name: value for name in LIMITS if (value := getattr(config, name)) is not None}
    return stored.model_copy(update={**dict.fromkeys(LIMITS), **limits} if limits else {})


def _whole_lines(path: Path) -> list[str]:
    """The lines of a file but for one that was cut off."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text.split("\n")[:-1]
