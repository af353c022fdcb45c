"""One update: the gradient is that of PPO's loss, and threads change nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparring.learning.crew import Crew
from sparring.learning.networks import masked_log_softmax
from sparring.learning.ppo import Samples, estimate_advantages, explained_variance
from sparring.learning.ppo_loss import STATISTICS, loss_gradients
from sparring.learning.rollouts import Rollout

CLIP, VALUE_WEIGHT, ENTROPY_WEIGHT = 0.2, 0.5, 0.15


def samples(count: int, actions: int) -> dict[str, Tensor]:
    chance = torch.Generator().manual_seed(5)
    masks = torch.rand(count, actions, generator=chance) < 0.6
    masks[:, 2] = True
    masks[0] = torch.arange(actions) == 2
    before = masked_log_softmax(torch.randn(count, actions, generator=chance), masks)
    taken = torch.multinomial(before.exp(), 1, generator=chance)
    return {
        "logits": torch.randn(count, actions, generator=chance),
        "values": torch.randn(count, generator=chance),
        "masks": masks,
        "actions": taken[:, 0],
        "log_probabilities": before.gather(1, taken)[:, 0],
        "advantages": torch.randn(count, generator=chance),
        "returns": torch.randn(count, generator=chance),
    }


def loss_as_usually_written(known: dict[str, Tensor], logits: Tensor, values: Tensor) -> tuple[Tensor, list[float]]:
    log_probabilities = masked_log_softmax(logits, known["masks"])
    taken = log_probabilities.gather(1, known["actions"][:, None])[:, 0]
    log_ratio = taken - known["log_probabilities"]
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
    policy_loss = -torch.minimum(known["advantages"] * ratio, known["advantages"] * clipped).mean()
    value_loss = 0.5 * (values - known["returns"]).square().mean()
    entropy = -(log_probabilities.exp() * log_probabilities).sum(dim=1).mean()
    kl, outside = (ratio - 1 - log_ratio).mean(), ((ratio - 1).abs() > CLIP).float().mean()
    loss = policy_loss + VALUE_WEIGHT * value_loss - ENTROPY_WEIGHT * entropy
    return loss, [float(number.detach()) for number in (policy_loss, value_loss, entropy, kl, outside)]


def by_hand(known: dict[str, Tensor], chosen: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32], list[float]]:
    of_logits, of_values, statistics = loss_gradients(
        known["logits"][chosen].numpy(),
        known["values"][chosen].numpy(),
        chosen.numpy(),
        known["masks"].numpy(),
        known["actions"].numpy(),
        known["log_probabilities"].numpy(),
        known["advantages"].numpy(),
        known["returns"].numpy(),
        (CLIP, VALUE_WEIGHT, ENTROPY_WEIGHT),
    )
    return of_logits, of_values, statistics.tolist()


def test_the_gradient_by_hand_is_that_of_the_loss_as_it_is_usually_written() -> None:
    known = samples(400, 7)
    logits, values = known["logits"].clone().requires_grad_(True), known["values"].clone().requires_grad_(True)
    loss, expected = loss_as_usually_written(known, logits, values)
    of_logits, of_values = torch.autograd.grad(loss, [logits, values])
    found_logits, found_values, statistics = by_hand(known, torch.arange(400))
    assert found_logits == pytest.approx(of_logits.numpy(), abs=1e-7, rel=1e-4)
    assert found_values == pytest.approx(of_values.numpy(), abs=1e-7, rel=1e-4)
    assert statistics == pytest.approx(expected, rel=1e-4)
    assert len(statistics) == len(STATISTICS)
    assert (found_logits[~known["masks"].numpy()] == 0).all()
    assert 0.1 < statistics[4] < 0.9


def test_the_gradient_of_chosen_samples_is_theirs() -> None:
    known, chosen = samples(50, 7), torch.tensor([3, 41, 3, 20])
    alone = {name: tensor[chosen] for name, tensor in known.items()}
    found, expected = by_hand(known, chosen), by_hand(alone, torch.arange(4))
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert found[2] == expected[2]


def test_only_the_learner_s_own_decisions_become_samples_with_normalised_advantages() -> None:
    from sparring.engine import load_game

    rollout = Rollout.empty(load_game("tic_tac_toe"), 10, 4)
    rollout.learned[:, 1] = False
    rollout.rewards[:] = np.arange(40).reshape(10, 4)
    rollout.actions[:] = np.arange(4)
    found = Samples(rollout, estimate_advantages(rollout, 1.0, 0.95))
    assert set(found.actions.tolist()) == {0, 2, 3}
    assert float(found.advantages.mean()) == pytest.approx(0, abs=1e-6)
    assert float(found.advantages.std()) == pytest.approx(1, abs=1e-5)


def test_a_crew_returns_every_part_in_order_and_small_work_whole() -> None:
    with Crew(3) as crew:
        parts = crew.share_out(lambda part: part.tolist(), torch.arange(9))
        assert parts == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
        assert crew.share_out(lambda part: part.tolist(), torch.arange(5)) == [[0, 1, 2, 3, 4]]
    with Crew(1) as alone:
        assert alone.share_out(lambda part: part.tolist(), torch.arange(9)) == [list(range(9))]


def test_a_part_that_nobody_has_begun_is_done_by_the_one_who_waits() -> None:
    release = threading.Event()
    with Crew(2) as crew:
        assert crew._others is not None
        busy = crew._others.submit(release.wait)
        assert crew.share_out(lambda part: part.tolist(), torch.arange(4)) == [[0, 1], [2, 3]]
        assert not busy.done()
        release.set()


def test_what_goes_wrong_in_a_thread_is_raised() -> None:
    def fail(part: Tensor) -> None:
        if part[0] > 0:
            raise ValueError("second part")

    with Crew(2) as crew, pytest.raises(ValueError, match="second part"):
        crew.share_out(fail, torch.arange(4))


def test_the_explained_variance_is_one_for_perfect_values_and_zero_for_a_constant() -> None:
    returns = np.array([1.0, -1.0, 1.0, -1.0], np.float32)
    assert explained_variance(returns, np.zeros(4, np.float32)) == 1.0
    assert explained_variance(np.zeros(4, np.float32), returns) == 0.0
