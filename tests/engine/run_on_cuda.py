"""Plays games on CUDA and on the CPU side by side; run by test_cuda.py in a process of its own.

python run_on_cuda.py ROWS STEPS GAME[:OPTION=VALUE] …
"""

from __future__ import annotations

import sys

import numpy as np

from sparring.engine import Batch, load_game
from sparring.engine.cuda import CudaBatch
from sparring.errors import IllegalAction

ARRAYS = ("states", "observations", "masks", "seats", "rewards", "over", "random")


def contents(array: np.ndarray) -> list[bytes]:
    """Field by field: what lies between the fields of a record is nobody's."""
    return [array[name].tobytes() for name in array.dtype.names] if array.dtype.names else [array.tobytes()]


def differing(cpu: Batch, device: CudaBatch) -> list[str]:
    return [name for name in ARRAYS if contents(getattr(cpu, name)) != contents(device.host(name))]


def compare(spec: str, rows: int, steps: int) -> int:
    """Step both with the same actions, then let both play at random; returns how many matches have ended."""
    name, _, option = spec.partition(":")
    game = load_game(name, dict([option.split("=")]) if option else {})
    cpu, device = Batch(game, rows, seed=4), CudaBatch(game, rows, seed=4)
    random, ended = np.random.default_rng(1), 0
    for _ in range(steps):
        actions = game.random_actions(cpu.masks, random)
        cpu.step(actions)
        device.step(actions)
        assert differing(cpu, device) == [], spec
        ended += int(cpu.over.sum())
    for _ in range(4):
        cpu.random_play(steps)
        device.random_play(steps)
        assert differing(cpu, device) == [], spec
        ended += int(cpu.over.sum())
    refused(device)
    assert differing(cpu, device) == [], spec
    return ended


def refused(device: CudaBatch) -> None:
    """An action that the game doesn't have plays nothing."""
    bad = device.game.actions.zeros(*device.host("masks").shape[:-1])
    bad[...] = 10_000
    try:
        device.step(bad)
    except IllegalAction:
        return
    raise AssertionError("an illegal action was played")


if __name__ == "__main__":
    for spec in sys.argv[3:]:
        print(spec, compare(spec, int(sys.argv[1]), int(sys.argv[2])))  # noqa: T201
