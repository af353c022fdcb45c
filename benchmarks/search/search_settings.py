"""What all contestants of the search have in common: positions, network, simulations. NumPy only."""

from itertools import pairwise

import numpy as np

TREES = 128
SIMULATIONS = 200
VALUE_SCALE = 0.1
"""Of values in -1..1, which nobody rescales: how deep and how narrow a tree grows depends on it."""
ROWS, COLUMNS, PLANES, ACTIONS = 6, 7, 2, 7
PLIES = 6
"""Random plies before the position that is searched: nobody can have won by then, and no column is full."""

DENSE = (64, 64)
CHANNELS, BLOCKS, SUMMARY, HIDDEN = 32, 2, 8, 64


def lines() -> np.ndarray:
    """The columns that led to each position: int64 [TREES, PLIES]."""
    return np.random.default_rng(1).integers(0, COLUMNS, (TREES, PLIES))


def dense_weights() -> list[tuple[np.ndarray, np.ndarray]]:
    """Two dense layers, then logits and value: (weight [in, out], bias [out]) each."""
    widths = [PLANES * ROWS * COLUMNS, *DENSE]
    random = np.random.default_rng(2)
    layers = [dense(random, before, after) for before, after in pairwise(widths)]
    return [*layers, dense(random, widths[-1], ACTIONS), dense(random, widths[-1], 1, 0.3)]


def residual_weights() -> list[tuple[np.ndarray, np.ndarray]]:
    """A convolution, two for each block, one that sums up, [out, in, k, k] each; a dense layer, logits, value."""
    random = np.random.default_rng(3)
    shapes = [(CHANNELS, PLANES, 3), *[(CHANNELS, CHANNELS, 3)] * (2 * BLOCKS), (SUMMARY, CHANNELS, 1)]
    layers = [convolution(random, *shape) for shape in shapes]
    dense_shapes = [(SUMMARY * ROWS * COLUMNS, HIDDEN, 1.0), (HIDDEN, ACTIONS, 1.0), (HIDDEN, 1, 0.3)]
    return layers + [dense(random, *shape) for shape in dense_shapes]


def dense(random: np.random.Generator, before: int, after: int, gain: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    weight = gain * random.normal(size=(before, after)) * np.sqrt(2 / before)
    return weight.astype(np.float32), np.zeros(after, np.float32)


def convolution(random: np.random.Generator, after: int, before: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    weight = random.normal(size=(after, before, side, side)) * np.sqrt(1 / (before * side * side))
    return weight.astype(np.float32), np.zeros(after, np.float32)
