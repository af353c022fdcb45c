"""What is kept of the matches of one rollout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game


@dataclass
class Rollout:
    """``T`` steps of ``R`` rows. The last entries of ``values`` are of the decisions after the last step."""

    observations: NDArray[Any]
    """dtype [T, R, *shape], or [T, R, frames, *shape]."""
    others: NDArray[Any]
    """dtype [T, R, S - 1, *shape]: what the other seats see, for a privileged critic; else of no seats."""
    memories: NDArray[np.float32]
    """float32 [T, R, 2 W]: what was remembered before; W is 0 where the network has no memory."""
    matches: NDArray[np.int64]
    """int64 [R]: the match that each row belongs to."""
    seats: NDArray[np.int8]
    """int8 [T, R]: who moved."""
    masks: NDArray[np.bool_]
    """bool [T, R, A]."""
    actions: NDArray[Any]
    """int64 [T, R] or [T, R, H]; float32 [T, R, n] in shares of the box."""
    log_probabilities: NDArray[np.float32]
    """float32 [T, R]: of the actions, under the policy that chose them."""
    values: NDArray[np.float32]
    """float32 [T + 1, R]: the network's estimate for whoever is to move."""
    rewards: NDArray[np.float32]
    """float32 [T, R]: for whoever moved; between two half of own minus opponent's, where a lost match is -1."""
    over: NDArray[np.bool_]
    """bool [T, R]: the match ended with this step."""
    cut: NDArray[np.bool_]
    """bool [T, R]: it ended because its time was up, not because anything was decided."""
    cut_values: NDArray[np.float32]
    """float32 [T, R]: what the network expected then for whoever moved, had it gone on."""
    signs: NDArray[np.float32]
    """float32 [T, R]: 1 when the same seat decides next in this row, -1 when it is the opponent."""
    learned: NDArray[np.bool_]
    """bool [T, R]: False where an opponent chose."""
    turns: Turns | None = None
    """Where seats take turns and no margin counts: what each needs to follow its own decisions."""

    @classmethod
    def empty(cls, game: Game, steps: int, rows: int, frames: int = 1, others: int = 0, memory: int = 0) -> Rollout:
        """Arrays of the right shapes, to be filled."""
        shape = (steps, rows)
        stack = () if frames == 1 else (frames,)
        return cls(
            observations=np.zeros((*shape, *stack, *game.observation_shape), game.observation_dtype),
            others=np.zeros((*shape, others, *game.observation_shape), game.observation_dtype),
            memories=np.zeros((*shape, 2 * memory), np.float32),
            matches=np.arange(rows),
            seats=np.zeros(shape, np.int8),
            masks=np.zeros((*shape, game.num_actions), np.bool_),
            actions=np.zeros((*shape, *game.action_shape), game.action_dtype),
            log_probabilities=np.zeros(shape, np.float32),
            values=np.zeros((steps + 1, rows), np.float32),
            rewards=np.zeros(shape, np.float32),
            over=np.zeros(shape, np.bool_),
            cut=np.zeros(shape, np.bool_),
            cut_values=np.zeros(shape, np.float32),
            signs=np.ones(shape, np.float32),
            learned=np.ones(shape, np.bool_),
        )


@dataclass
class Turns:
    """What every seat got in ``M`` matches of ``S`` seats that take turns."""

    rewards: NDArray[np.float32]
    """float32 [T, M, S]: what the step brought to each seat."""
    last_values: NDArray[np.float32]
    """float32 [M, S]: what the network expects, after the last step, for each seat by what that seat sees."""
    cut_values: NDArray[np.float32]
    """float32 [T, M, S]: the same of matches that end with a step because their time was up; else 0."""
