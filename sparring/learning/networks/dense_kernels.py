"""Chains of dense layers, compiled: forwards, backwards, and a step of Adam, without the interpreter in between.

A chain of widths ``[w_0, ..., w_n]`` has its weights in one array, layer by layer: the matrix [w_l, w_l+1], then the
biases [w_l+1]. What ``inputs: float32 [B, w_0]`` lead to lies in one array, too: what each layer gives, [B, w_l], in
``through: float32 [B * (w_1 + ... + w_n)]``. After each layer but the last follows tanh or ReLU. Matrices are
multiplied by the BLAS that comes with SciPy.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sparring.learning.networks.exponential import exponential

Floats: TypeAlias = NDArray[np.float32]
Widths: TypeAlias = NDArray[np.int64]

ONE, TWO = np.float32(1), np.float32(2)


@njit(cache=True, nogil=True, error_model="numpy")
def gather(rows: NDArray[Any], chosen: NDArray[np.int64], found: NDArray[Any]) -> None:
    """Write the ``chosen`` of ``rows: [N, w]`` to ``found: [n, w]``, of any types."""
    for place in range(chosen.size):
        row = chosen[place]
        for column in range(rows.shape[1]):
            found[place, column] = rows[row, column]


@njit(cache=True, nogil=True, error_model="numpy")
def forwards(widths: Widths, tanh: bool, weights: Floats, inputs: Floats, through: Floats) -> None:
    """Fill ``through``."""
    rows, here, at = len(inputs), 0, 0
    for layer in range(widths.size - 1):
        width = widths[layer + 1]
        matrix, bias, here = layer_of(weights, here, widths[layer], width)
        outputs = through[at : at + rows * width].reshape(rows, width)
        at += rows * width
        np.dot(inputs, matrix, outputs)
        finish_layer(outputs, bias, layer + 2 == widths.size, tanh)
        inputs = outputs


@njit(cache=True, nogil=True, error_model="numpy")
def backwards(
    widths: Widths, tanh: bool, weights: Floats, passed: tuple[Floats, Floats], slopes: Floats, gradient: Floats
) -> None:
    """Fill ``gradient``, like ``weights``, with the derivatives of a loss by the weights.

    ``passed``: inputs, and ``through`` as ``forwards`` left it. ``slopes``, of the same size, has the derivatives by
    what the last layer gave at its end, and gets those by what the others gave.
    """
    first, through = passed
    rows, here, at = len(first), weights.size, through.size
    for layer in range(widths.size - 2, -1, -1):
        before, after = widths[layer], widths[layer + 1]
        here -= (before + 1) * after
        matrix, _, _ = layer_of(weights, here, before, after)
        of_matrix, of_bias, _ = layer_of(gradient, here, before, after)
        of_outputs = slopes[at - rows * after : at].reshape(rows, after)
        at -= rows * after
        inputs = first if layer == 0 else through[at - rows * before : at].reshape(rows, before)
        np.dot(inputs.T, of_outputs, of_matrix)
        sum_rows(of_outputs, of_bias)
        if layer > 0:
            of_inputs = slopes[at - rows * before : at].reshape(rows, before)
            np.dot(of_outputs, matrix.T, of_inputs)
            through_activation(inputs, of_inputs, tanh)


@njit(cache=True, nogil=True, error_model="numpy")
def layer_of(weights: Floats, here: int, before: int, after: int) -> tuple[Floats, Floats, int]:
    """The matrix [before, after] and the biases [after] that begin at ``here``, and where they end."""
    middle, end = here + before * after, here + (before + 1) * after
    return weights[here:middle].reshape(before, after), weights[middle:end], end


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
