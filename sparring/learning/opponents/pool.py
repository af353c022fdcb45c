"""A pool of frozen copies of what a learner has learned, by the update at which they were taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from sparring.learning.opponents.learned import Learned


class Pool:
    """Frozen copies, oldest first. A full pool forgets every second one, so that it goes on to span the whole history.

    A forgotten copy that somebody still plays with stays in ``copies`` until ``retain`` is called without it.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.members: list[int] = []
        """Those who may be met, oldest first."""
        self.copies: dict[int, Learned] = {}

    def add(self, update: int, learned: Learned) -> bool:
        """Take a copy; returns whether the pool was full, and has forgotten every second one."""
        self.copies[update] = learned.frozen()
        self.members.append(update)
        if len(self.members) <= self.capacity:
            return False
        self.members = self.members[1::2] or self.members[-1:]
        return True

    def retain(self, used: set[int]) -> None:
        """Drop the copies that are neither members nor ``used``."""
        kept = used.union(self.members)
        self.copies = {update: one for update, one in self.copies.items() if update in kept}

    def arrays(self) -> dict[int, dict[str, NDArray[Any]]]:
        """The numbers of each copy, for a checkpoint."""
        return {update: one.arrays() for update, one in sorted(self.copies.items())}

    def restore(self, arrays: Mapping[int, Mapping[str, NDArray[Any]]], like: Learned) -> None:
        """Take over ``arrays()``; ``like`` is of their form. Who of them is a member is said elsewhere."""
        self.copies = {update: like.thawed(weights) for update, weights in sorted(arrays.items())}
