"""Live matches of PettingZoo: agents who act in turn (AEC), and agents who act at once (parallel)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.games.outside.pettingzoo_table import Table


class Run:
    """One environment, used for one match after the other. ``_seen``, ``_infos``: what each living agent was told."""

    def __init__(self, table: Table, environment: Any, draws: bool) -> None:
        self._table, self._environment, self._draws = table, environment, draws
        self._seats = {agent: seat for seat, agent in enumerate(table.agents)}
        self._seen: dict[str, Any] = {}
        self._infos: dict[str, Any] = {}
        self.rewards = np.zeros(len(table.agents), np.float32)
        self.seat = 0
        self.over = self.truncated = False

    def write(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> None:
        """Seats that have left keep their last observation; at once with others they may only do their first action."""
        for seat, agent in enumerate(self._table.agents):
            if agent in self._seen:
                told = self._infos.get(agent, {})
                self._table.write(seat, self._seen[agent], told, observations[seat], masks[seat])
            if agent not in self._environment.agents:
                masks[seat] = np.arange(masks.shape[1]) == 0

    def frame(self) -> NDArray[np.uint8] | None:
        return np.asarray(self._environment.render(), np.uint8) if self._draws else None

    def close(self) -> None:
        self._environment.close()

    def _judge(self, terminations: dict[str, bool], truncations: dict[str, bool]) -> None:
        """Whether those who leave now do so because their time is up, all of them."""
        leave = any(terminations.values()) or any(truncations.values())
        self.truncated = leave and not any(terminations.values())

    def _reward(self, rewards: dict[str, Any]) -> None:
        self.rewards[:] = 0
        for agent, reward in rewards.items():
            self.rewards[self._seats[agent]] = reward


class TurnRun(Run):
    def reset(self, seed: int) -> None:
        self._environment.reset(seed=seed)
        self._reward({})
        self.truncated = False
        self._seen.clear()
        self._look()
        self._settle()

    def step(self, action: Any) -> None:
        environment = self._environment
        environment.step(self._table.actions[self.seat].to_environment(action))
        self._reward(environment.rewards)
        self._look()
        self._judge(environment.terminations, environment.truncations)
        self._settle()

    def _look(self) -> None:
        environment = self._environment
        for agent in environment.agents:
            self._seen[agent] = environment.observe(agent)
            self._infos[agent] = environment.infos[agent]

    def _settle(self) -> None:
        """Let agents go whose part is over, as PettingZoo wants it: each steps with None."""
        environment, gone = self._environment, False
        while environment.agents and self._is_dead(environment.agent_selection):
            environment.step(None)
            gone = True
        self.over = not environment.agents
        if not self.over:
            self.seat = self._seats[environment.agent_selection]
            if gone:
                self._look()

    def _is_dead(self, agent: str) -> bool:
        return bool(self._environment.terminations[agent] or self._environment.truncations[agent])


class ParallelRun(Run):
    def reset(self, seed: int) -> None:
        self._seen, self._infos = self._environment.reset(seed=seed)
        self._reward({})
        self.over = self.truncated = False

    def step(self, action: Any) -> None:
        chosen = {
            agent: self._table.actions[seat].to_environment(action[seat])
            for seat, agent in enumerate(self._table.agents)
            if agent in self._environment.agents
        }
        self._seen, rewards, terminations, truncations, self._infos = self._environment.step(chosen)
        self._reward(rewards)
        self._judge(terminations, truncations)
        self.over = not self._environment.agents
