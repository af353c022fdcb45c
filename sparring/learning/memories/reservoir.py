"""What neural fictitious self-play remembers: recent transitions, and a fair sample of all its best responses.

Transitions here go from one decision of a seat to the next decision of the *same* seat: where cards are hidden, what
the opponent sees in between says too little about what a decision was worth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.learning.learner import State


class Ring:
    """The latest ``capacity`` transitions: arrays by name, of which row i belongs to transition i."""

    def __init__(self, game: Game, capacity: int) -> None:
        self.capacity, self.added = capacity, 0
        self.arrays: dict[str, NDArray[Any]] = {
            "observations": np.zeros((capacity, *game.observation_shape), game.observation_dtype),
            "actions": np.zeros(capacity, np.int64),
            "rewards": np.zeros(capacity, np.float32),
            "onward": np.zeros(capacity, np.float32),
            "following": np.zeros((capacity, *game.observation_shape), game.observation_dtype),
            "following_masks": np.ones((capacity, game.num_actions), np.bool_),
        }

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def add(self, **transitions: NDArray[Any]) -> None:
        """Take in some transitions; the oldest go."""
        count = len(transitions["actions"])
        places = (self.added + np.arange(count)) % self.capacity
        for name, values in transitions.items():
            self.arrays[name][places] = values
        self.added += count

    def draw(self, count: int, chance: np.random.Generator) -> dict[str, NDArray[Any]]:
        """``count`` of them, uniformly, with repetition."""
        places = chance.integers(len(self), size=count)
        return {name: values[places] for name, values in self.arrays.items()}


class Reservoir(Ring):
    """A uniform sample of all decisions that were ever added (Vitter, "Random Sampling with a Reservoir", 1985)."""

    def __init__(self, game: Game, capacity: int) -> None:
        self.capacity, self.added = capacity, 0
        self.arrays = {
            "observations": np.zeros((capacity, *game.observation_shape), game.observation_dtype),
            "masks": np.zeros((capacity, game.num_actions), np.bool_),
            "actions": np.zeros(capacity, np.int64),
        }

    def sample(self, chance: np.random.Generator, **decisions: NDArray[Any]) -> None:
        """Take in some decisions; each that was ever added stays with the same probability."""
        numbers = self.added + np.arange(len(decisions["actions"]))
        drawn = (chance.random(len(numbers)) * (numbers + 1)).astype(np.int64)
        places = np.where(numbers < self.capacity, numbers, drawn)
        kept = places < self.capacity
        for name, values in decisions.items():
            self.arrays[name][places[kept]] = values[kept]
        self.added += len(numbers)


def filled(memory: Ring) -> dict[str, NDArray[Any]]:
    """What lies in a memory, for a checkpoint."""
    return {name: values[: len(memory)].copy() for name, values in memory.arrays.items()}


def refill(memory: Ring, name: str, state: State, added: int) -> None:
    """Put back what ``filled`` gave; it lies in ``state[name]``."""
    for array, values in state[name].items():
        memory.arrays[array][: len(values)] = values
    memory.added = added
