"""The same rules on a CUDA device: the loops of ``engine/kernels/batch.py``, one thread a row, arrays on the device.

Nothing is written twice. The loops and the rules are taken as the plain functions they are, and each function that they
call becomes a device function; so a seed and the actions give the same bytes as on the CPU. Without a device numba's
simulator runs the same kernels: set NUMBA_ENABLE_CUDASIM=1 before numba is imported. With one, the package
``numba-cuda`` is needed: numba's own CUDA target is no longer looked after and can't compile ``min`` and ``max``.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numba import cuda as _cuda
from numba.core.errors import TypingError
from numpy.typing import NDArray

from sparring.engine.batch import Batch
from sparring.engine.game import Game
from sparring.engine.kernels import choosing
from sparring.engine.specialise import specialise
from sparring.errors import IllegalAction, SparringError

cuda: Any = _cuda  # numba's types know the simulator only
LOOPS = "sparring.engine.kernels.batch"
THREADS = 128
"""Of a block, at most."""


def why_unavailable() -> str | None:
    """A sentence why nothing can be run on CUDA here, and how to get there; None if it can."""
    if cuda.is_available():
        return None
    return (
        "No CUDA device can be used here. With one, install the package numba-cuda for its version of CUDA; "
        "without one, NUMBA_ENABLE_CUDASIM=1 runs the same kernels in numba's simulator."
    )


class CudaBatch:
    """``Batch`` on a device: the same rows from the same seed, stepped by the same loops.

    ``observations``, ``masks``, ``seats``, ``rewards`` and ``over`` are device arrays with the shapes of ``Batch``;
    ``host(name)`` copies one back. Games with boxes or BATCHED rules are not for it, nor are rules that make arrays.
    """

    def __init__(self, game: Game, size: int, seed: int) -> None:
        obstacle = why_unavailable()
        if obstacle is not None:
            raise SparringError(obstacle)
        if game.batched or game.action_kind == "box":
            raise SparringError(f"{game.title} can't be run on CUDA: that takes compiled rules and choices as actions.")
        self.game, self.size = game, size
        begun, space = Batch(game, size, seed), game.actions
        rows = begun.random.size // 2
        self.states, self._blank = cuda.to_device(begun.states), cuda.to_device(game.blank)
        self.observations, self.masks = cuda.to_device(begun.observations), cuda.to_device(begun.masks)
        self.seats, self.rewards = cuda.to_device(begun.seats), cuda.to_device(begun.rewards)
        self.over, self.random = cuda.to_device(begun.over), cuda.to_device(begun.random.reshape(rows, 2))
        self._actions = cuda.to_device(space.zeros(*begun.masks.shape[:-1]))
        starts, together = cuda.to_device(space.starts), cuda.to_device(space.together)
        flat_masks, flat_actions = (
            self.masks.reshape(rows, space.options),
            self._actions.reshape(rows, len(space.heads)),
        )
        self._choice = (flat_masks, starts, together, self.random, flat_actions)
        self._step, self._random_play = _kernels(game)
        threads = min(size, THREADS)
        self._grid = -(-size // threads), threads

    def step(self, actions: Any) -> None:
        """Play ``actions`` of the host or the device, as ``Batch.step``. Raises IllegalAction and plays nothing."""
        given = actions.copy_to_host() if hasattr(actions, "copy_to_host") else actions
        masks = self.masks.copy_to_host()
        chosen = self.game.as_actions(given, masks.shape[:-1])
        wrong = self.game.actions.illegal(chosen, masks)
        if wrong.any():
            raise IllegalAction(f"Row {int(np.argwhere(wrong)[0][0])}: its action is not allowed in this position.")
        self._actions.copy_to_device(np.ascontiguousarray(chosen))
        self._launch(self._step, self._blank, self._actions)

    def random_play(self, steps: int) -> None:
        """``steps`` steps of uniform random play in one launch; nothing leaves the device."""
        self._launch(self._random_play, steps, *self._choice, self._blank, self._actions)

    def host(self, name: str) -> NDArray[Any]:
        """A copy of one of the arrays, ``states`` and ``random`` included, in the memory of the host."""
        copy: NDArray[Any] = getattr(self, name).copy_to_host()
        return copy

    def _launch(self, kernel: Any, *arguments: Any) -> None:
        arrays = (self.states, self.observations, self.masks, self.seats, self.rewards, self.over)
        try:
            kernel[self._grid](*arguments, *arrays)
        except TypingError as error:
            raise SparringError(
                f"The rules of {self.game.title} can't be compiled for CUDA, where no function can make an array: "
                "keep what they need in the record, or take Batch."
            ) from error


def _kernels(game: Game) -> tuple[Any, Any]:
    """The step and the random play of a game as CUDA kernels, one thread a row."""
    plain = specialise(Game(game.name, game.package, game.options, compiled=False, rules=game.rules), LOOPS)
    done: dict[Callable[..., Any], Any] = {}
    step = on_device(plain.step_at_once if game.simultaneous else plain.step, done)
    choose = on_device(choosing.choose, done)
    each = game.seats if game.simultaneous else 1

    @cuda.jit
    def step_row(blank, actions, states, observations, masks, seats, rewards, over):  # type: ignore[no-untyped-def]
        row = cuda.grid(1)
        if row < states.size:
            step(states, row, row + 1, blank, actions, observations, masks, seats, rewards, over)

    @cuda.jit
    def play_row(  # type: ignore[no-untyped-def]
        steps, flat, starts, together, random, chosen, blank, actions, states, observations, masks, seats, rewards, over
    ):
        row = cuda.grid(1)
        if row < states.size:
            first = row * each
            last = first + each
            for _ in range(steps):
                choose(flat[first:last], starts, together, random[first:last], chosen[first:last])
                step(states, row, row + 1, blank, actions, observations, masks, seats, rewards, over)

    return step_row, play_row


def on_device(function: Any, done: dict[Callable[..., Any], Any]) -> Any:
    """``function`` and all Python functions that it calls as device functions; ``done`` holds those made before."""
    plain: FunctionType = getattr(function, "py_func", function)
    if plain not in done:
        loaded = {each.argval for each in dis.get_instructions(plain) if each.opname == "LOAD_GLOBAL"}
        used = {name: plain.__globals__[name] for name in loaded if name in plain.__globals__}
        for name, value in used.items():
            if isinstance(getattr(value, "py_func", value), FunctionType):
                used[name] = on_device(value, done)
        bound = FunctionType(plain.__code__, {"__builtins__": __builtins__, **used}, plain.__name__, plain.__defaults__)
        bound.__module__ = plain.__module__
        done[plain] = cuda.jit(device=True)(bound)
    return done[plain]
