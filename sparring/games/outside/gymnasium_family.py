"""``gym:ID``: any environment of Gymnasium as a game for one seat, ranked by return."""

from __future__ import annotations

import inspect
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.errors import MissingExtra, SparringError, UnknownName
from sparring.games.outside.simulation import Shape, SimulatedRules
from sparring.games.outside.spaces import Actions, Observations, actions_of, observations_of
from sparring.games.outside.vectorised import VectorisedRules, stepper_for

USUAL_STEPS = 1000
"""Where the environment sets no limit."""


@cache
def rules_for(name: str) -> SimulatedRules:
    """The rules of the environment that ``gymnasium.make`` calls ``name``. Raises a SparringError that says why not.

    A name without its version is none: a record has to mean the same environment next year.
    """
    environment = make(name)
    if environment.spec is not None and environment.spec.id != name.rpartition(":")[2]:
        environment.close()
        raise UnknownName("Gymnasium environment", name, [environment.spec.id])
    actions = actions_of(environment.action_space, f"gym:{name}")
    observations = observations_of(environment.observation_space, f"gym:{name}")
    renders = "rgb_array" in (environment.metadata.get("render_modes") or ())
    steps = environment.spec.max_episode_steps if environment.spec else None
    about = inspect.getdoc(type(environment.unwrapped)) or "An environment of Gymnasium."
    stepper = stepper_for(environment)
    shape = Shape(
        seats=1,
        simultaneous=False,
        actions=actions.declared,
        action_dtype=actions.dtype,
        action_shape=actions.shape,
        options=actions.options,
        observation=observations.shape,
        dtype=observations.dtype,
        steps=steps or USUAL_STEPS,
    )
    simulation = partial(simulate, name, actions, observations, renders)
    if stepper is not None:
        return VectorisedRules(name, about, shape, simulation, stepper)
    environment.close()
    return SimulatedRules(name, about, shape, simulation)


def simulate(name: str, actions: Actions, observations: Observations, renders: bool, draws: bool) -> Run:
    """A simulation of the environment ``name``, which renders if it can and is asked to."""
    return Run(name, actions, observations, draws and renders)


def make(name: str, **settings: Any) -> Any:
    """``gymnasium.make``, whose failures become sentences."""
    try:
        import gymnasium
        from gymnasium import error
    except ImportError as missing:
        raise MissingExtra("gymnasium", "gymnasium", f"The game gym:{name}") from missing
    try:
        return gymnasium.make(name, disable_env_checker=True, **settings)
    except (error.UnregisteredEnv, error.NameNotFound) as unknown:
        raise UnknownName("Gymnasium environment", name, gymnasium.registry) from unknown
    except Exception as failure:  # what a stranger's environment may raise is anybody's guess
        reason = " ".join(str(failure).split()) or type(failure).__name__
        raise SparringError(f"gym:{name} can't be made: {reason}") from failure


class Run:
    """One environment, used for one match after the other."""

    seat = 0

    def __init__(self, name: str, actions: Actions, observations: Observations, draws: bool) -> None:
        self._environment = make(name, **({"render_mode": "rgb_array"} if draws else {}))
        self._actions, self._observations, self._draws = actions, observations, draws
        self.rewards = np.zeros(1, np.float32)
        self.over = self.truncated = False

    def reset(self, seed: int) -> None:
        self._seen, _ = self._environment.reset(seed=seed)
        self.rewards[:] = 0
        self.over = self.truncated = False

    def step(self, action: Any) -> None:
        chosen = self._actions.to_environment(action)
        self._seen, reward, terminated, truncated, _ = self._environment.step(chosen)
        self.rewards[0] = reward
        self.over, self.truncated = bool(terminated or truncated), bool(truncated and not terminated)

    def write(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> None:
        observations[0] = self._observations.flatten(self._seen)
        masks[:] = True

    def frame(self) -> NDArray[np.uint8] | None:
        return np.asarray(self._environment.render(), np.uint8) if self._draws else None

    def close(self) -> None:
        self._environment.close()
