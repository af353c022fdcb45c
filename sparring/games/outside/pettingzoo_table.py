"""Who sits at the table of a PettingZoo environment, and what they see and do, made the same for all seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.errors import SparringError
from sparring.games.outside.simulation import Shape
from sparring.games.outside.spaces import Actions, Observations, actions_of, observations_of

USUAL_STEPS = 1000
MASK = "action_mask"
"""Where an observation or an info says what may be done."""


@dataclass(frozen=True)
class Table:
    """By seat: names, actions, and how to read an observation. ``observation`` and ``options`` are the largest."""

    agents: tuple[str, ...]
    actions: tuple[Actions, ...]
    observations: tuple[Observations, ...]
    observation: tuple[int, ...]
    dtype: np.dtype[Any]
    options: int

    def shape(self, parallel: bool) -> Shape:
        widest = max(self.actions, key=lambda actions: actions.options)
        return Shape(
            seats=len(self.agents),
            simultaneous=parallel,
            actions=widest.declared,
            action_dtype=widest.dtype,
            action_shape=widest.shape,
            options=self.options,
            observation=self.observation,
            dtype=self.dtype,
            steps=USUAL_STEPS,
        )

    def write(self, seat: int, seen: Any, info: Any, observation: NDArray[Any], mask: NDArray[np.bool_]) -> None:
        """Write what a seat sees, padded with zeros, and may do: all of its actions unless a mask says otherwise."""
        numbers = self.observations[seat].flatten(_without_mask(seen))
        observation[...] = 0
        if numbers.shape == self.observation:
            observation[...] = numbers
        else:
            observation[: numbers.size] = numbers.ravel()
        own = self.actions[seat].options
        mask[:] = np.arange(len(mask)) < own
        told = seen.get(MASK) if isinstance(seen, dict) else None
        told = info.get(MASK) if told is None and isinstance(info, dict) else told
        if told is not None and np.size(told) == own:
            mask[:own] = np.asarray(told, np.bool_).ravel()


def table_of(environment: Any, whose: str) -> Table:
    """Raises SparringError, naming ``whose`` environment it is, if it has no fixed agents or they can't share rules."""
    agents = tuple(getattr(environment, "possible_agents", ()))
    if not agents:
        raise SparringError(f"{whose} does not say who may play in it (possible_agents), so there are no seats.")
    actions = tuple(actions_of(environment.action_space(agent), whose) for agent in agents)
    seen = [_space_without_mask(environment.observation_space(agent)) for agent in agents]
    observations = tuple(observations_of(space, whose) for space in seen)
    alike = all(other.declared == actions[0].declared for other in actions)
    if not alike and not all(isinstance(other.declared, int) for other in actions):
        raise SparringError(
            f"{whose} has agents with different actions; that can be played only where all are Discrete."
        )
    shapes = {observation.shape for observation in observations}
    largest = max(int(np.prod(shape)) for shape in shapes)
    return Table(
        agents=agents,
        actions=actions,
        observations=observations,
        observation=shapes.pop() if len(shapes) == 1 else (largest,),
        dtype=np.result_type(*(observation.dtype for observation in observations)),
        options=max(other.options for other in actions),
    )


def _space_without_mask(space: Any) -> Any:
    from gymnasium import spaces

    if not isinstance(space, spaces.Dict):
        return space
    rest = {key: inner for key, inner in space.items() if key != MASK}
    return next(iter(rest.values())) if len(rest) == 1 else spaces.Dict(rest)


def _without_mask(seen: Any) -> Any:
    if not isinstance(seen, dict):
        return seen
    rest = {key: value for key, value in seen.items() if key != MASK}
    return next(iter(rest.values())) if len(rest) == 1 else rest
