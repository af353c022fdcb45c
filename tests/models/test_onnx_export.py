"""What is served is what was trained."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.learning.configuration import configure
from sparring.learning.networks import build_network
from sparring.models.onnx_export import TOLERANCE, check_same, export_onnx, sample_observations

CASES = [
    ("connect_four", {"network.kind": "convolution", "activation": "relu"}),
    ("connect_four", {"network.kind": "convolution", "activation": "silu", "kernel": "3"}),
    ("othello", {"network.kind": "residual", "channels": "8", "blocks": "2"}),
    ("quarto", {"network.kind": "mlp", "activation": "gelu"}),
    ("rock_paper_scissors", {"network.kind": "mlp", "activation": "tanh", "hidden": "32,16"}),
]


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_the_exported_network_answers_what_the_network_answers(name: str, settings: dict[str, str]) -> None:
    game = load_game(name)
    torch.manual_seed(3)
    network = build_network(configure(game, settings), game)
    nn.init.orthogonal_(network.policy.weight, 1.0)
    for layer in network.modules():  # a residual block begins with nothing to add
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    difference = check_same(network, export_onnx(network, game), sample_observations(game))
    assert 0 <= difference <= TOLERANCE


def test_a_network_that_differs_from_its_export_is_caught() -> None:
    game = load_game("connect_four")
    network = build_network(configure(game), game)
    content = export_onnx(network, game)
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.policy.bias.add_(1e-3)
    with pytest.raises(SparringError, match="differs from the trained one"):
        check_same(other, content, sample_observations(game))


def test_large_logits_may_differ_by_as_much_as_float32_rounds_them_and_no_more() -> None:
    game = load_game("tic_tac_toe")
    network = build_network(configure(game), game)
    with torch.no_grad():
        network.policy.weight.mul_(1e5)
        network.value.weight.mul_(1e3)
    content = export_onnx(network, game)
    assert check_same(network, content, sample_observations(game)) <= TOLERANCE
    with torch.no_grad():
        network.policy.bias.add_(network(torch.from_numpy(sample_observations(game)))[0].abs().max() * 1e-4)
    with pytest.raises(SparringError, match="differs from the trained one"):
        check_same(network, content, sample_observations(game))


def test_a_layer_without_an_onnx_form_is_refused() -> None:
    game = load_game("tic_tac_toe")
    network = build_network(configure(game), game)
    network.body.append(nn.Softplus())
    with pytest.raises(SparringError, match="Softplus can't be exported"):
        export_onnx(network, game)
