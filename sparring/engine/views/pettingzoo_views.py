"""All seats of a game as PettingZoo environments: one after the other (AEC) or all at once (Parallel)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game
from sparring.engine.views.outcomes import was_cut_off
from sparring.engine.views.spaces import action_space, observation_space, sampling_mask, with_mask
from sparring.errors import IllegalAction, MissingExtra, SparringError

try:
    from pettingzoo import AECEnv, ParallelEnv
except ImportError as error:
    raise MissingExtra("pettingzoo", "pettingzoo", "The PettingZoo view") from error


class _Table:
    """One match as both views know it: agents ``seat_0``, ``seat_1``, … and their spaces."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.agents = [f"seat_{seat}" for seat in range(game.seats)]
        self.actions = {agent: action_space(game) for agent in self.agents}
        masked = game.action_kind == "discrete"
        self.observations = {agent: with_mask(game) if masked else observation_space(game) for agent in self.agents}
        self._random = np.random.default_rng()
        self.states, self._scores = game.new_states([0]), np.zeros(game.seats, np.float32)

    def reset(self, seed: int | None) -> None:
        if seed is not None:
            self._random = np.random.default_rng(seed)
        self.states = self.game.new_states([int(self._random.integers(2**63))])
        self._scores[:] = 0

    def observe(self, agent: str) -> Any:
        """``{"observation", "action_mask"}`` where one choice is made, else the array alone."""
        observation = self.game.observe(self.states, [self.seat(agent)])[0]
        if self.game.action_kind != "discrete":
            return observation
        return {"observation": observation, "action_mask": self.mask(agent)}

    def info(self, agent: str) -> dict[str, Any]:
        """``action_mask`` as ``action_space.sample`` takes it, where several choices are made and the match is on."""
        if self.game.action_kind == "multi_discrete" and not self.states["over"][0]:
            return {"action_mask": self.mask(agent)}
        return {}

    def mask(self, agent: str) -> Any:
        return sampling_mask(self.game, self.game.legal(self.states, [self.seat(agent)])[0])

    def play(self, actions: dict[str, Any]) -> tuple[NDArray[np.float32], bool, bool, dict[str, str]]:
        """Rewards float32 [S], whether the match ended, whether a limit of time ended it, and who is guilty of what."""
        checked, guilty = self.game.actions.zeros(self.game.seats), {}
        for agent, action in actions.items():
            seat = self.seat(agent)
            try:
                checked[seat] = self.game.check_action(self.states[0], action, seat)
            except IllegalAction as illegal:
                guilty[agent] = str(illegal)
        if guilty:
            self.states["over"] = True
            scores = np.array(self.game.forfeit_scores({self.seat(agent) for agent in guilty}), np.float32)
            return scores - self._scores, True, False, guilty
        row = checked[None] if self.game.simultaneous else checked[[self.seat(agent) for agent in actions]]
        rewards = self.game.play_unchecked(self.states, row)[0]
        self._scores += rewards
        over, cut_off = bool(self.states["over"][0]), bool(was_cut_off(self.states)[0])
        return rewards, over and not cut_off, over and cut_off, {}

    def seat(self, agent: str) -> int:
        return self.agents.index(agent)

    def render(self, mode: str | None) -> Any:
        if mode == "svg":
            return self.game.draw(self.states[0])
        return self.game.text(self.states[0]) if mode == "ansi" else None


class AECView(AECEnv):  # type: ignore[misc]
    """Any game, one agent after the other; in a simultaneous game the last agent's action plays the ply.

    Observations are ``{"observation", "action_mask"}`` for a single choice; with several heads the mask is in the info.
    An illegal action loses the match for its agent, as in the arena: its return becomes ``-game.forfeit``, and
    ``infos[agent]["illegal"]`` says why.
    """

    def __init__(self, game: Game, render_mode: str | None = None) -> None:
        super().__init__()
        self.game, self._table, self.render_mode = game, _Table(game), render_mode
        self.metadata = {
            "name": f"{game.name}_v{game.version}",
            "render_modes": ["ansi", "svg"],
            "is_parallelizable": game.simultaneous,
            "render_fps": 2,
        }
        self.possible_agents = list(self._table.agents)
        self.observation_spaces, self.action_spaces = self._table.observations, self._table.actions

    def observation_space(self, agent: str) -> Any:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._table.reset(seed)
        self.agents = list(self.possible_agents)
        self.rewards: dict[str, float] = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        self._pending: dict[str, Any] = {}
        self._select(self.agents[0] if self.game.simultaneous else self._to_move())

    def observe(self, agent: str) -> Any:
        return self._table.observe(agent)

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        self._pending[agent] = action
        if self.game.simultaneous and len(self._pending) < len(self.agents):
            self._select(self.agents[len(self._pending)])
            return
        rewards, over, cut_off, guilty = self._table.play(self._pending)
        self._pending = {}
        for seat, each in enumerate(self.agents):
            self.rewards[each] = float(rewards[seat])
            self.terminations[each], self.truncations[each] = over, cut_off
            self.infos[each] = {"illegal": guilty[each]} if each in guilty else {}
        self._accumulate_rewards()
        done = over or cut_off
        self._select(self.agents[0] if self.game.simultaneous or done else self._to_move())

    def render(self) -> Any:
        return self._table.render(self.render_mode)

    def close(self) -> None:
        pass

    def _to_move(self) -> str:
        return self.possible_agents[int(self._table.states["seat"][0])]

    def _select(self, agent: str) -> None:
        self.agent_selection = agent
        self.infos[agent] = {**self.infos[agent], **self._table.info(agent)}


class ParallelView(ParallelEnv):  # type: ignore[misc]
    """A game in which all seats act at once; observations, masks and illegal actions as in ``AECView``."""

    def __init__(self, game: Game, render_mode: str | None = None) -> None:
        if not game.simultaneous:
            raise SparringError(f"In {game.title} seats take turns: use AECView, which asks one after the other.")
        self.game, self._table, self.render_mode = game, _Table(game), render_mode
        self.metadata = {"name": f"{game.name}_v{game.version}", "render_modes": ["ansi", "svg"], "render_fps": 2}
        self.possible_agents = list(self._table.agents)
        self.observation_spaces, self.action_spaces = self._table.observations, self._table.actions
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> Any:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        return self.action_spaces[agent]

    def reset(
        self,
        seed: int | None = None,
        options: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        self._table.reset(seed)
        self.agents = list(self.possible_agents)
        return self._observations(), self._infos({})

    def step(self, actions: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """Observations, rewards, terminations, truncations and infos, each by agent."""
        if set(actions) != set(self.agents):
            raise SparringError(f"There must be one action for each of {', '.join(self.agents) or 'nobody'}.")
        rewards, over, cut_off, guilty = self._table.play(actions)
        paid = {agent: float(rewards[seat]) for seat, agent in enumerate(self.agents)}
        ended, stopped = dict.fromkeys(self.agents, over), dict.fromkeys(self.agents, cut_off)
        told = (self._observations(), paid, ended, stopped, self._infos(guilty))
        if over or cut_off:
            self.agents = []
        return told

    def render(self) -> Any:
        return self._table.render(self.render_mode)

    def close(self) -> None:
        pass

    def _observations(self) -> dict[str, Any]:
        return {agent: self._table.observe(agent) for agent in self.agents}

    def _infos(self, guilty: dict[str, str]) -> dict[str, dict[str, Any]]:
        return {
            agent: {**self._table.info(agent), **({"illegal": guilty[agent]} if agent in guilty else {})}
            for agent in self.agents
        }
