"""One update: the gradient is that of PPO's loss, and threads change nothing."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from sparring.engine.actions import ActionSpace, action_space
from sparring.learning.crew import Crew
from sparring.learning.networks import masked_log_softmax
from sparring.learning.ppo import explained_variance
from sparring.learning.ppo_loss import STATISTICS, Heads, Known, Weights, box_loss_gradients, loss_gradients
from sparring.learning.rollouts import Rollout, Samples, estimate_advantages

CLIP, VALUE_WEIGHT, ENTROPY_WEIGHT = 0.2, 0.5, 0.15
ONE_HEAD = ((7,), [])
DEPENDENT_HEADS = ((4, 3, 3), [(1, 0, 0, [1]), (1, 1, 0, [0, 2, 3]), (1, 2, 0, [0, 2, 3]), (2, 1, 1, [0, 2])])


def heads_of(sizes: tuple[int, ...], dependencies: list[Any]) -> tuple[ActionSpace, Heads]:
    space = action_space(sizes, dependencies)
    return space, Heads(space.starts, space.together)


def samples(count: int, space: ActionSpace) -> dict[str, Tensor]:
    chance, random = torch.Generator().manual_seed(5), np.random.default_rng(5)
    width = space.options
    masks = torch.rand(count, width, generator=chance) < 0.6
    masks[:, space.starts[:-1]] = True
    if len(space.heads) > 1:
        masks[:] = True
        masks[::3, 3] = False
    words = random.integers(2**32, size=(count, 2), dtype=np.uint32)
    actions = np.zeros((count, len(space.heads)), np.int64)
    space.choose(masks.numpy(), words, actions)
    known = {
        "logits": torch.randn(count, width, generator=chance),
        "values": torch.randn(count, generator=chance),
        "masks": masks,
        "actions": torch.from_numpy(actions),
        "advantages": torch.randn(count, generator=chance),
        "returns": torch.randn(count, generator=chance),
        "values_before": torch.randn(count, generator=chance),
    }
    before = torch.randn(count, width, generator=chance)
    known["log_probabilities"] = head_terms(space, known, before)[0].sum(dim=1)
    return known


def head_terms(space: ActionSpace, known: dict[str, Tensor], logits: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities of the choices and entropies, [n, H], as they are usually written."""
    log_probabilities, entropies = [], []
    together = torch.from_numpy(space.together)
    for head in range(len(space.heads)):
        here = slice(int(space.starts[head]), int(space.starts[head + 1]))
        legal = known["masks"][:, here]
        for earlier in range(head if len(together) else 0):
            chosen = int(space.starts[earlier]) + known["actions"][:, earlier]
            legal = legal & together[here][:, chosen].T
        of_head = masked_log_softmax(logits[:, here], legal)
        log_probabilities.append(of_head.gather(1, known["actions"][:, head : head + 1])[:, 0])
        entropies.append(-(of_head.exp() * of_head).sum(dim=1))
    return torch.stack(log_probabilities, dim=1), torch.stack(entropies, dim=1)


def loss_as_usually_written(
    known: dict[str, Tensor], terms: tuple[Tensor, Tensor], values: Tensor, value_range: float
) -> tuple[Tensor, list[float]]:
    log_ratio = terms[0].sum(dim=1) - known["log_probabilities"]
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
    policy_loss = -torch.minimum(known["advantages"] * ratio, known["advantages"] * clipped).mean()
    held_back = known["values_before"] + (values - known["values_before"]).clamp(-value_range, value_range)
    errors = torch.maximum((values - known["returns"]).square(), (held_back - known["returns"]).square())
    value_loss, entropy = 0.5 * errors.mean(), terms[1].sum(dim=1).mean()
    kl, outside = (ratio - 1 - log_ratio).mean(), ((ratio - 1).abs() > CLIP).float().mean()
    loss = policy_loss + VALUE_WEIGHT * value_loss - ENTROPY_WEIGHT * entropy
    heads = [float(number) for number in terms[1].mean(dim=0).detach()]
    return loss, [float(number.detach()) for number in (policy_loss, value_loss, entropy, kl, outside)] + heads


def known_to_the_loss(known: dict[str, Tensor]) -> Known:
    names = ("masks", "actions", "log_probabilities", "advantages", "returns", "values_before")
    return Known(*(known[name].numpy() for name in names))


def weights(value_range: float = np.inf) -> Weights:
    return Weights(CLIP, VALUE_WEIGHT, ENTROPY_WEIGHT, value_range)


@pytest.mark.parametrize("value_range", [np.inf, 0.3])
@pytest.mark.parametrize("heads", [ONE_HEAD, DEPENDENT_HEADS])
def test_the_gradient_by_hand_is_that_of_the_loss_as_it_is_usually_written(heads: Any, value_range: float) -> None:
    space, of_space = heads_of(*heads)
    known = samples(400, space)
    logits, values = known["logits"].clone().requires_grad_(True), known["values"].clone().requires_grad_(True)
    loss, expected = loss_as_usually_written(known, head_terms(space, known, logits), values, value_range)
    of_logits, of_values = torch.autograd.grad(loss, [logits, values])
    found_logits, found_values, statistics = loss_gradients(
        known["logits"].numpy(),
        known["values"].numpy(),
        np.arange(400),
        known_to_the_loss(known),
        of_space,
        weights(value_range),
    )
    assert found_logits == pytest.approx(of_logits.numpy(), abs=1e-7, rel=1e-4)
    assert found_values == pytest.approx(of_values.numpy(), abs=1e-7, rel=1e-4)
    assert statistics.tolist() == pytest.approx(expected, rel=1e-4)
    assert len(statistics) == len(STATISTICS) + len(space.heads)
    assert (found_logits[~known["masks"].numpy()] == 0).all()
    assert 0.1 < statistics[4] < 0.95


def test_the_gradient_in_a_box_is_that_of_the_normal_distribution() -> None:
    chance = torch.Generator().manual_seed(5)
    count, size = 300, 3
    means, deviations = torch.randn(count, size, generator=chance), 0.5 * torch.randn(count, size, generator=chance)
    known = {name: torch.randn(count, generator=chance) for name in ("values", "advantages", "returns")}
    known |= {"values_before": known["values"], "actions": torch.randn(count, size, generator=chance)}
    before = torch.distributions.Normal(torch.zeros(count, size), torch.ones(count, size))
    known |= {"log_probabilities": before.log_prob(known["actions"]).sum(dim=1), "masks": torch.ones(count, 0) > 0}
    normals = torch.cat([means, deviations], dim=1).requires_grad_(True)
    values = known["values"].clone().requires_grad_(True)
    normal = torch.distributions.Normal(normals[:, :size], normals[:, size:].exp())
    terms = normal.log_prob(known["actions"]), normal.entropy()
    loss, expected = loss_as_usually_written(known, terms, values, np.inf)
    of_normals, of_values = torch.autograd.grad(loss, [normals, values])
    found, found_values, statistics = box_loss_gradients(
        normals.detach().numpy(), known["values"].numpy(), np.arange(count), known_to_the_loss(known), weights()
    )
    assert found == pytest.approx(of_normals.numpy(), abs=1e-6, rel=1e-3)
    assert found_values == pytest.approx(of_values.numpy(), abs=1e-7, rel=1e-4)
    assert statistics.tolist() == pytest.approx(expected, rel=1e-3)


def test_the_gradient_of_chosen_samples_is_theirs() -> None:
    space, of_space = heads_of(*DEPENDENT_HEADS)
    known, chosen = samples(50, space), torch.tensor([3, 41, 3, 20])
    alone = {name: tensor[chosen] for name, tensor in known.items()}
    found, expected = (
        loss_gradients(
            alone["logits"].numpy(), alone["values"].numpy(), rows, known_to_the_loss(data), of_space, weights()
        )
        for rows, data in ((chosen.numpy(), known), (np.arange(4), alone))
    )
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert np.array_equal(found[2], expected[2])


def test_only_the_learner_s_own_decisions_become_samples_with_normalised_advantages() -> None:
    from sparring.engine import load_game

    rollout = Rollout.empty(load_game("tic_tac_toe"), 10, 4)
    rollout.learned[:, 1] = False
    rollout.rewards[:] = np.arange(40).reshape(10, 4)
    rollout.actions[:] = np.arange(4)
    found = Samples(rollout, estimate_advantages(rollout, 1.0, 0.95), load_game("tic_tac_toe"))
    assert set(found.actions[:, 0].tolist()) == {0, 2, 3}
    assert float(found.known.advantages.mean()) == pytest.approx(0, abs=1e-6)
    assert float(found.known.advantages.std()) == pytest.approx(1, abs=1e-5)


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
