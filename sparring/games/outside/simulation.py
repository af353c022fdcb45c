"""Rules around a simulation that can't be copied: the record holds its seed and every action, which determine it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.errors import SparringError
from sparring.games.chance import next_word
from sparring.games.outside.drawing import SimulationDrawing
from sparring.games.outside.page import page
from sparring.games.outside.pool import Pool

LONGEST = 32_767
"""Plies that a record can count."""


class Simulation(Protocol):
    """One live match of an environment."""

    seat: int
    """To move."""
    over: bool
    rewards: NDArray[np.float32]
    """float32 [S]: of the last step."""

    def reset(self, seed: int) -> None:
        """Start the match that belongs to ``seed``."""
        ...

    def step(self, action: Any) -> None:
        """Play ``action``, as the rules' ``play`` gets it."""
        ...

    def write(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> None:
        """Write what each seat sees, [S, *shape], and may do, bool [S, A]; both come with what was there before."""
        ...

    def frame(self) -> NDArray[np.uint8] | None:
        """A picture of the match, uint8 [height, width, 3], if this simulation was made to draw."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Shape:
    """What an environment looks like from a seat."""

    seats: int
    simultaneous: bool
    actions: Any
    """As in a layout: a number, a tuple or a dict of bounds."""
    action_dtype: type
    action_shape: tuple[int, ...]
    options: int
    """Width of a mask."""
    observation: tuple[int, ...]
    dtype: np.dtype[Any]
    steps: int
    """Plies after which a match ends, unless an option says so."""


class SimulatedRules:
    """What ``load_game`` takes for rules: the names of a ``rules.py`` around ``make(draws) -> Simulation``."""

    VERSION = 1
    BATCHED = True

    def __init__(
        self,
        title: str,
        about: str,
        shape: Shape,
        make: Callable[[bool], Simulation],
        perfect: bool = False,
    ) -> None:
        self.TITLE, self.SEATS, self.SIMULTANEOUS = title, shape.seats, shape.simultaneous
        self.PERFECT_INFORMATION = perfect
        self.OPTIONS = {
            "steps": (shape.steps, range(1, LONGEST + 1), "Steps after which a match ends at the latest."),
            "forfeit": (10_000, range(1, 10**9 + 1), "What a fault costs: more than the worst match may."),
        }
        self.shape = shape
        self.README = page(self, about)
        self.pool = Pool(lambda: make(False))
        self.drawing = SimulationDrawing(title, lambda: make(True))

    def layout(self, steps: int, forfeit: int) -> dict[str, Any]:
        shape = self.shape
        turns = (shape.seats,) if shape.simultaneous else ()
        return {
            "state": [
                ("environment_seed", np.int64),
                ("rewards", np.float32, (shape.seats,)),
                ("scores", np.float64, (shape.seats,)),
                ("_place", np.uint64),
                ("_history", shape.action_dtype, (steps, *turns, *shape.action_shape)),
                ("_observations", shape.dtype, (shape.seats, *shape.observation)),
                ("_masks", np.int8, (shape.seats, shape.options)),
            ],
            "actions": shape.actions,
            "observation": shape.observation,
            "dtype": shape.dtype,
            "forfeit": float(forfeit),
        }

    def start(self, states: Any) -> None:
        self.pool.expect(len(states))
        for state in states:
            state.environment_seed = next_word(state.random) >> 1
            simulation = self.pool.spare()
            simulation.reset(int(state.environment_seed))
            state._place = next_place(0, state.environment_seed)
            self._note(state, simulation)
            self.pool.keep(int(state._place), simulation)

    def legal(self, states: Any, seats: NDArray[np.int8], masks: NDArray[np.bool_]) -> None:
        masks[:] = states._masks[np.arange(len(states)), seats]

    def play(self, states: Any, actions: NDArray[Any]) -> None:
        self.pool.expect(len(states))
        for state, action in zip(states, actions, strict=True):
            ply = int(state.ply)
            past = state._history[:ply]
            simulation = self.pool.fetch(int(state._place), int(state.environment_seed), past)
            self._step(simulation, action, ply)
            state._history[ply] = action
            state._place = next_place(int(state._place), state._history[ply])
            self._note(state, simulation)
            state.scores += state.rewards
            state.over = state.over or ply + 1 >= len(state._history)
            if state.over:
                self.pool.release(simulation)
            else:
                self.pool.keep(int(state._place), simulation)

    def reward(self, states: Any, rewards: NDArray[np.float32]) -> None:
        rewards[:] = states.rewards

    def observe(self, states: Any, seats: NDArray[np.int8], observations: NDArray[Any]) -> None:
        observations[:] = states._observations[np.arange(len(states)), seats]

    def _step(self, simulation: Simulation, action: Any, ply: int) -> None:
        try:
            simulation.step(action)
        except Exception as error:  # what a stranger's environment may raise is anybody's guess
            kind = type(error).__name__
            raise SparringError(f"{self.TITLE} broke down in step {ply + 1}: {kind}: {error}") from error

    def _note(self, state: Any, simulation: Simulation) -> None:
        masks = state._masks.astype(np.bool_)
        simulation.write(state._observations, masks)
        state._masks[:] = masks
        state.rewards[:] = simulation.rewards
        state.seat, state.over = simulation.seat, simulation.over


def next_place(place: int, step: Any) -> np.uint64:
    """A number for the past of a match, by which its simulation is found again: a hash of the one before and a step."""
    content = int(place).to_bytes(8, "little") + np.asarray(step).tobytes()
    return np.uint64(int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little"))
