"""Chains of dense layers without PyTorch's bookkeeping: forwards and backwards as a few operations on reused arrays.

In a network of a few thousand weights recording and differentiating takes several times as long as the mathematics;
and NumPy's tanh is several times as fast as PyTorch's. ``tests/learning/networks/test_dense_network.py`` holds both
against each other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.learning.networks.policy_value import PolicyValueNetwork

Floats: TypeAlias = NDArray[np.float32]


@dataclass
class Workplace:
    """Arrays of one thread for one number of rows: what goes through each layer."""

    inputs: list[Tensor]
    """float32 [B, width] before each dense layer; the last one before policy and value."""
    backwards: list[Tensor]
    """float32 [B, width]: the loss's gradient by each of them."""
    policy: Tensor
    value: Tensor


class DenseNetwork:
    """Forwards and backwards of a network that ``dense_form`` has found to be a chain of dense layers.

    The weights are the network's own: when they change, they change here. Any number of threads may ask at once.
    """

    def __init__(self, network: PolicyValueNetwork, layers: list[nn.Linear], tanh: bool) -> None:
        assert isinstance(network.policy, nn.Linear)
        self._layers, self._tanh = layers, tanh
        self._policy, self._value, self._scale = network.policy, network.value, network.value_scale
        parameters = list(network.parameters())
        self._sizes = [parameter.numel() for parameter in parameters]
        self._shapes = [parameter.shape for parameter in parameters]
        names = {id(parameter): place for place, parameter in enumerate(parameters)}
        found = (*layers, self._policy, self._value)
        self._places = {layer: (names[id(layer.weight)], names[id(layer.bias)]) for layer in found}
        self._own = threading.local()

    def forward(self, observations: NDArray[Any]) -> tuple[Floats, Floats]:
        """Observations [B, *shape] of any type -> logits float32 [B, A], values float32 [B]; good until asked again."""
        place = self._workplace(len(observations))
        with torch.no_grad():
            place.inputs[0].numpy()[:] = observations.reshape(len(observations), -1)
            for layer, before, after in zip(self._layers, place.inputs, place.inputs[1:], strict=False):
                torch.addmm(layer.bias, before, layer.weight.t(), out=after)
                array = after.numpy()
                np.tanh(array, out=array) if self._tanh else np.maximum(array, 0, out=array)
            torch.addmm(self._policy.bias, place.inputs[-1], self._policy.weight.t(), out=place.policy)
            torch.addmm(self._value.bias, place.inputs[-1], self._value.weight.t(), out=place.value)
            values = place.value[:, 0] * self._scale
        return place.policy.numpy(), values.numpy()

    def backward(self, of_logits: Floats, of_values: Floats) -> list[Tensor]:
        """Gradients of the loss by the parameters, in their order, from those by what ``forward`` just returned.

        float32 [B, A] and [B] in.
        """
        place = self._workplace(len(of_logits))
        with torch.no_grad():
            outputs = torch.from_numpy(of_logits)
            value = (torch.from_numpy(of_values) * self._scale)[:, None]
            parts = torch.split(torch.empty(sum(self._sizes)), self._sizes)
            found = [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]
            self._by_weights(self._policy, outputs, place.inputs[-1], found)
            self._by_weights(self._value, value, place.inputs[-1], found)
            behind = place.backwards[-1]
            torch.mm(outputs, self._policy.weight, out=behind)
            behind.addmm_(value, self._value.weight)
            for number in reversed(range(len(self._layers))):
                self._through_activation(place.inputs[number + 1].numpy(), place.backwards[number + 1].numpy())
                behind = place.backwards[number + 1]
                self._by_weights(self._layers[number], behind, place.inputs[number], found)
                if number:
                    torch.mm(behind, self._layers[number].weight, out=place.backwards[number])
        return found

    def _through_activation(self, after: Floats, gradient: Floats) -> None:
        """Turn the gradient by what an activation gave into that by what it got; ``after`` is used up."""
        if self._tanh:
            np.multiply(after, after, out=after)
            np.subtract(1, after, out=after)
            np.multiply(gradient, after, out=gradient)
        else:
            np.multiply(gradient, after > 0, out=gradient)

    def _by_weights(self, layer: nn.Linear, outputs: Tensor, inputs: Tensor, found: list[Tensor]) -> None:
        weight, bias = self._places[layer]
        torch.mm(outputs.t(), inputs, out=found[weight])
        torch.sum(outputs, 0, out=found[bias])

    def _workplace(self, rows: int) -> Workplace:
        places: dict[int, Workplace] = self._own.__dict__.setdefault("places", {})
        if rows not in places:
            widths = [self._layers[0].in_features, *(layer.out_features for layer in self._layers)]
            places[rows] = Workplace(
                inputs=[torch.empty(rows, width) for width in widths],
                backwards=[torch.empty(rows, width) for width in widths],
                policy=torch.empty(rows, self._policy.out_features),
                value=torch.empty(rows, 1),
            )
        return places[rows]


def dense_form(network: PolicyValueNetwork) -> DenseNetwork | None:
    """The network as a chain of dense layers with one activation, tanh or ReLU; None where it is anything else."""
    extra = (*network.actor, *network.critic)
    whole = network.normalise is None and network.critic_body is None and network.memory is None
    plain = whole and isinstance(network.policy, nn.Linear)
    kinds: list[type[nn.Module]] = [type(layer) for layer in network.body if not isinstance(layer, nn.Flatten)]
    pairs = len(kinds) // 2
    if extra or not plain or not pairs or kinds not in ([nn.Linear, nn.Tanh] * pairs, [nn.Linear, nn.ReLU] * pairs):
        return None
    layers = [layer for layer in network.body if isinstance(layer, nn.Linear)]
    return DenseNetwork(network, layers, tanh=kinds[1] is nn.Tanh)
