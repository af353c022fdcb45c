"""What turns with the world, seen from the own body, whichever of its sides faces the others.

Whether two bodies meet along one axis of the world or another, and which of its four alike sides an ant turns to the
other one: it is the same to them, so a network should not have to learn it again for each.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparring.engine import Bearings

LOOK_ALONG = (1.0, ((-2.0, 2, 2), (-2.0, 3, 3)))
LOOK_ACROSS = (0.0, ((2.0, 1, 2), (2.0, 0, 3)))
UPRIGHT = (
    (0.0, ((2.0, 1, 3), (-2.0, 0, 2))),
    (0.0, ((2.0, 2, 3), (2.0, 0, 1))),
    (1.0, ((-2.0, 1, 1), (-2.0, 2, 2))),
)
"""Entries of the rotation of a quaternion's numbers 0 to 3, w to z: a constant, and factors of products of two of them.
The first two are where the body's x axis points in the world, the last three how far up each of its axes points."""


class View(NamedTuple):
    """What B bodies see, each from the side that faces the others."""

    seen: Tensor
    """float32 [B, n]: the observation, as if that side were the front; zeros for its attitude, which has two signs."""
    turned: Tensor
    """float32 [B, width]: see ``FromOwnBody``."""
    side: Tensor
    """float32 [B, G]: 1 for the side."""


class OwnBody(nn.Module):
    """Looks at observations float32 [B, n] from the side that has the first of the others most ahead."""

    def __init__(self, bearings: Bearings, size: int) -> None:
        super().__init__()
        self.from_front = FromOwnBody(bearings, size)
        self.width = self.from_front.width
        sides = bearings.sides or ((torch.eye(size).numpy(), torch.eye(1).numpy()),)
        self.sides = len(sides)
        views = torch.stack([torch.from_numpy(seen).float() for seen, _ in sides])
        moves = torch.stack([torch.from_numpy(done).float() for _, done in sides])
        kept = torch.ones(size)
        kept[bearings.attitudes[0] : bearings.attitudes[0] + 4] = 0.0
        self.register_buffer("kept", kept, persistent=False)
        self.register_buffer("views", views.permute(2, 0, 1).reshape(size, -1).contiguous(), persistent=False)
        self.register_buffer("moves", moves.permute(1, 0, 2).reshape(moves.shape[1], -1), persistent=False)

    kept: Tensor
    views: Tensor
    """[n, G n]: an observation times this is what it is from all sides."""
    moves: Tensor
    """[A, G A]: an action times this is what it means where each side was the front."""

    def forward(self, seen: Tensor) -> View:
        views = (seen @ self.views).view(len(seen) * self.sides, -1)
        turned = self.from_front(views).view(len(seen), self.sides, -1)
        best = turned[:, :, self.from_front.AHEAD].argmax(dim=1)
        rows = torch.arange(len(seen), device=seen.device)
        side = nn.functional.one_hot(best, self.sides).float()
        return View(views.view(len(seen), self.sides, -1)[rows, best] * self.kept, turned[rows, best], side)

    def meant(self, said: Tensor, side: Tensor) -> Tensor:
        """What means and logarithms of deviations [B, 2 A], said as if ``side`` were the front, mean for the body."""
        means, deviations = said.chunk(2, dim=1)
        turned = (means @ self.moves, deviations @ self.moves.abs())
        return torch.cat([(each.view(len(said), self.sides, -1) * side.unsqueeze(2)).sum(dim=1) for each in turned], 1)


class FromOwnBody(nn.Module):
    """What turns with the world, as it is from the own body: float32 [B, n] -> [B, ``width``], in the world's units.

    How far ahead and to the left the middle of the world and the others' places lie, where velocities point, and where
    others look; then of each body how far up its three axes point. Turning the world changes nothing of it.
    """

    def __init__(self, bearings: Bearings, size: int) -> None:
        """``size``: n."""
        super().__init__()
        (own, *others), attitudes = bearings.places, bearings.attitudes
        forms = [(LOOK_ALONG, place) for place in attitudes] + [(LOOK_ACROSS, place) for place in attitudes]
        forms += [(form, place) for place in attitudes for form in UPRIGHT]
        products = [(column, at, part) for column, ((_, parts), at) in enumerate(forms) for part in parts]
        sums = torch.zeros(len(products), len(forms))
        for row, (column, _, (factor, _, _)) in enumerate(products):
            sums[row, column] = factor
        vectors = torch.zeros(size, 2, 1 + len(others) + len(bearings.directions))
        for axis in range(2):
            vectors[own + axis, axis, : 1 + len(others)] = -1.0
            for column, place in enumerate((*others, *bearings.directions), 1):
                vectors[place + axis, axis, column] = 1.0
        buffers = {
            "left": torch.tensor([at + i for _, at, (_, i, _) in products]),
            "right": torch.tensor([at + j for _, at, (_, _, j) in products]),
            "sums": sums,
            "constants": torch.tensor([constant for (constant, _), _ in forms]),
            "along": vectors[:, 0].contiguous(),
            "across": vectors[:, 1].contiguous(),
        }
        for name, buffer in buffers.items():
            self.register_buffer(name, buffer, persistent=False)
        self.bodies = len(attitudes)
        self.width = 2 * (vectors.shape[2] + self.bodies - 1) + 3 * self.bodies

    left: Tensor
    right: Tensor
    sums: Tensor
    constants: Tensor
    along: Tensor
    across: Tensor
    AHEAD = 1
    """The place of how far ahead the first of the others lies."""
    TINY = 1e-6
    """Of the length of a look straight up, so that it can be divided by."""

    def forward(self, seen: Tensor) -> Tensor:
        forms = (seen[:, self.left] * seen[:, self.right]) @ self.sums + self.constants
        along, across, upright = torch.split(forms, [self.bodies, self.bodies, 3 * self.bodies], dim=1)
        xs = torch.cat([seen @ self.along, along[:, 1:]], dim=1)
        ys = torch.cat([seen @ self.across, across[:, 1:]], dim=1)
        length = (along[:, :1].square() + across[:, :1].square()).sqrt() + self.TINY
        cosine, sine = along[:, :1] / length, across[:, :1] / length
        return torch.cat([cosine * xs + sine * ys, cosine * ys - sine * xs, upright], dim=1)
