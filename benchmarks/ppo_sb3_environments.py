"""Connect Four for stable-baselines3: one match as a gymnasium environment, and many in one vectorised environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

Array: TypeAlias = np.ndarray[Any, Any]

ROWS, COLUMNS = 6, 7
HEIGHT = ROWS + 1
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


class ConnectFour(gymnasium.Env):
    """One match, seen by whoever moves. The stones of each side are the bits of one integer: a win is four shifts."""

    observation_space = spaces.Box(0, 1, (2, ROWS, COLUMNS), np.float32)
    action_space = spaces.Discrete(COLUMNS)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Array, dict[str, Any]]:
        self.stones = [0, 0]
        self.heights = [0] * COLUMNS
        self.planes = np.zeros((2, ROWS, COLUMNS), np.float32)
        self.ply = 0
        return self.planes.copy(), {}

    def action_masks(self) -> list[bool]:
        return [height < ROWS for height in self.heights]

    def step(self, action: int) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        mover, row = self.ply & 1, self.heights[action]
        self.stones[mover] |= 1 << (action * HEIGHT + row)
        self.planes[mover, ROWS - 1 - row, action] = 1
        self.heights[action] = row + 1
        self.ply += 1
        won = has_four(self.stones[mover])
        seen = self.planes.copy() if mover else self.planes[::-1].copy()
        return seen, float(won), won or self.ply == ROWS * COLUMNS, False, {}


def has_four(stones: int) -> bool:
    """Whether the bits hold four in a line: a column has seven bits, of which the top one stays empty."""
    for shift in (1, HEIGHT, HEIGHT - 1, HEIGHT + 1):
        pairs = stones & (stones >> shift)
        if pairs & (pairs >> (2 * shift)):
            return True
    return False


class ConnectFourBatch(VecEnv):
    """Many boards in one array, int8 [N, 12, 13]: 1 for whoever moves, -1 for the opponent, with a border of zeros."""

    def __init__(self, matches: int) -> None:
        super().__init__(matches, spaces.Box(0, 1, (2, ROWS, COLUMNS), np.float32), spaces.Discrete(COLUMNS))
        self.boards = np.zeros((matches, ROWS + 6, COLUMNS + 6), np.int8)
        self.heights = np.zeros((matches, COLUMNS), np.int8)
        self.plies = np.zeros(matches, np.int64)
        self.rows = np.arange(matches)
        self.information: list[dict[str, Any]] = [{} for _ in range(matches)]

    def reset(self) -> Array:
        self.boards[:], self.heights[:], self.plies[:] = 0, 0, 0
        return self.observe()

    def observe(self) -> Array:
        inner = self.boards[:, 3:-3, 3:-3]
        return np.stack([inner == 1, inner == -1], axis=1).astype(np.float32)

    def step_async(self, actions: Array) -> None:
        self.actions = actions

    def step_wait(
        self,
    ) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        row, column = ROWS + 2 - self.heights[self.rows, self.actions], self.actions + 3
        self.boards[self.rows, row, column] = 1
        self.heights[self.rows, self.actions] += 1
        self.plies += 1
        won = self.completes_line(row, column)
        over = won | (self.plies == ROWS * COLUMNS)
        self.boards *= -1
        for match in np.flatnonzero(over):
            self.boards[match], self.heights[match], self.plies[match] = 0, 0, 0
        observations = self.observe()
        infos = self.information
        if over.any():
            infos = [{} for _ in range(self.num_envs)]
            for match in np.flatnonzero(over):
                infos[match] = {"terminal_observation": observations[match], "TimeLimit.truncated": False}
        return observations, won.astype(np.float32), over, infos

    def completes_line(self, row: Array, column: Array) -> Array:
        """Whether the stone just set at (row, column) of each board completes four: bool [N]."""
        won = np.zeros(self.num_envs, bool)
        for down, right in DIRECTIONS:
            offsets = np.arange(-3, 4)
            line = (
                self.boards[self.rows[:, None], row[:, None] + down * offsets, column[:, None] + right * offsets] == 1
            )
            won |= (line[:, 0:4].all(1)) | (line[:, 1:5].all(1)) | (line[:, 2:6].all(1)) | (line[:, 3:7].all(1))
        return won

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        if method_name != "action_masks":
            raise AttributeError(method_name)
        return list(self.heights < ROWS)

    def has_attr(self, attr_name: str) -> bool:
        return attr_name == "action_masks"

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError(attr_name)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def seed(self, seed: int | None = None) -> Sequence[None]:
        return [None] * self.num_envs

    def close(self) -> None:
        pass
