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
    truncated: bool
    """It is over because its time was up, not because anything was decided."""
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
                ("truncated", np.int8),
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
        notes = Notes(states)
        for row, random in enumerate(notes.fields["random"]):
            seed = int(next_word(random) >> 1)
            simulation = self.pool.spare()
            simulation.reset(seed)
            place = next_place(0, seed.to_bytes(8, "little"))
            notes.fields["environment_seed"][row], notes.fields["_place"][row] = seed, place
            notes.take(row, simulation)
            self.pool.keep(place, simulation)
        notes.write()

    def legal(self, states: Any, seats: NDArray[np.int8], masks: NDArray[np.bool_]) -> None:
        masks[:] = states._masks[np.arange(len(states)), seats]

    def play(self, states: Any, actions: NDArray[Any]) -> None:
        self.pool.expect(len(states))
        notes = Notes(states)
        fields, history = notes.fields, notes.fields["_history"]
        history[np.arange(len(states)), fields["ply"]] = actions
        places, seeds, plies = (fields[name].tolist() for name in ("_place", "environment_seed", "ply"))
        for row, (place, seed, ply) in enumerate(zip(places, seeds, plies, strict=True)):
            simulation = self.pool.fetch(place, seed, history[row, :ply])
            self._step(simulation, actions[row], ply)
            notes.take(row, simulation)
            if simulation.over or ply + 1 >= history.shape[1]:
                notes.over[row], fields["truncated"][row] = True, simulation.truncated or not simulation.over
                self.pool.release(simulation)
            else:
                place = next_place(place, history[row, ply].tobytes())
                fields["_place"][row] = place
                self.pool.keep(place, simulation)
        notes.write()
        fields["scores"] += fields["rewards"]

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


class Notes:
    """What simulations say, row by row, on its way into the records of a batch.

    ``fields`` are the records as a plain array: to take a field of a record array costs as much as a step of a small
    environment.
    """

    def __init__(self, states: Any) -> None:
        self.fields = states.view(np.ndarray)
        self.seats, self.over = self.fields["seat"].tolist(), self.fields["over"].tolist()
        self._observations, self._rewards = self.fields["_observations"], self.fields["rewards"]
        self._masks = self.fields["_masks"].astype(np.bool_)

    def take(self, row: int, simulation: Simulation) -> None:
        """Note what the simulation of ``row`` shows now."""
        simulation.write(self._observations[row], self._masks[row])
        self._rewards[row] = simulation.rewards
        self.seats[row], self.over[row] = simulation.seat, simulation.over

    def write(self) -> None:
        self.fields["_masks"], self.fields["seat"], self.fields["over"] = self._masks, self.seats, self.over


def next_place(place: int, step: bytes) -> int:
    """A number for the past of a match, by which its simulation is found again: a hash of the one before and a step."""
    content = place.to_bytes(8, "little") + step
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
