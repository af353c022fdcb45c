"""Runs as jobs of this machine: started in the background, stopped, waited for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sparring.errors import BadOption
from sparring.learning.runs.lock import announce
from sparring.learning.runs.names import CONFIG, new_folder
from sparring.learning.runs.records import OUTPUT, RESULT, RunRecord, record_of
from sparring.learning.runs.whole_files import write_atomically

if TYPE_CHECKING:
    from sparring.learning.configuration import TrainConfig

LOOK_EVERY_SECONDS = 0.1


def start_in_background(config: TrainConfig) -> RunRecord:
    """Start a new run in a process of its own, which outlives this one and the shell that it came from."""
    folder = new_folder(config.name)
    config = config.model_copy(update={"name": folder.name})
    write_atomically(folder / CONFIG, config.model_dump_json(indent=2).encode() + b"\n")
    return _spawn(folder, config.game, [])


def resume_in_background(run: RunRecord, limits: dict[str, float | int | None]) -> RunRecord:
    """Go on with a run that nobody is at work on, in a process of its own. Raises BadOption."""
    if run.lives:
        raise BadOption(f"The run {run.name} is going on already.")
    words = [word for name, value in limits.items() if value is not None for word in (f"--{name}", str(value))]
    return _spawn(run.folder, run.game, words)


def _spawn(folder: Path, game: str, words: list[str]) -> RunRecord:
    command = [sys.executable, "-m", "sparring.cli", "train", game, "--name", folder.name, "--resume", *words]
    (folder / RESULT).unlink(missing_ok=True)
    with (folder / OUTPUT).open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    announce(folder, child.pid)
    return record_of(folder.name)


def stop(run: RunRecord, seconds: float, at_once: bool = False) -> RunRecord:
    """Ask the process of a run to stop, and wait for it up to ``seconds``; how the run stands then.

    It stops after its update, with a checkpoint; ``at_once``, it is killed, and its last checkpoint stays.
    """
    if run.holder is None:
        return run
    deadline, pause = time.monotonic() + seconds, threading.Event()
    asked = run.holder.pid > 1 and _signal(run.holder.pid, signal.SIGKILL if at_once else signal.SIGTERM)
    while (now := record_of(run.name)).lives and time.monotonic() < deadline:
        pause.wait(LOOK_EVERY_SECONDS)
    if now.state == "crashed" and asked:  # killed, or asked before it had begun: that is what was wanted
        ended = {"status": "stopped", "steps": now.steps, "seconds": now.seconds, "metrics": {}, "model": None}
        write_atomically(now.folder / RESULT, json.dumps(ended).encode())
        now = record_of(run.name)
    return now


def _signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
