"""Checkpoints: a learner written to a folder in one step, and read back so that training goes on unchanged.

::

    checkpoints/000000120/   network.safetensors  averaged.safetensors  optimiser.safetensors  matches.safetensors
                             counters.json
    past/000000110.safetensors   a frozen past network, written once
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from sparring.errors import SparringError
from sparring.learning.learner import Learner
from sparring.learning.networks import PolicyValueNetwork, build_network

KEPT = 3
_DIGITS = 9


def save_checkpoint(learner: Learner, folder: Path) -> Path:
    """Write the learner below ``folder``; the checkpoint is there whole or not at all. The last three are kept."""
    _save_past(learner, folder / "past")
    checkpoints = folder / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    for unfinished in checkpoints.glob("tmp-*"):
        shutil.rmtree(unfinished)
    workplace = Path(tempfile.mkdtemp(prefix="tmp-", dir=checkpoints))
    write(workplace / "network.safetensors", save_tensors(learner.network.state_dict()))
    write(workplace / "averaged.safetensors", save_tensors(learner.averaged.state_dict()))
    write(workplace / "optimiser.safetensors", save_tensors(_optimiser_tensors(learner)))
    write(workplace / "matches.safetensors", save_arrays(learner.matches.arrays()))
    write(workplace / "counters.json", json.dumps(learner.counters()).encode())
    target = checkpoints / f"{learner.update:0{_DIGITS}}"
    if target.exists():
        shutil.rmtree(target)
    workplace.rename(target)
    for old in _checkpoints(folder)[:-KEPT]:
        shutil.rmtree(old)
    return target


def restore_latest(learner: Learner, folder: Path) -> Path | None:
    """Put the learner where the latest checkpoint below ``folder`` left it; None when there is none.

    Raises SparringError when the checkpoint can't be read.
    """
    found = _checkpoints(folder)
    if not found:
        return None
    checkpoint = found[-1]
    try:
        learner.network.load_state_dict(load_tensors((checkpoint / "network.safetensors").read_bytes()))
        learner.averaged.load_state_dict(load_tensors((checkpoint / "averaged.safetensors").read_bytes()))
        _restore_optimiser(learner, load_tensors((checkpoint / "optimiser.safetensors").read_bytes()))
        learner.matches.restore(load_arrays((checkpoint / "matches.safetensors").read_bytes()))
        learner.restore_counters(json.loads((checkpoint / "counters.json").read_bytes()))
        _restore_past(learner, folder / "past")
    except (OSError, SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise SparringError(
            f"The checkpoint {checkpoint} can't be read ({error}). Delete it to go on from the one before."
        ) from error
    return checkpoint


def write(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader sees the old or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    write(unfinished, content)
    unfinished.replace(path)


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "checkpoints").glob("*") if path.name.isdigit())


def _optimiser_tensors(learner: Learner) -> dict[str, torch.Tensor]:
    state: dict[int, dict[str, torch.Tensor]] = learner.optimiser.state_dict()["state"]
    return {f"{index}.{name}": tensor for index, entries in state.items() for name, tensor in entries.items()}


def _restore_optimiser(learner: Learner, tensors: dict[str, torch.Tensor]) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = tensor
    groups: Any = learner.optimiser.state_dict()["param_groups"]
    learner.optimiser.load_state_dict({"state": state, "param_groups": groups})


def _save_past(learner: Learner, folder: Path) -> None:
    for update, network in learner.past.snapshots.items():
        path = folder / f"{update:0{_DIGITS}}.safetensors"
        if not path.exists():
            write_atomically(path, save_tensors(network.state_dict()))


def _restore_past(learner: Learner, folder: Path) -> None:
    past = learner.past
    for path in sorted(folder.glob("*.safetensors")):
        update = int(path.stem)
        if update > learner.update or update % past.every:
            path.unlink()
            continue
        network: PolicyValueNetwork = build_network(learner.config, learner.game).requires_grad_(False)
        network.load_state_dict(load_tensors(path.read_bytes()))
        past.snapshots[update] = network
