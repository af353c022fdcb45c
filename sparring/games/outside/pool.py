"""Live simulations, found by the past that they have gone through.

An environment can't be copied, but records are. So a record says what its past is (``place``, a hash of seed and
actions), and whoever plays on takes a simulation that stands at this place. Of two copies of a record the first gets
it; for the second another one is brought there by replaying seed and actions. Several may stand at one place.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

FEWEST = 64


class Pool:
    """Holds at most twice as many simulations as the largest of the last calls had rows, or 64.

    The bound sinks slowly after a large call, because a caller with few rows may be another one.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._standing: OrderedDict[int, list[Any]] = OrderedDict()
        self._idle: list[Any] = []
        self._count = 0
        self._most = FEWEST
        self._lock = threading.Lock()

    def expect(self, rows: int) -> None:
        """Make room for a call with so many rows; what stood unused for longest goes first."""
        with self._lock:
            self._most = max(FEWEST, 2 * rows, self._most * 63 // 64)
            surplus = [self._oldest() for _ in range(self._count - self._most)]
            surplus += [
                self._idle.pop() for _ in range(min(len(self._idle), self._count + len(self._idle) - self._most))
            ]
        for simulation in surplus:
            simulation.close()

    def spare(self) -> Any:
        """A simulation that nobody needs any more, or a new one; to be reset."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._count >= self._most:
                return self._oldest()
        return self._make()

    def keep(self, place: int, simulation: Any) -> None:
        """Leave a simulation standing at ``place``."""
        with self._lock:
            self._standing.setdefault(place, []).append(simulation)
            self._standing.move_to_end(place)
            self._count += 1

    def release(self, simulation: Any) -> None:
        """Give back a simulation whose match is over."""
        with self._lock:
            self._idle.append(simulation)

    def fetch(self, place: int, seed: int, past: NDArray[Any]) -> Any:
        """A simulation that stands at ``place``, where ``seed`` and the actions ``past`` lead."""
        with self._lock:
            standing = self._standing.get(place)
            if standing:
                self._count -= 1
                simulation = standing.pop()
                if not standing:
                    del self._standing[place]
                return simulation
        simulation = self.spare()
        simulation.reset(seed)
        for action in past:
            simulation.step(action)
        return simulation

    def _oldest(self) -> Any:
        place = next(iter(self._standing))
        simulations = self._standing[place]
        simulation = simulations.pop(0)
        if not simulations:
            del self._standing[place]
        self._count -= 1
        return simulation
