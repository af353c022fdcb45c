"""Gradient steps of PPO, in two ways: by PyTorch for any network, and in compiled code for chains of layers.

In a network of a few thousand weights PyTorch's bookkeeping and Python's own take several times as long as the
mathematics. ``CompiledSteps`` does the same in one call for each share of a minibatch: what the network says, the
loss, the gradient, and then a step of Adam. A test holds both against each other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.learning.crew import Crew
from sparring.learning.networks import PolicyValueNetwork
from sparring.learning.networks.chain_kernels import Chain, adam_step, backwards, forwards, gather
from sparring.learning.networks.chain_network import ChainNetwork, Moments
from sparring.learning.ppo_loss import KL, STATISTICS, Heads, Known, Step, Weights, loss_gradients
from sparring.learning.rollouts import Samples

Floats: TypeAlias = NDArray[np.float32]
Statistics: TypeAlias = NDArray[np.float64]
PartOf: TypeAlias = Callable[[Tensor], tuple[Any, Statistics]]

WORTH_SHARING = 12_000_000
"""Samples times weights of a gradient step from which on threads gain more than they wait for each other."""
WORTH_SHARING_COMPILED = 1_000_000
"""The same of compiled steps, during which a thread needs nothing that another one holds."""

BLOCK = 128
"""Samples that compiled code takes at once."""


class Steps(Protocol):
    """Who takes the gradient steps of PPO's updates."""

    optimiser: torch.optim.Adam

    def take(self, samples: Samples, minibatches: Iterable[tuple[Tensor, ...]], step: Step) -> list[list[float]]:
        """Take a gradient step for each group of minibatches; returns each one's statistics and gradient norm.

        ``minibatches`` gives, for each step, the indices int64 [n] of the minibatches whose gradients are put together.
        It ends with what is no number, or at the divergence of ``step``. The network then has the new weights.
        """


class GradientSteps(ABC):
    """Steps on the processor: minibatches are shared among the crew, and their gradients put together."""

    def __init__(self, optimiser: torch.optim.Adam, crew: Crew, worth_sharing: float) -> None:
        """``worth_sharing``: samples of a minibatch from which on it is shared."""
        self.optimiser, self._crew, self._worth_sharing = optimiser, crew, worth_sharing

    def take(self, samples: Samples, minibatches: Iterable[tuple[Tensor, ...]], step: Step) -> list[list[float]]:
        """See ``Steps``."""
        history: list[list[float]] = []
        with self._update(samples, step.weights) as part_of:
            for minibatch in minibatches:
                results = [result for chosen in minibatch for result in self._share(part_of, chosen)]
                gradients, told = zip(*results, strict=True)
                statistics = sum_of(told) / len(told)
                if step.target_kl and history and statistics[KL] > step.target_kl:
                    break
                norm = self._step(gradients, step) if np.isfinite(statistics).all() else np.nan
                history.append([*statistics.tolist(), norm])
                if np.isnan(norm):
                    break
        return history

    def _share(self, part_of: PartOf, chosen: Tensor) -> list[tuple[Any, Statistics]]:
        return self._crew.share_out(part_of, chosen) if len(chosen) >= self._worth_sharing else [part_of(chosen)]

    @abstractmethod
    def _update(self, samples: Samples, weights: Weights) -> AbstractContextManager[PartOf]:
        """An update: what gives the gradient of the mean loss of samples, int64 [n], and their mean statistics."""

    @abstractmethod
    def _step(self, gradients: Sequence[Any], step: Step) -> float:
        """A step of Adam along the mean of gradients; returns how long that was."""


class TorchSteps(GradientSteps):
    """Steps of any network, by PyTorch."""

    def __init__(self, network: PolicyValueNetwork, optimiser: torch.optim.Adam, crew: Crew) -> None:
        self._network, self._parameters = network, list(network.parameters())
        size = sum(parameter.numel() for parameter in self._parameters)
        chance = any(isinstance(layer, nn.Dropout) for layer in network.modules())
        super().__init__(optimiser, crew, np.inf if chance else WORTH_SHARING / size)

    @contextmanager
    def _update(self, samples: Samples, weights: Weights) -> Iterator[PartOf]:
        def part(chosen: Tensor) -> tuple[Sequence[Tensor], Statistics]:
            outputs, values, asked = samples.ask(self._network, chosen)
            *of_outputs, statistics = samples.loss_gradients(outputs, values, asked, weights)
            return torch.autograd.grad([outputs, values], self._parameters, of_outputs), statistics

        yield part

    def _step(self, gradients: Sequence[Any], step: Step) -> float:
        for place, parameter in enumerate(self._parameters):
            parameter.grad = sum_of([part[place] for part in gradients]) / len(gradients)
        for group in self.optimiser.param_groups:
            group["lr"] = step.learning_rate
        norm = nn.utils.clip_grad_norm_(self._parameters, step.gradient_norm)
        self.optimiser.step()
        return float(norm)


class CompiledSteps(GradientSteps):
    """Steps of a chain of layers, without PyTorch: during an update weights and moments are here."""

    def __init__(self, network: ChainNetwork, optimiser: torch.optim.Adam, crew: Crew) -> None:
        super().__init__(optimiser, crew, WORTH_SHARING_COMPILED / network.weights.size)
        self._network, self._moments = network, Moments(network, optimiser)

    @contextmanager
    def _update(self, samples: Samples, weights: Weights) -> Iterator[PartOf]:
        assert samples.heads is not None
        network, task = self._network, Task(samples.known, samples.heads, weights)
        observations = samples.observations.numpy().reshape(len(samples), -1)
        network.load()
        self._moments.load()
        chain = network.chain

        def part(chosen: Tensor) -> tuple[Floats, Statistics]:
            rows, gradient = chosen.numpy(), np.zeros_like(network.weights)
            inputs = network.room(len(rows)).inputs
            gather(observations, rows, inputs)
            return gradient, sample_gradient(chain, network.weights, inputs, rows, task, gradient)

        yield part
        network.store()
        self._moments.store()

    def _step(self, gradients: Sequence[Any], step: Step) -> float:
        moments = self._moments
        moments.steps += 1
        gradient, rates = sum_of(gradients), moments.rates(step.learning_rate)
        if len(gradients) > 1:
            gradient *= np.float32(1 / len(gradients))
        kept = moments.mean, moments.square
        return float(adam_step(self._network.weights, gradient, kept, step.gradient_norm, rates))


class Task(NamedTuple):
    """What there is to learn in an update, for compiled code."""

    known: Known
    heads: Heads
    weights: Weights


@njit(cache=True, nogil=True, error_model="numpy")
def sample_gradient(
    chain: Chain, weights: Floats, inputs: Floats, chosen: NDArray[np.int64], task: Task, gradient: Floats
) -> Any:
    """Add that of the mean loss over the ``chosen`` to ``gradient: float32 [P]``; returns the statistics.

    ``inputs: float32 [n, w]`` are their observations. They are worked off in blocks that fit the processor's cache.
    """
    count, width = len(inputs), chain.room
    known, statistics = known_of(task.known, chosen), np.zeros(len(STATISTICS) + task.heads.starts.size - 1, np.float64)
    through = np.empty(min(BLOCK, count) * width, np.float32)
    slopes, of_block = np.empty_like(through), np.empty_like(gradient)
    for first in range(0, count, BLOCK):
        block = np.arange(first, min(first + BLOCK, count))
        seen, size = inputs[first : first + BLOCK], block.size * width
        passed, behind = through[:size], slopes[:size]
        forwards(chain, weights, seen, passed)
        found = loss_slopes(chain, passed, block, Task(known, task.heads, task.weights), behind)
        backwards(chain, weights, (seen, passed), behind, of_block)
        share = block.size / count
        statistics += share * found
        add_share(gradient, of_block, np.float32(share))
    return statistics


@njit(cache=True, nogil=True, error_model="numpy")
def known_of(known: Known, chosen: NDArray[np.int64]) -> Known:
    """What is known of the ``chosen`` samples, side by side."""
    count = chosen.size
    masks, actions = (
        np.empty((count, known.masks.shape[1]), np.bool_),
        np.empty((count, known.actions.shape[1]), np.int64),
    )
    gather(known.masks, chosen, masks)
    gather(known.actions, chosen, actions)
    return Known(
        masks,
        actions,
        known.log_probabilities[chosen],
        known.advantages[chosen],
        known.returns[chosen],
        known.values[chosen],
    )


@njit(cache=True, nogil=True, error_model="numpy")
def loss_slopes(chain: Chain, through: Floats, chosen: NDArray[np.int64], task: Task, slopes: Floats) -> Any:
    """Fill the end of ``slopes`` with the derivatives of the mean loss by what the last layer gave."""
    rows, width = chosen.size, chain.layers[-1].width
    outputs = through[through.size - rows * width :].reshape(rows, width)
    logits, values = np.empty((rows, width - 1), np.float32), np.empty(rows, np.float32)
    for row in range(rows):
        for j in range(width - 1):
            logits[row, j] = outputs[row, j]
        values[row] = outputs[row, width - 1] * chain.value_scale
    of_logits, of_values, statistics = loss_gradients(logits, values, chosen, task.known, task.heads, task.weights)
    of_outputs = slopes[slopes.size - rows * width :].reshape(rows, width)
    for row in range(rows):
        for j in range(width - 1):
            of_outputs[row, j] = of_logits[row, j]
        of_outputs[row, width - 1] = of_values[row] * chain.value_scale
    return statistics


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def add_share(total: Floats, part: Floats, share: Any) -> None:
    for i in range(total.size):
        total[i] += part[i] * share


def sum_of(parts: Sequence[Any]) -> Any:
    """The sum, in the order of the parts: the same bytes every time."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
