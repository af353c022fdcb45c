"""Networks that are chains of dense layers, for compiled code: their weights in one array, in the order of a chain."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.learning.networks.dense_kernels import forwards, gather
from sparring.learning.networks.layers import Planes
from sparring.learning.networks.policy_value import Look, PolicyValueNetwork

Floats: TypeAlias = NDArray[np.float32]

DECAYS, EPSILON = (0.9, 0.999), 1e-5


class Chain(NamedTuple):
    """What ``dense_kernels`` has to know of a network."""

    widths: NDArray[np.int64]
    """int64 [layers + 1]: of the inputs and of what each layer gives; the last gives all logits and the value."""
    tanh: bool
    """Whether tanh follows the layers, or ReLU."""
    value_scale: float
    """What the value is multiplied with."""


class Room(NamedTuple):
    """For what goes through a network."""

    inputs: Floats
    """float32 [B, w_0]."""
    through: Floats
    """float32 [B * (w_1 + ... + w_n)]."""


class DenseNetwork:
    """A network that ``dense_form`` has found to be a chain of dense layers.

    The network's own parameters are the truth. ``load`` copies them to where compiled code finds them, and ``store``
    copies them back; between the two the network is out of date. Any number of threads may ask at once.
    """

    def __init__(self, network: PolicyValueNetwork, layers: Sequence[nn.Linear], tanh: bool) -> None:
        assert isinstance(network.policy, nn.Linear)
        self._network, self._layers, self._tanh = network, layers, tanh
        self._parameters = list(network.parameters())
        hidden = [layer.out_features for layer in layers]
        self._widths = np.array([layers[0].in_features, *hidden, network.policy.out_features + 1])
        self.weights = np.zeros(int(((self._widths[:-1] + 1) * self._widths[1:]).sum()), np.float32)
        """float32 [P]: layer by layer the matrix [inputs, outputs], then the biases."""
        self._own = self.by_parameter(self.weights)
        self._rooms = threading.local()

    @property
    def chain(self) -> Chain:
        """As it is now."""
        return Chain(self._widths, self._tanh, float(self._network.value_scale))

    @property
    def policy(self) -> nn.Module:
        """The layer that says what the policy is."""
        return self._network.policy

    def load(self) -> None:
        """Take the weights of the network."""
        for own, parameter in zip(self._own, self._parameters, strict=True):
            own[...] = parameter.detach().numpy()

    def store(self) -> None:
        """Give the network these weights."""
        with torch.no_grad():
            for own, parameter in zip(self._own, self._parameters, strict=True):
                parameter.copy_(torch.from_numpy(own))

    def by_parameter(self, flat: Floats) -> list[Floats]:
        """Views of ``flat: float32 [P]``, weights or something that each has, shaped as the network's parameters."""
        network, first, found = self._network, 0, {}
        joined: list[nn.Linear | None] = [*self._layers, None]
        for layer, before, after in zip(joined, self._widths, self._widths[1:], strict=False):
            middle, last = first + before * after, first + (before + 1) * after
            matrix, bias = flat[first:middle].reshape(before, after).T, flat[middle:last]
            heads = [(network.policy, slice(0, after - 1)), (network.value, slice(after - 1, after))]
            for own, part in [(layer, slice(None))] if layer is not None else heads:
                found[id(own.weight)], found[id(own.bias)] = matrix[part], bias[part]
            first = last
        return [found[id(parameter)] for parameter in self._parameters]

    def look(self, observations: Tensor, others: Tensor | None = None, memory: Tensor | None = None) -> Look:
        """As the network would, by the weights loaded; what it calls features are what the policy says."""
        assert others is None
        assert memory is None
        rows, chain = len(observations), self.chain
        inputs, through = self.room(rows)
        gather(observations.numpy().reshape(rows, -1), np.arange(rows), inputs)
        forwards(chain.widths, chain.tanh, self.weights, inputs, through)
        outputs = through[through.size - rows * int(chain.widths[-1]) :].reshape(rows, -1)
        values = outputs[:, -1] * np.float32(chain.value_scale)
        return Look(torch.from_numpy(outputs[:, :-1].copy()), torch.from_numpy(values))

    def said(self, features: Tensor, actions: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """The features of ``look``."""
        return features

    def room(self, rows: int) -> Room:
        """Room of this thread for so many observations, used again and again."""
        rooms: dict[int, Room] = self._rooms.__dict__.setdefault("by_rows", {})
        if rows not in rooms:
            inputs, width = np.empty((rows, int(self._widths[0])), np.float32), int(self._widths[1:].sum())
            rooms[rows] = Room(inputs, np.empty(rows * width, np.float32))
        return rooms[rows]


NetworkForm: TypeAlias = PolicyValueNetwork | DenseNetwork
"""What can be asked while matches are played."""


class Moments:
    """What Adam keeps for each weight of a dense network; the optimiser's own state is the truth."""

    def __init__(self, dense: DenseNetwork, optimiser: torch.optim.Adam) -> None:
        group = optimiser.param_groups[0]
        assert (group["betas"], group["eps"], group["weight_decay"]) == (DECAYS, EPSILON, 0)
        self._optimiser, self._parameters = optimiser, group["params"]
        self.mean, self.square = np.zeros_like(dense.weights), np.zeros_like(dense.weights)
        """float32 [P]: of the gradients, and of their squares."""
        self.steps = 0
        self._own = [dense.by_parameter(flat) for flat in (self.mean, self.square)]

    def load(self) -> None:
        """Take the state of the optimiser."""
        self.steps = 0
        for parameter, mean, square in zip(self._parameters, *self._own, strict=True):
            state: dict[str, Tensor] = self._optimiser.state.get(parameter, {})
            mean[...] = state["exp_avg"].numpy() if state else 0
            square[...] = state["exp_avg_sq"].numpy() if state else 0
            self.steps = int(state["step"]) if state else 0

    def store(self) -> None:
        """Give the optimiser this state."""
        for parameter, mean, square in zip(self._parameters, *self._own, strict=True):
            self._optimiser.state[parameter] = {
                "step": torch.tensor(float(self.steps)),
                "exp_avg": torch.from_numpy(mean.copy(order="C")),
                "exp_avg_sq": torch.from_numpy(square.copy(order="C")),
            }

    def rates(self, learning_rate: float) -> tuple[float, float, float]:
        """Of the step ``steps``: its size, what makes up for the second moment's youth, and the epsilon."""
        first, second = (1.0 - decay**self.steps for decay in DECAYS)
        return learning_rate / first, float(1.0 / np.sqrt(second)), EPSILON


def dense_form(network: PolicyValueNetwork) -> DenseNetwork | None:
    """The network as a chain of dense layers with one activation, tanh or ReLU; None where it is anything else."""
    extra = (*network.actor, *network.critic)
    whole = network.normalise is None and network.critic_body is None and network.memory is None
    plain = whole and isinstance(network.policy, nn.Linear)
    layers = [layer for layer in network.body if not _only_flattens(layer)]
    kinds: list[type[nn.Module]] = [type(layer) for layer in layers]
    pairs = len(kinds) // 2
    if extra or not plain or not pairs or kinds not in ([nn.Linear, nn.Tanh] * pairs, [nn.Linear, nn.ReLU] * pairs):
        return None
    return DenseNetwork(network, [layer for layer in layers if isinstance(layer, nn.Linear)], kinds[1] is nn.Tanh)


def _only_flattens(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Flatten) or (isinstance(layer, Planes) and not layer.sides)
