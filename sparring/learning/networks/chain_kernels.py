"""Chains of layers, compiled: forwards, backwards, and a step of Adam, without the interpreter in between.

Each layer multiplies patches of what it gets, [B * places, depth], with a matrix [depth, width], and adds a bias; after
each but the last follows tanh or ReLU (``chain_layers`` says how dense layers and convolutions are that). A chain has
its weights in one array, layer by layer: the matrix, then the biases [width]. What ``inputs: float32 [B, w]`` lead to
lies in one array, too, ``through: float32 [B * room]``: of each layer its patches, where they have to be put together,
and what it gives. Matrices are multiplied by the BLAS that comes with SciPy.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sparring.learning.networks.exponential import exponential

Floats: TypeAlias = NDArray[np.float32]


class Chain(NamedTuple):
    """What compiled code has to know of a network."""

    layers: NDArray[Any]
    """``chain_layers.LAYER`` [n]; the last gives all logits and the value."""
    taps: NDArray[np.int64]
    """int64: of all layers, one after the other."""
    room: int
    """Numbers that an observation needs in ``through``."""
    tanh: bool
    """Whether tanh follows the layers, or ReLU."""
    value_scale: float
    """What the value is multiplied with."""


ONE, TWO = np.float32(1), np.float32(2)


@njit(cache=True, nogil=True, error_model="numpy")
def gather(rows: NDArray[Any], chosen: NDArray[np.int64], found: NDArray[Any]) -> None:
    """Write the ``chosen`` of ``rows: [N, w]`` to ``found: [n, w]``, of any types."""
    for place in range(chosen.size):
        row = chosen[place]
        for column in range(rows.shape[1]):
            found[place, column] = rows[row, column]


@njit(cache=True, nogil=True, error_model="numpy")
def forwards(chain: Chain, weights: Floats, inputs: Floats, through: Floats) -> None:
    """Fill ``through``."""
    given, last = inputs, len(chain.layers) - 1
    for index in range(last + 1):
        layer = chain.layers[index]
        matrix, bias = weights_of(layer, weights)
        seen = patches_of(layer, given, through)
        if layer.taps >= 0:
            cut_patches(layer, chain.taps, given, seen)
        outputs = outputs_of(layer, len(inputs), through)
        np.dot(seen, matrix, outputs)
        finish_layer(outputs, bias, index == last, chain.tanh)
        given = outputs.reshape(len(inputs), layer.places * layer.width)


@njit(cache=True, nogil=True, error_model="numpy")
def backwards(chain: Chain, weights: Floats, passed: tuple[Floats, Floats], slopes: Floats, gradient: Floats) -> None:
    """Fill ``gradient``, like ``weights``, with the derivatives of a loss by the weights.

    ``passed``: inputs, and ``through`` as ``forwards`` left it. ``slopes``, of the same size, has the derivatives by
    what the last layer gave at its end, and gets those by what the others gave.
    """
    inputs, through = passed
    rows = len(inputs)
    for index in range(len(chain.layers) - 1, -1, -1):
        layer, before = chain.layers[index], chain.layers[max(index - 1, 0)]
        matrix, _ = weights_of(layer, weights)
        of_matrix, of_bias = weights_of(layer, gradient)
        of_outputs, size = outputs_of(layer, rows, slopes), before.places * before.width
        given = inputs if index == 0 else outputs_of(before, rows, through).reshape(rows, size)
        np.dot(patches_of(layer, given, through).T, of_outputs, of_matrix)
        sum_rows(of_outputs, of_bias)
        if index > 0:
            of_given = outputs_of(before, rows, slopes).reshape(rows, size)
            of_patches = patches_of(layer, of_given, slopes)
            np.dot(of_outputs, matrix.T, of_patches)
            if layer.taps >= 0:
                add_patches(layer, chain.taps, of_patches, of_given)
            through_activation(given, of_given, chain.tanh)


@njit(cache=True, nogil=True, error_model="numpy")
def weights_of(layer: Any, weights: Floats) -> tuple[Floats, Floats]:
    """The matrix [depth, width] and the biases [width] of a layer."""
    middle = layer.matrix + layer.depth * layer.width
    matrix = weights[layer.matrix : middle].reshape(layer.depth, layer.width)
    return matrix, weights[middle : middle + layer.width]


@njit(cache=True, nogil=True, error_model="numpy")
def outputs_of(layer: Any, rows: int, through: Floats) -> Floats:
    """What a layer gives: [rows * places, width]."""
    places = rows * layer.places
    return through[rows * layer.outputs : rows * layer.outputs + places * layer.width].reshape(places, layer.width)


@njit(cache=True, nogil=True, error_model="numpy")
def patches_of(layer: Any, given: Floats, through: Floats) -> Floats:
    """What the matrix of a layer is multiplied with, [rows * places, depth]: its room, or what it is ``given``."""
    if layer.taps < 0:
        return given
    places, first = len(given) * layer.places, len(given) * layer.patches
    return through[first : first + places * layer.depth].reshape(places, layer.depth)


@njit(cache=True, nogil=True, error_model="numpy")
def cut_patches(layer: Any, taps: NDArray[np.int64], given: Floats, patches: Floats) -> None:
    """Fill ``patches: [rows * places, depth]`` with what the taps of a layer say of ``given: [rows, w]``."""
    size = layer.places * layer.depth
    own, found = taps[layer.taps : layer.taps + size], patches.reshape(len(given), size)
    for row in range(len(given)):
        for i in range(size):
            found[row, i] = given[row, own[i]] if own[i] >= 0 else np.float32(0)


@njit(cache=True, nogil=True, error_model="numpy")
def add_patches(layer: Any, taps: NDArray[np.int64], patches: Floats, given: Floats) -> None:
    """The reverse of ``cut_patches``: what stands in several patches gets their sum."""
    size = layer.places * layer.depth
    own, found = taps[layer.taps : layer.taps + size], patches.reshape(len(given), size)
    given[:] = 0
    for row in range(len(given)):
        for i in range(size):
            if own[i] >= 0:
                given[row, own[i]] += found[row, i]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def finish_layer(outputs: Floats, bias: Floats, last: bool, tanh: bool) -> None:
    """Add the bias and, but to the last layer, apply the activation. What is no number stays none."""
    for row in range(outputs.shape[0]):
        line = outputs[row]
        if last:
            for j in range(bias.size):
                line[j] += bias[j]
        elif tanh:
            for j in range(bias.size):
                line[j] = ONE - TWO / (exponential(TWO * (line[j] + bias[j])) + ONE)
        else:
            for j in range(bias.size):
                number = line[j] + bias[j]
                line[j] = np.float32(0) if number < 0 else number


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def through_activation(after: Floats, slopes: Floats, tanh: bool) -> None:
    """Turn derivatives by what an activation gave, ``after``, into those by what it got."""
    given, slope = after.reshape(after.size), slopes.reshape(slopes.size)
    if tanh:
        for i in range(slope.size):
            slope[i] *= ONE - given[i] * given[i]
    else:
        for i in range(slope.size):
            slope[i] = slope[i] if given[i] > 0 else np.float32(0)


@njit(cache=True, nogil=True, error_model="numpy")
def sum_rows(rows: Floats, total: Floats) -> None:
    """``total`` of ``rows``."""
    total[:] = 0
    for row in range(rows.shape[0]):
        for j in range(total.size):
            total[j] += rows[row, j]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def adam_step(
    weights: Floats, gradient: Floats, moments: tuple[Floats, Floats], longest: float, rates: tuple[float, float, float]
) -> float:
    """A step of Adam (Kingma and Ba, 2015) along the gradient, shortened to ``longest``; returns how long that was.

    ``moments``: of the gradient and of its square. ``rates``: the size of the step, what the root of the second moment
    is multiplied with for being young, and the epsilon. Decays are .9 and .999.
    """
    mean, square = moments
    step, youth, epsilon = np.float32(rates[0]), np.float32(rates[1]), np.float32(rates[2])
    total = 0.0
    for i in range(gradient.size):
        total += gradient[i] * gradient[i]
    norm = np.sqrt(total)
    shrink = np.float32(min(1.0, longest / (norm + 1e-6)))
    for i in range(weights.size):
        slope = gradient[i] * shrink
        mean[i] += (slope - mean[i]) * np.float32(0.1)
        square[i] = square[i] * np.float32(0.999) + slope * slope * np.float32(0.001)
        weights[i] -= step * mean[i] / (np.sqrt(square[i]) * youth + epsilon)
    return float(norm)
