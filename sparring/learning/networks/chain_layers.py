"""Layers as compiled code takes them: each multiplies patches of what it gets with one matrix.

A convolution has a patch for each place of its kernel, a dense layer a single one: all that it gets. What a layer gives
lies place by place, [places, width], while PyTorch lies plane by plane; so a plan says where things are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sparring.learning.networks.layers import Planes
from sparring.learning.networks.policy_value import PolicyValueNetwork

Where: TypeAlias = NDArray[np.int64]
"""int64, shaped as PyTorch has what a layer gets or gives for one observation: where each number lies."""

LAYER = np.dtype([(name, np.int64) for name in ("places", "depth", "width", "taps", "matrix", "patches", "outputs")])
"""A layer of a chain, for ``chain_kernels``: how many patches an observation has, the matrix's rows and columns, and
where begin: its taps (-1: it has none), its matrix, and, for each observation, its patches and what it gives."""


class Plan(NamedTuple):
    """How a layer is a product of patches with a matrix."""

    taps: NDArray[np.int64] | None
    """int64 [places, depth]: what stands where in the patches, -1 being zero; None: one patch, all that it gets."""
    order: NDArray[np.int64]
    """int64 [depth]: the matrix's row for each of a unit's weights, in PyTorch's order."""
    gives: Where


def planned_dense(layer: nn.Linear, gets: Where) -> Plan:
    """One patch."""
    return Plan(None, gets.ravel(), np.arange(layer.out_features))


def planned_convolution(layer: nn.Conv2d, gets: Where) -> Plan:
    """A patch for each place of the kernel: row by row of the kernel, column by column, plane by plane."""
    assert not isinstance(layer.padding, str)
    (high, wide), (above, beside) = layer.kernel_size, layer.padding
    padded = np.pad(gets, ((0, 0), (above, above), (beside, beside)), constant_values=-1)
    taps = np.lib.stride_tricks.sliding_window_view(padded, (high, wide), axis=(1, 2)).transpose(1, 2, 3, 4, 0)
    rows, columns = taps.shape[:2]
    planes, width = len(gets), layer.out_channels
    order = np.arange(high * wide * planes).reshape(high, wide, planes).transpose(2, 0, 1)
    gives = np.arange(rows * columns * width).reshape(rows, columns, width).transpose(2, 0, 1)
    return Plan(taps.reshape(rows * columns, -1), order.ravel(), gives)


def _without_frames(layer: Planes, gets: Where) -> Where:
    return gets.reshape(-1, *layer.sides) if layer.sides else gets.ravel()


KINDS: dict[type[nn.Module], Callable[[Any, Where], Plan]] = {
    nn.Linear: planned_dense,
    nn.Conv2d: planned_convolution,
}
"""The kinds of layers that a chain is made of."""

SHAPING: dict[type[nn.Module], Callable[[Any, Where], Where]] = {
    nn.Flatten: lambda _, gets: gets.ravel(),
    Planes: _without_frames,
}
"""Layers that only say what is beside what."""

IS_TANH: dict[type[nn.Module], bool] = {nn.Tanh: True, nn.ReLU: False}
"""What may follow a layer."""


def observed(network: PolicyValueNetwork) -> Where:
    """Where the numbers of an observation, or of several frames, lie: one after the other."""
    first = network.body[0]
    shape = (first.frames, *network.shape) if isinstance(first, Planes) else network.shape
    return np.arange(math.prod(shape)).reshape(shape)


def plans_of(network: PolicyValueNetwork) -> list[Plan]:
    """Of the layers of a chain, and at last of policy and value, which are one layer to it."""
    gets, plans = observed(network), []
    for layer in [*network.body, network.policy]:
        if type(layer) in KINDS:
            plans.append(KINDS[type(layer)](layer, gets))
            gets = plans[-1].gives
        elif type(layer) in SHAPING:
            gets = SHAPING[type(layer)](layer, gets)
    return plans


def records_of(plans: list[Plan], widths: list[int]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The layers as records ``LAYER [n]``, and the taps of all of them, int64 [...]."""
    records = np.zeros(len(plans), LAYER)
    taps: list[NDArray[np.int64]] = []
    tapped = weights = room = 0
    for index, (plan, width) in enumerate(zip(plans, widths, strict=True)):
        places, depth = (1, len(plan.order)) if plan.taps is None else plan.taps.shape
        begins, patches = (-1, 0) if plan.taps is None else (tapped, plan.taps.size)
        taps += [] if plan.taps is None else [plan.taps.ravel()]
        records[index] = (places, depth, width, begins, weights, room, room + patches)
        tapped, weights, room = tapped + patches, weights + (depth + 1) * width, room + patches + places * width
    return records, np.concatenate(taps) if taps else np.zeros(0, np.int64)
