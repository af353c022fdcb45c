"""Dense networks by hand: what PyTorch computes, and its gradients, for the networks that they say they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.learner import Now
from sparring.learning.networks import build_network
from sparring.learning.networks.dense_network import dense_form
from sparring.learning.ppo import PPO


def network_of(**settings):
    torch.manual_seed(1)
    game = load_game("connect_four")
    network = build_network(configure(game, {f"network.{name}": value for name, value in settings.items()}), game)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


def asked(rows, seed=1):
    """Random positions, and gradients of a loss by logits and values."""
    random = np.random.default_rng(seed)
    observations = random.integers(0, 2, (rows, 2, 6, 7)).astype(np.int8)
    return observations, random.normal(size=(rows, 7)).astype(np.float32), random.normal(size=rows).astype(np.float32)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("hidden", [(64, 64), (32,), (48, 24, 16)])
def test_forwards_and_backwards_are_those_of_pytorch(activation, hidden):
    network = network_of(kind="mlp", hidden=list(hidden), activation=activation)
    network.value_scale.fill_(2.5)
    dense = dense_form(network)
    for rows in (512, 7):
        observations, of_logits, of_values = asked(rows)
        logits, values = network(torch.from_numpy(observations))
        outputs = [torch.from_numpy(of_logits), torch.from_numpy(of_values)]
        expected = torch.autograd.grad([logits, values], list(network.parameters()), outputs)
        by_hand = dense.forward(observations)
        np.testing.assert_allclose(by_hand[0], logits.detach().numpy(), atol=1e-5)
        np.testing.assert_allclose(by_hand[1], values.detach().numpy(), atol=1e-5)
        for ours, theirs in zip(dense.backward(of_logits, of_values), expected, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-5 * float(theirs.abs().max() + 1))


def test_new_weights_are_seen_at_once():
    network = network_of(kind="mlp", hidden=[16], activation="tanh")
    dense, observations = dense_form(network), asked(9)[0]
    before = dense.forward(observations)[0].copy()
    with torch.no_grad():
        network.policy.bias += 1
    np.testing.assert_allclose(dense.forward(observations)[0], before + 1, atol=1e-6)


def test_threads_do_not_write_into_each_others_arrays():
    dense = dense_form(network_of(kind="mlp", hidden=[64, 64], activation="tanh"))

    def work(seed):
        observations, of_logits, of_values = asked(256, seed)
        dense.forward(observations)
        return [gradient.clone() for gradient in dense.backward(of_logits, of_values)]

    alone = [work(seed) for seed in range(16)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(16)))
    for one, other in zip(alone, together, strict=True):
        assert all(torch.equal(first, second) for first, second in zip(one, other, strict=True))


def test_an_update_by_hand_leads_where_pytorch_does():
    game = load_game("connect_four")
    settings = {"play.environments": 32, "play.rollout": 8, "batch": 64, "epochs": 1, "learning_rate": 1e-3}
    config = configure(game, {**settings, "network.kind": "mlp", "network.hidden": [32, 32]})
    learners = [PPO(game, config, Crew(1)) for _ in range(2)]
    learners[1].dense = None
    for learner in learners:
        learner.learn(Now(Moment()))
    before = weights_of(PPO(game, config, Crew(1)))
    by_hand, by_torch = (weights_of(learner) for learner in learners)
    assert (by_hand - before).abs().max() > 2e-3
    assert (by_hand - by_torch).abs().max() < 2e-4


def weights_of(learner):
    return torch.cat([parameter.detach().flatten() for parameter in learner.network.parameters()])


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "convolution", "hidden": [64]},
        {"kind": "mlp", "hidden": [64], "activation": "gelu"},
        {"kind": "mlp", "hidden": []},
    ],
)
def test_other_networks_have_no_dense_form(settings):
    assert dense_form(network_of(**settings)) is None
