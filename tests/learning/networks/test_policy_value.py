"""Networks of policy and value: their layers are what the settings say, and each sees what it may see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sparring.engine import load_game
from sparring.learning.configuration import configure
from sparring.learning.networks import build_network
from sparring.learning.networks.heads import DeepHeads, LinearHeads
from sparring.learning.networks.layers import dense
from sparring.learning.networks.normaliser import Normaliser
from sparring.learning.networks.policy_value import PolicyValueNetwork

SIZES = (2, 3, 2)
OBSERVATIONS = torch.ones(4, *load_game("tic_tac_toe").observation_shape)


def network_of(**settings: Any) -> PolicyValueNetwork:
    game = load_game("tic_tac_toe")
    said = {f"network.{name}": value for name, value in settings.items()}
    torch.manual_seed(1)
    return build_network(configure(game, {"network.hidden": [16], **said}), game)


def test_weights_are_orthogonal_with_the_gain_of_their_place() -> None:
    network = network_of(hidden=[16, 8], actor=[8], critic=[8])
    hidden = [layer for part in (network.body, network.actor, network.critic) for layer in part if has_weights(layer)]
    assert len(hidden) == 4
    for layers, gain in ((hidden, 2**0.5), ([network.policy], 0.01), ([network.value], 1.0)):
        for layer in layers:
            weights = layer.weight.detach()
            short = weights if weights.shape[0] <= weights.shape[1] else weights.T
            assert torch.allclose(short @ short.T, gain**2 * torch.eye(len(short)), atol=1e-5)
            assert not layer.bias.any()


def has_weights(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Linear)


@pytest.mark.parametrize(
    ("name", "function"),
    [("relu", torch.relu), ("tanh", torch.tanh), ("gelu", nn.functional.gelu), ("silu", nn.functional.silu)],
)
def test_each_layer_is_followed_by_the_activation_that_was_chosen(name: str, function: Any) -> None:
    (layer, activation), width = dense(3, [5], name)
    seen = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))
    assert width == 5
    assert torch.allclose(activation(layer(seen)), function(seen @ layer.weight.T))


@pytest.mark.parametrize("kind", ["linear", "deep"])
@pytest.mark.parametrize("autoregressive", [True, False])
def test_a_head_sees_what_earlier_heads_chose_and_never_what_later_ones_did(kind: str, autoregressive: bool) -> None:
    torch.manual_seed(1)
    heads: Any = LinearHeads(4, SIZES, autoregressive) if kind == "linear" else None
    heads = heads or DeepHeads(4, SIZES, [6], "tanh", autoregressive)
    for parameter in heads.parameters():
        nn.init.normal_(parameter)
    features = torch.ones(1, 4)
    said = heads(features, torch.tensor([[0, 1, 0]]))
    for head, option, changed in ((0, 1, [1, 2]), (1, 2, [2]), (2, 1, [])):
        actions = torch.tensor([[0, 1, 0]])
        actions[0, head] = option
        parts = zip(said.split(SIZES, dim=1), heads(features, actions).split(SIZES, dim=1), strict=True)
        differ = [place for place, (before, after) in enumerate(parts) if not torch.allclose(before, after)]
        assert differ == (changed if autoregressive else [])


def test_earlier_choices_are_one_hots_of_mean_0_and_deviation_1() -> None:
    heads = LinearHeads(4, SIZES, autoregressive=True)
    for head, size in enumerate(SIZES):
        first = sum(SIZES[:head])
        shown = heads.spread[first : first + size, first : first + size]
        assert torch.allclose(shown.mean(dim=1), torch.zeros(size), atol=1e-6)
        assert torch.allclose(shown.std(dim=1, unbiased=False), torch.ones(size), atol=1e-6)


def test_dropout_leaves_features_out_while_it_learns_and_never_while_it_plays() -> None:
    network = network_of(dropout=0.5)
    network.eval()
    assert torch.equal(network(OBSERVATIONS)[1], network(OBSERVATIONS)[1])
    network.train()
    assert len(set(network(OBSERVATIONS)[1].tolist())) > 1
    assert network_of().train()(OBSERVATIONS)[1].unique().numel() == 1


def test_a_separate_value_learns_nothing_through_the_extractor_of_the_policy() -> None:
    for separate in (True, False):
        network = network_of(separate=separate)
        network(OBSERVATIONS)[1].sum().backward()
        touched = [parameter.grad is not None for parameter in network.body.parameters()]
        assert touched == [not separate] * 2


def test_observations_are_measured_by_all_that_was_seen_and_cut_off() -> None:
    seen = np.random.default_rng(1).normal([1.0, -20.0, 300.0], [0.1, 5.0, 80.0], (1000, 3))
    normaliser = Normaliser((3,), limit=5.0)
    for part in np.split(seen, [3, 400, 401]):
        normaliser.count(part)
    expected = (seen - seen.mean(axis=0)) / seen.std(axis=0)
    assert np.allclose(normaliser(torch.from_numpy(seen)).numpy(), expected, atol=1e-4)
    assert normaliser(torch.tensor([[1e6, -1e6, 0.0]]))[0, :2].tolist() == [5.0, -5.0]
