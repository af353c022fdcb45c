"""What a network says last: logits of one or several choices, or a normal distribution over a box.

Several choices are made head by head. With ``autoregressive`` heads the logits of each depend on what the earlier ones
chose, which they see as one-hots brought to mean 0 and deviation 1 (under uniform choice).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sparring.learning.networks.layers import dense, initialised

POLICY_GAIN = 0.01


class LinearHeads(nn.Module):
    """One linear layer for all heads, and one from earlier choices to later heads: [B, F] -> logits [B, L]."""

    def __init__(self, features: int, sizes: Sequence[int], autoregressive: bool) -> None:
        super().__init__()
        self.sizes, self.autoregressive = tuple(sizes), autoregressive
        self.own = initialised(nn.Linear(features, sum(sizes)), POLICY_GAIN)
        if autoregressive:
            self.earlier = nn.Parameter(torch.zeros(sum(sizes), sum(sizes)))
            self.register_buffer("later", _is_later(sizes), persistent=False)
            self.register_buffer("spread", _spread(sizes), persistent=False)

    later: Tensor
    spread: Tensor

    def forward(self, features: Tensor, actions: Tensor | None = None) -> Tensor:
        """Logits float32 [B, L], where ``actions: int64 [B, H]`` were chosen; without them, before any choice."""
        logits: Tensor = self.own(features)
        if self.autoregressive and actions is not None:
            logits = logits + one_hots(actions, self.sizes) @ self.table().T
        return logits

    def table(self) -> Tensor:
        """float32 [L, L]: ``table[i, j]`` is added to logit i once option j of an earlier head was chosen."""
        return (self.earlier * self.later) @ self.spread


class DeepHeads(nn.Module):
    """Layers of its own for each head, the first of which also sees the earlier choices: [B, F] -> logits [B, L]."""

    def __init__(
        self, features: int, sizes: Sequence[int], widths: Sequence[int], activation: str, autoregressive: bool
    ) -> None:
        super().__init__()
        self.sizes, self.autoregressive = tuple(sizes), autoregressive
        heads = []
        for head, size in enumerate(sizes):
            seen = features + (sum(sizes[:head]) if autoregressive else 0)
            layers, width = dense(seen, widths, activation)
            heads.append(nn.Sequential(*layers, initialised(nn.Linear(width, size), POLICY_GAIN)))
        self.heads = nn.ModuleList(heads)
        self.register_buffer("spread", _spread(sizes), persistent=False)

    spread: Tensor

    def forward(self, features: Tensor, actions: Tensor | None = None) -> Tensor:
        """As with ``LinearHeads``."""
        width = sum(self.sizes)
        chosen = features.new_zeros(len(features), width) if actions is None else one_hots(actions, self.sizes)
        return torch.cat([self.logits_of(head, features, chosen) for head in range(len(self.sizes))], dim=1)

    def logits_of(self, head: int, features: Tensor, chosen: Tensor) -> Tensor:
        """Logits [B, size] of one head; ``chosen: float32 [B, L]`` has one-hots of the earlier heads' choices."""
        if self.autoregressive and head:
            seen = (chosen @ self.spread.T)[:, : sum(self.sizes[:head])]
            features = torch.cat([features, seen], dim=1)
        logits: Tensor = self.heads[head](features)
        return logits


class Gaussian(nn.Module):
    """A normal distribution of each number of an action: [B, F] -> means and logarithms of deviations [B, 2n].

    Numbers are shares of the box: -1 is its low end, 1 its high end. The deviation does not depend on what is seen.
    """

    def __init__(self, features: int, numbers: int, deviation: float) -> None:
        super().__init__()
        self.mean = initialised(nn.Linear(features, numbers), POLICY_GAIN)
        self.log_deviation = nn.Parameter(torch.full((numbers,), math.log(deviation)))

    def forward(self, features: Tensor, actions: Tensor | None = None) -> Tensor:  # noqa: ARG002
        means: Tensor = self.mean(features)
        return torch.cat([means, self.log_deviation.expand_as(means)], dim=1)


def one_hots(actions: Tensor, sizes: Sequence[int]) -> Tensor:
    """Choices int64 [B, H] as float32 [B, L].

    >>> one_hots(torch.tensor([[1, 0]]), (2, 3)).tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0]]
    """
    starts = torch.tensor([sum(sizes[:head]) for head in range(len(sizes))])
    chosen = torch.zeros(len(actions), sum(sizes))
    return chosen.scatter_(1, actions + starts, 1.0)


def _is_later(sizes: Sequence[int]) -> Tensor:
    """float32 [L, L]: 1 where option i belongs to a later head than option j."""
    heads = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    return (heads[:, None] > heads[None, :]).float()


def _spread(sizes: Sequence[int]) -> Tensor:
    """float32 [L, L]: takes one-hots to mean 0 and deviation 1; heads that have not chosen stay 0."""
    spread = torch.zeros(sum(sizes), sum(sizes))
    for head, size in enumerate(sizes):
        share, first = 1.0 / size, sum(sizes[:head])
        deviation = math.sqrt(share * (1.0 - share)) or 1.0
        spread[first : first + size, first : first + size] = (torch.eye(size) - share) / deviation
    return spread
