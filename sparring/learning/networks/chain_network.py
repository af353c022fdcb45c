"""Networks that are chains of layers, for compiled code: their weights in one array, in the order of a chain."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.learning.networks.chain_kernels import Chain, forwards, gather
from sparring.learning.networks.chain_layers import IS_TANH, KINDS, SHAPING, Plan, observed, plans_of, records_of
from sparring.learning.networks.policy_value import Look, PolicyValueNetwork

Floats: TypeAlias = NDArray[np.float32]

DECAYS, EPSILON = (0.9, 0.999), 1e-5


class Room(NamedTuple):
    """For what goes through a network."""

    inputs: Floats
    """float32 [B, w]."""
    through: Floats
    """float32 [B * room]."""


class Place(NamedTuple):
    """Where the weights of a parameter lie: columns of a layer's matrix, or of its biases."""

    shape: tuple[int, int]
    """Of the matrix that begins at ``first``; biases are one of a single row."""
    first: int
    order: NDArray[np.int64]
    """int64: which row holds what PyTorch counts first, second, and so on."""
    columns: slice


class ChainNetwork:
    """A network that ``chain_form`` has found to be a chain of layers.

    The network's own parameters are the truth. ``load`` copies them to where compiled code finds them, and ``store``
    copies them back; between the two the network is out of date. Any number of threads may ask at once.
    """

    def __init__(self, network: PolicyValueNetwork, layers: Sequence[Any], tanh: bool) -> None:
        assert isinstance(network.policy, nn.Linear)
        self._network, self._tanh, plans = network, tanh, plans_of(network)
        self._parameters = list(network.parameters())
        widths = [len(layer.weight) for layer in layers]
        records, self._taps = records_of(plans, [*widths, network.policy.out_features + 1])
        self._layers, last = records, records[-1]
        self._inputs, self._room = observed(network).size, int(last["outputs"] + last["width"])
        self.weights = np.zeros(int(last["matrix"] + (last["depth"] + 1) * last["width"]), np.float32)
        """float32 [P]: layer by layer the matrix [depth, width], then the biases."""
        places = self._places_of([*layers, None], plans)
        self._places = [places[id(parameter)] for parameter in self._parameters]
        self._rooms = threading.local()

    def _places_of(self, layers: Sequence[Any], plans: list[Plan]) -> dict[int, Place]:
        """By the id of the parameter."""
        network, found = self._network, {}
        for record, layer, plan in zip(self._layers, layers, plans, strict=True):
            first, depth, width = (int(record[name]) for name in ("matrix", "depth", "width"))
            heads = [(network.policy, slice(0, width - 1)), (network.value, slice(width - 1, width))]
            for own, columns in heads if layer is None else [(layer, slice(0, width))]:
                found[id(own.weight)] = Place((depth, width), first, plan.order, columns)
                found[id(own.bias)] = Place((1, width), first + depth * width, np.zeros(1, np.int64), columns)
        return found

    @property
    def chain(self) -> Chain:
        """As it is now."""
        return Chain(self._layers, self._taps, self._room, self._tanh, float(self._network.value_scale))

    @property
    def policy(self) -> nn.Module:
        """The layer that says what the policy is."""
        return self._network.policy

    def load(self) -> None:
        """Take the weights of the network."""
        self.take(self.weights, [parameter.detach().numpy() for parameter in self._parameters])

    def store(self) -> None:
        """Give the network these weights."""
        with torch.no_grad():
            for own, parameter in zip(self.give(self.weights), self._parameters, strict=True):
                parameter.copy_(torch.from_numpy(own))

    def take(self, flat: Floats, arrays: Iterable[Floats]) -> None:
        """Write ``arrays``, shaped as the network's parameters, to ``flat: float32 [P]``: as weights lie there."""
        for (shape, first, order, columns), array in zip(self._places, arrays, strict=True):
            matrix = flat[first : first + shape[0] * shape[1]].reshape(shape)
            matrix[order, columns] = array.reshape(-1, shape[0]).T

    def give(self, flat: Floats) -> list[Floats]:
        """The reverse of ``take``."""
        found = []
        for (shape, first, order, columns), parameter in zip(self._places, self._parameters, strict=True):
            matrix = flat[first : first + shape[0] * shape[1]].reshape(shape)
            found.append(np.ascontiguousarray(matrix[order, columns].T).reshape(parameter.shape))
        return found

    def look(self, observations: Tensor, others: Tensor | None = None, memory: Tensor | None = None) -> Look:
        """As the network would, by the weights loaded; what it calls features are what the policy says."""
        assert others is None
        assert memory is None
        rows, chain = len(observations), self.chain
        inputs, through = self.room(rows)
        gather(observations.numpy().reshape(rows, -1), np.arange(rows), inputs)
        forwards(chain, self.weights, inputs, through)
        outputs = through[through.size - rows * int(chain.layers[-1]["width"]) :].reshape(rows, -1)
        values = outputs[:, -1] * np.float32(chain.value_scale)
        return Look(torch.from_numpy(outputs[:, :-1].copy()), torch.from_numpy(values))

    def said(self, features: Tensor, actions: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """The features of ``look``."""
        return features

    def room(self, rows: int) -> Room:
        """Room of this thread for so many observations, used again and again."""
        rooms: dict[int, Room] = self._rooms.__dict__.setdefault("by_rows", {})
        if rows not in rooms:
            inputs = np.empty((rows, self._inputs), np.float32)
            rooms[rows] = Room(inputs, np.empty(rows * self._room, np.float32))
        return rooms[rows]


NetworkForm: TypeAlias = PolicyValueNetwork | ChainNetwork
"""What can be asked while matches are played."""


class Moments:
    """What Adam keeps for each weight of a chain; the optimiser's own state is the truth."""

    def __init__(self, network: ChainNetwork, optimiser: torch.optim.Adam) -> None:
        group = optimiser.param_groups[0]
        assert (group["betas"], group["eps"], group["weight_decay"]) == (DECAYS, EPSILON, 0)
        self._network, self._optimiser, self._parameters = network, optimiser, group["params"]
        self.mean, self.square = np.zeros_like(network.weights), np.zeros_like(network.weights)
        """float32 [P]: of the gradients, and of their squares."""
        self.steps = 0

    def load(self) -> None:
        """Take the state of the optimiser."""
        states: list[dict[str, Tensor]] = [self._optimiser.state.get(own, {}) for own in self._parameters]
        self.steps = int(states[0]["step"]) if states[0] else 0
        for flat, name in ((self.mean, "exp_avg"), (self.square, "exp_avg_sq")):
            known = [
                state[name].numpy() if state else np.zeros(own.shape, np.float32)
                for state, own in zip(states, self._parameters, strict=True)
            ]
            self._network.take(flat, known)

    def store(self) -> None:
        """Give the optimiser this state."""
        means, squares = self._network.give(self.mean), self._network.give(self.square)
        for parameter, mean, square in zip(self._parameters, means, squares, strict=True):
            self._optimiser.state[parameter] = {
                "step": torch.tensor(float(self.steps)),
                "exp_avg": torch.from_numpy(mean),
                "exp_avg_sq": torch.from_numpy(square),
            }

    def rates(self, learning_rate: float) -> tuple[float, float, float]:
        """Of the step ``steps``: its size, what makes up for the second moment's youth, and the epsilon."""
        first, second = (1.0 - decay**self.steps for decay in DECAYS)
        return learning_rate / first, float(1.0 / np.sqrt(second)), EPSILON


def chain_form(network: PolicyValueNetwork) -> ChainNetwork | None:
    """The network as a chain of dense layers and convolutions with one activation; None where it is anything else."""
    beside = network.normalise, network.bearings, network.critic_body, network.memory
    whole = all(part is None for part in beside)
    if network.actor or network.critic or not whole or not isinstance(network.policy, nn.Linear):
        return None
    body = [layer for layer in network.body if type(layer) not in SHAPING]
    layers, activations = body[::2], {type(layer) for layer in body[1::2]}
    if len(body) % 2 or len(activations) != 1 or not activations <= set(IS_TANH):
        return None
    known = all(type(layer) in KINDS for layer in layers)
    return ChainNetwork(network, layers, IS_TANH[activations.pop()]) if known else None
