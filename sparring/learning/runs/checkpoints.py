"""Checkpoints: a learner written to a folder in one step, and read back so that training goes on unchanged.

::

    checkpoints/000000120/   network.safetensors  averaged.safetensors  optimiser.safetensors  matches.safetensors
                             counters.json  average.safetensors (of the run's policies, where it is measured)
    past/000000110.safetensors   what never changes once it is made, written once: a frozen past network

Which files there are is the learner's business (``Learner.state``); those with a folder in their name never change.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from sparring.errors import SparringError
from sparring.learning.learner import Learner, State
from sparring.learning.runs.whole_files import write, write_atomically

_DIGITS = 9
_COUNTERS = "counters.json"


def save_checkpoint(
    learner: Learner, folder: Path, keep: int = 3, keep_every: int = 0, beside: State | None = None
) -> Path:
    """Write the learner, and what is kept ``beside`` it, below ``folder``; all of it is there or nothing.

    The last ``keep`` checkpoints stay; of those before them the first of each ``keep_every`` updates stays for good,
    with 0 none. Raises SparringError when it can't be written, as on a full disk; those before it are untouched.
    """
    checkpoints = folder / "checkpoints"
    try:
        checkpoints.mkdir(parents=True, exist_ok=True)
        for unfinished in checkpoints.glob("tmp-*"):
            shutil.rmtree(unfinished)
        target = checkpoints / f"{learner.update:0{_DIGITS}}"
        workplace = Path(tempfile.mkdtemp(prefix="tmp-", dir=checkpoints))
        try:
            _write_all(learner, folder, workplace)
            for name, arrays in (beside or {}).items():
                write(workplace / f"{name}.safetensors", save_arrays(arrays))
            if target.exists():
                shutil.rmtree(target)
            workplace.rename(target)
        except BaseException:
            shutil.rmtree(workplace, ignore_errors=True)
            raise
    except OSError as error:
        raise SparringError(f"The checkpoint of update {learner.update} can't be written: {error}.") from error
    for old in _not_kept(checkpoint_folders(folder)[:-keep], keep_every):
        shutil.rmtree(old, ignore_errors=True)
    return target


def _not_kept(checkpoints: list[Path], keep_every: int) -> list[Path]:
    """Those that go, where the first of each ``keep_every`` updates stays.

    >>> [path.name for path in _not_kept([Path(n) for n in ("000", "004", "009", "010", "013", "021")], 10)]
    ['004', '009', '013']
    """
    spans = [int(path.name) // keep_every if keep_every else -1 for path in checkpoints]
    stays = [keep_every > 0 and (n == 0 or span != spans[n - 1]) for n, span in enumerate(spans)]
    return [path for path, kept in zip(checkpoints, stays, strict=True) if not kept]


def _write_all(learner: Learner, folder: Path, workplace: Path) -> None:
    kept = []
    for name, arrays in learner.state().items():
        if "/" not in name:
            write(workplace / f"{name}.safetensors", save_arrays(arrays))
            continue
        kept.append(name)
        path = folder / f"{name}.safetensors"
        if not path.exists():
            write_atomically(path, save_arrays(arrays))
    document = {**learner.counters(), "kept": kept}
    write(workplace / _COUNTERS, json.dumps(document).encode())


def restore_latest(learner: Learner, folder: Path) -> Path | None:
    """Put the learner where the latest checkpoint below ``folder`` left it; None when there is none.

    What later checkpoints kept for good is deleted. Raises SparringError when the checkpoint can't be read.
    """
    found = checkpoint_folders(folder)
    if not found:
        return None
    checkpoint = found[-1]
    try:
        state, counters = read_checkpoint(checkpoint)
        learner.restore(state, counters)
        _forget_others(folder, counters["kept"])
    except (OSError, SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise SparringError(
            f"The checkpoint {checkpoint} can't be read ({error}). Delete it to go on from the one before."
        ) from error
    return checkpoint


def read_checkpoint(checkpoint: Path) -> tuple[State, dict[str, Any]]:
    """The arrays and counters of one checkpoint folder, with what it shares with others."""
    counters: dict[str, Any] = json.loads((checkpoint / _COUNTERS).read_bytes())
    files = {path.stem: path for path in checkpoint.glob("*.safetensors")}
    files |= {name: checkpoint.parent.parent / f"{name}.safetensors" for name in counters["kept"]}
    return {name: load_arrays(path.read_bytes()) for name, path in files.items()}, counters


def _forget_others(folder: Path, kept: list[str]) -> None:
    """Delete what stands beside ``kept`` in its folders, and belongs to a future that was forgotten."""
    folders = {path.parent for path in folder.glob("*/*.safetensors")}
    known = {folder / f"{name}.safetensors" for name in kept}
    for path in {path for each in folders for path in each.glob("*.safetensors")} - known:
        path.unlink()


def checkpoint_folders(folder: Path) -> list[Path]:
    """The checkpoints of the run in ``folder``, oldest first."""
    return sorted(path for path in (folder / "checkpoints").glob("*") if path.name.isdigit())
