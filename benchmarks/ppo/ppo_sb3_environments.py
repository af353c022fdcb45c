"""Connect Four for stable-baselines3: one match as a gymnasium environment, and many in one vectorised environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from boards import COLUMNS, ROWS, Array, Boards
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

HEIGHT = ROWS + 1


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
    """All matches as one environment."""

    def __init__(self, matches: int) -> None:
        super().__init__(matches, spaces.Box(0, 1, (2, ROWS, COLUMNS), np.float32), spaces.Discrete(COLUMNS))
        self.boards = Boards(matches)
        self.information: list[dict[str, Any]] = [{} for _ in range(matches)]

    def reset(self) -> Array:
        self.boards.reset()
        return self.boards.observe()

    def step_async(self, actions: Array) -> None:
        self.actions = actions

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        won, over = self.boards.step(self.actions)
        observations = self.boards.observe()
        infos = self.information
        if over.any():
            infos = [{} for _ in range(self.num_envs)]
            for match in np.flatnonzero(over):
                infos[match] = {"terminal_observation": observations[match], "TimeLimit.truncated": False}
        return observations, won.astype(np.float32), over, infos

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        if method_name != "action_masks":
            raise AttributeError(method_name)
        return list(self.boards.masks())

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
