"""Chains of layers in compiled code: what they say, their gradients and their steps are PyTorch's."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.learner import Diverged, Now
from sparring.learning.network_learner import optimiser_arrays
from sparring.learning.networks import build_network
from sparring.learning.networks.chain_network import chain_form
from sparring.learning.networks.exponential import exponential, exponentials
from sparring.learning.ppo import PPO
from sparring.learning.ppo_loss import Step, Weights
from sparring.learning.ppo_steps import CompiledSteps, TorchSteps
from sparring.learning.rollouts import Rollout, Samples

GAME = load_game("connect_four")


def network_of(**settings):
    torch.manual_seed(1)
    said = {f"network.{name}": value for name, value in settings.items() if name != "frames"}
    frames = {"play.frames": settings["frames"]} if "frames" in settings else {}
    network = build_network(configure(GAME, {"network.kind": "mlp", **said, **frames}), GAME)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


def flat(network):
    """All weights, one after the other."""
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def observations_of(count, seed=1, frames=()):
    return np.random.default_rng(seed).integers(0, 2, (count, *frames, 2, 6, 7)).astype(np.int8)


def samples_of(count):
    """Random decisions to learn from."""
    random, rollout = np.random.default_rng(2), Rollout.empty(GAME, count, 1)
    rollout.observations[:] = observations_of(count)[:, None]
    rollout.actions[:] = random.integers(0, 7, (count, 1))
    rollout.masks[:] = random.random((count, 1, 7)) < 0.7
    rollout.masks[np.arange(count), 0, rollout.actions[:, 0]] = True
    rollout.log_probabilities[:] = -2 + 0.3 * random.normal(size=(count, 1))
    rollout.values[:] = random.normal(size=(count + 1, 1))
    return Samples(rollout, random.normal(size=(count, 1)).astype(np.float32), GAME)


def step_of(learning_rate=3e-3, gradient_norm=0.5, target_kl=0.0, value_range=np.inf):
    return Step(learning_rate, gradient_norm, target_kl, Weights(0.2, 0.5, 0.15, value_range))


def by_hand(network, optimiser, crew):
    return CompiledSteps(chain_form(network), optimiser, crew)


def two_of(network):
    """Two copies of a network, each with an optimiser."""
    copies = [copy.deepcopy(network) for _ in range(2)]
    return [(own, torch.optim.Adam(own.parameters(), lr=1e-3, eps=1e-5, fused=True)) for own in copies]


CONVOLUTIONS = {
    "one": {"kind": "convolution", "channels": [8], "hidden": [32]},
    "padded": {"kind": "convolution", "channels": [8, 12, 6], "kernel": 3, "padding": 1, "hidden": [24, 16]},
    "alone": {"kind": "convolution", "channels": [6, 5], "kernel": 3, "hidden": []},
}


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": [64, 64]},
        {"hidden": [48, 24], "frames": 3},
        *CONVOLUTIONS.values(),
        {**CONVOLUTIONS["padded"], "frames": 3},
    ],
)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_chain_says_what_its_network_says(settings, activation):
    network = network_of(activation=activation, **settings)
    network.value_scale.fill_(2.5)
    chain = chain_form(network)
    chain.load()
    for rows in (512, 7):
        seen = torch.from_numpy(observations_of(rows, frames=(3,) if "frames" in settings else ()))
        logits, values = network(seen)
        look = chain.look(seen)
        np.testing.assert_allclose(chain.said(look.features).numpy(), logits.detach().numpy(), atol=1e-5)
        np.testing.assert_allclose(look.values.numpy(), values.detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(
    ("settings", "value_range"),
    [
        ({"hidden": [64, 64]}, np.inf),
        ({"hidden": [32]}, 0.3),
        ({"hidden": [48, 24, 16]}, np.inf),
        (CONVOLUTIONS["one"], np.inf),
    ],
)
def test_ten_compiled_steps_lead_where_pytorch_s_do(settings, activation, value_range):
    network = network_of(activation=activation, **settings)
    network.value_scale.fill_(1.7)
    samples, step = samples_of(600), step_of(value_range=value_range)
    orders = [torch.randperm(600).split(300) for _ in range(10)]
    (ours, optimiser), (theirs, other) = two_of(network)
    found = by_hand(ours, optimiser, Crew(1)).take(samples, orders, step)
    expected = TorchSteps(theirs, other, Crew(1)).take(samples, orders, step)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-5)
    assert (flat(theirs) - flat(network)).abs().max() > 1e-2
    torch.testing.assert_close(flat(ours), flat(theirs), atol=2e-4, rtol=0)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_gradients_through_convolutions_are_pytorch_s(settings, activation):
    samples, network = samples_of(300), network_of(activation=activation, **settings)
    (ours, optimiser), (theirs, other) = two_of(network)
    for own, steps in ((optimiser, by_hand(ours, optimiser, Crew(1))), (other, TorchSteps(theirs, other, Crew(1)))):
        steps.take(samples, [(torch.arange(300),)], step_of())
        assert len(optimiser_arrays(own)) == 3 * len(list(network.parameters()))
    for (name, found), expected in zip(
        optimiser_arrays(optimiser).items(), optimiser_arrays(other).values(), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max(), rtol=1e-4, err_msg=name)


def test_compiled_steps_and_pytorch_s_go_on_from_each_other():
    network, samples = network_of(**CONVOLUTIONS["padded"], activation="tanh"), samples_of(64)
    (ours, optimiser), (theirs, other) = two_of(network)
    for steps_of in (by_hand, TorchSteps, by_hand, TorchSteps):
        everything = [(torch.arange(64),)] * 3
        steps_of(ours, optimiser, Crew(1)).take(samples, everything, step_of())
        TorchSteps(theirs, other, Crew(1)).take(samples, everything, step_of())
    torch.testing.assert_close(flat(ours), flat(theirs), atol=1e-4, rtol=0)
    for own, expected in zip(optimiser_arrays(optimiser).items(), optimiser_arrays(other).items(), strict=True):
        assert own[0] == expected[0]
        np.testing.assert_allclose(own[1], expected[1], atol=1e-3 * np.abs(expected[1]).max())


def test_an_update_stops_at_its_divergence():
    network, samples = network_of(hidden=[16], activation="tanh"), samples_of(64)
    (ours, optimiser), (theirs, other) = two_of(network)
    everything, step = [(torch.arange(64),)] * 50, step_of(1e-2, target_kl=0.1)
    found = by_hand(ours, optimiser, Crew(1)).take(samples, everything, step)
    expected = TorchSteps(theirs, other, Crew(1)).take(samples, everything, step)
    assert 1 <= len(found) == len(expected) < 50


def test_a_crew_s_gradient_is_that_of_one_and_the_same_bytes_every_time():
    network, samples = network_of(hidden=[64, 64], activation="tanh"), samples_of(1024)

    def weights_after(crew):
        (ours, optimiser), _ = two_of(network)
        by_hand(ours, optimiser, crew).take(samples, [(half,) for half in torch.arange(1024).split(512)], step_of())
        return flat(ours)

    with Crew(2) as crew:
        shared = [weights_after(crew) for _ in range(5)]
    assert all(torch.equal(shared[0], again) for again in shared)
    torch.testing.assert_close(shared[0], weights_after(Crew(1)), atol=1e-5, rtol=0)


def test_threads_that_ask_at_once_do_not_write_into_each_others_arrays():
    chain = chain_form(network_of(hidden=[64, 64], activation="tanh"))
    chain.load()

    def work(seed):
        return chain.look(torch.from_numpy(observations_of(256, seed))).features

    alone = [work(seed) for seed in range(16)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(16)))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_what_is_no_number_is_not_hidden(activation):
    network = network_of(hidden=[16], activation=activation)
    with torch.no_grad():
        network.body[1].weight[3, 5] = torch.nan
    found = by_hand(*two_of(network)[0], Crew(1)).take(samples_of(32), [(torch.arange(32),)] * 2, step_of())
    assert len(found) == 1
    assert np.isnan(found[0]).any()


def learner_of(**settings):
    small = {"play.environments": 32, "play.rollout": 8, "batch": 64, "epochs": 1, "learning_rate": 1e-3}
    return PPO(GAME, configure(GAME, {**small, "network.kind": "mlp", "network.hidden": [32, 32], **settings}), Crew(1))


CONVOLUTION = {"network.kind": "convolution", "network.channels": [8]}


@pytest.mark.parametrize("settings", [{}, CONVOLUTION], ids=["dense", "convolution"])
def test_a_compiled_update_leads_where_pytorch_does(settings):
    before, learners = flat(learner_of(**settings).network), [learner_of(**settings), learner_of(**settings)]
    learners[1].chain = None
    learners[1].learn_by(TorchSteps(learners[1].network, learners[1].optimiser, Crew(1)))
    losses = [learner.learn(Now(Moment()))["loss/value"] for learner in learners]
    compiled, by_torch = (flat(learner.network) for learner in learners)
    assert (compiled - before).abs().max() > 2e-3
    assert (compiled - by_torch).abs().max() < 2e-4
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_a_run_of_convolutions_that_was_put_down_and_taken_up_ends_in_the_same_bytes(resumes_to_the_same_bytes):
    resumes_to_the_same_bytes(lambda: learner_of(**CONVOLUTION))


def test_a_compiled_update_that_diverges_ends_the_run():
    learner = learner_of(learning_rate=1e30)
    with pytest.raises(Diverged, match="Try a lower learning_rate"):
        learner.learn(Now(Moment()))


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "residual", "hidden": [64]},
        {"kind": "convolution", "hidden": [64], "activation": "gelu"},
        {"hidden": []},
        {"hidden": [64], "actor": [32]},
        {"hidden": [64], "separate": True},
        {"hidden": [64], "normalise": True},
        {"hidden": [64], "memory": 16},
        {"hidden": [64], "dropout": 0.1},
    ],
)
def test_other_networks_are_no_chains(settings):
    assert chain_form(network_of(**settings)) is None


def test_the_compiled_exponential_is_that_of_libm():
    numbers = np.linspace(-87, 88, 400_001, dtype=np.float32)[None]
    exact = np.exp(numbers.astype(np.float64))
    assert np.abs(exponentials(numbers) / exact - 1).max() < 2e-7
    assert exponential(np.float32(-87.5)) == 0
    assert exponential(np.float32(-np.inf)) == 0
    assert exponential(np.float32(1000)) == exponential(np.float32(88))
    assert np.isnan(exponential(np.float32(np.nan)))
