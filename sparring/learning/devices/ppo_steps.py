"""PPO's gradient steps on a device: a rollout goes there once, and only weights and statistics come back.

The loss is that of ``ppo_loss``, written for tensors, so that ``torch.compile`` makes it and its gradient into a few
kernels; schedules come in as tensors, so that nothing is compiled anew when they change. Between two steps nobody waits
for the device, unless the update is to stop at some divergence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.errors import BadOption
from sparring.learning.configuration import TrainConfig
from sparring.learning.devices.device_network import DeviceNetwork
from sparring.learning.networks import PolicyValueNetwork
from sparring.learning.ppo_loss import HALF_LOG_TWO_PI, KL, Heads, Step, mark_legal
from sparring.learning.rollouts import Samples


class PpoSteps:
    """Adam and the twin of a network on a device. ``heads``: options of each head; empty for actions in a box."""

    def __init__(
        self, network: PolicyValueNetwork, heads: tuple[int, ...], device: str = "cuda", compiled: bool = True
    ) -> None:
        self.there = DeviceNetwork(network, torch.device(device), compiled=False)
        self.heads = heads
        self.parameters = list(self.there.twin.parameters())
        self.optimiser = torch.optim.Adam(self.parameters, lr=1e-3, eps=1e-5, fused=True)
        self._losses = torch.compile(self.losses) if compiled else self.losses

    @staticmethod
    def check(config: TrainConfig) -> None:
        """Raises BadOption where the steps can't be taken on a device."""
        if config.network.memory:
            raise BadOption("A network with a memory learns on the processor only: set device=cpu.")

    def take(self, samples: Samples, minibatches: Iterable[tuple[Tensor, ...]], step: Step) -> list[list[float]]:
        """Take a gradient step for each group of minibatches; returns each one's statistics and gradient norm.

        ``minibatches`` gives, for each step, the indices int64 [n] of the minibatches whose gradients are put together.
        The network at home then has the new weights.
        """
        self.there.take()
        self.there.twin.train(self.there.home.training)
        sent = self._send(samples)
        weights = self.there.transfer.send("weights", np.array(step.weights, np.float32))
        for group in self.optimiser.param_groups:
            group["lr"] = step.learning_rate
        history: list[Tensor] = []
        for parts in minibatches:
            self.optimiser.zero_grad()
            statistics = torch.stack([self._gradients(sent, part, weights, len(parts)) for part in parts]).mean(dim=0)
            if step.target_kl and history and float(statistics[KL]) > step.target_kl:
                break
            norm = nn.utils.clip_grad_norm_(self.parameters, step.gradient_norm)
            self.optimiser.step()
            history.append(torch.cat([statistics, norm.detach()[None]]))
        self.there.bring_home()
        (found,) = self.there.transfer.fetch(torch.stack(history))
        told: list[list[float]] = found.tolist()
        return told

    def _gradients(self, sent: Mapping[str, Tensor], part: Tensor, weights: Tensor, parts: int) -> Tensor:
        """Add the gradients of one minibatch to those of its step; returns its statistics."""
        chosen = part.to(self.there.transfer.device)
        batch = {name: tensor[chosen] for name, tensor in sent.items()}
        outputs, values = self.there.twin(batch["observations"], batch["actions"], batch.get("others"))
        loss, statistics = self._losses(outputs, values, batch, weights)
        (loss / parts).backward()  # type: ignore[no-untyped-call]
        return statistics

    def _send(self, samples: Samples) -> dict[str, Tensor]:
        """All that is known of the samples, on the device."""
        known = samples.known
        arrays: dict[str, NDArray[Any]] = dict(known._asdict())
        if samples.heads is not None:
            arrays["masks"] = legal_options(known.masks, known.actions, samples.heads)
        tensors = {"observations": samples.observations, "others": samples.others}
        arrays |= {name: tensor.numpy() for name, tensor in tensors.items() if tensor is not None}
        return {name: self.there.transfer.send(name, array) for name, array in arrays.items()}

    def losses(
        self, outputs: Tensor, values: Tensor, batch: Mapping[str, Tensor], weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of one minibatch, and its statistics, float32 [5 + H]; see ``ppo_loss``.

        ``weights: float32 [4]`` are clip, value, entropy and the range of values.
        """
        clip, of_value, of_entropy, value_range = weights.unbind()
        if self.heads:
            log_probability, entropies = choices(outputs, batch["masks"], batch["actions"], self.heads)
        else:
            log_probability, entropies = points(outputs, batch["actions"])
        advantages = batch["advantages"]
        log_ratio = log_probability - batch["log_probabilities"]
        ratio = log_ratio.exp()
        clamped = torch.clamp(ratio, 1 - clip, 1 + clip)
        policy = -torch.minimum(advantages * ratio, advantages * clamped).mean()
        before, returns = batch["values"], batch["returns"]
        held_back = before + torch.clamp(values - before, -value_range, value_range)
        value = 0.5 * torch.maximum((values - returns).square(), (held_back - returns).square()).mean()
        of_heads = entropies.mean(dim=0)
        entropy = of_heads.sum()
        loss = policy + of_value * value - of_entropy * entropy
        divergence = (ratio - 1 - log_ratio).mean()
        outside = ((ratio - 1).abs() > clip).float().mean()
        told = torch.stack([policy, value, entropy, divergence, outside])
        return loss, torch.cat([told, of_heads]).detach()


def choices(logits: Tensor, legal: Tensor, actions: Tensor, heads: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Log-probabilities float32 [n] of choices, and entropies float32 [n, H].

    ``logits: float32 [n, L]``, ``legal: bool [n, L]``, ``actions: int64 [n, H]``, ``heads``: options of each head.
    """
    log_probability, entropies = torch.zeros_like(logits[:, 0]), []
    parts = zip(torch.split(logits, [*heads], dim=1), torch.split(legal, [*heads], dim=1), strict=True)
    for head, (of_head, allowed) in enumerate(parts):
        log_p = of_head.masked_fill(~allowed, -torch.inf).log_softmax(dim=1)
        known = log_p.masked_fill(~allowed, 0.0)
        entropies.append(-(known.exp() * known * allowed).sum(dim=1))
        log_probability = log_probability + known.gather(1, actions[:, head : head + 1])[:, 0]
    return log_probability, torch.stack(entropies, dim=1)


def points(normals: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
    """Log-densities float32 [n] of points in a box, and entropies float32 [n, k] of their normal distributions.

    ``normals: float32 [n, 2k]``: means, then logarithms of deviations; ``actions: float32 [n, k]``.
    """
    means, log_deviations = normals.chunk(2, dim=1)
    offsets = (actions - means) * torch.exp(-log_deviations)
    log_densities = -0.5 * offsets.square() - log_deviations - HALF_LOG_TWO_PI
    return log_densities.sum(dim=1), log_deviations + HALF_LOG_TWO_PI + 0.5


@njit(cache=True, nogil=True, error_model="numpy")
def legal_options(masks: NDArray[np.bool_], actions: NDArray[np.int64], heads: Heads) -> NDArray[np.bool_]:
    """Which options stood to choose from once earlier heads had chosen: bool [N, L]."""
    legal = np.zeros_like(masks)
    for row in range(len(masks)):
        mark_legal(masks[row], heads, actions[row], legal[row])
    return legal
