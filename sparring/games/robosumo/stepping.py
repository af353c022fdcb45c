"""Rows of matches stepped in compiled code that calls MuJoCo's C library, so that threads never wait for one another.

From Python each row takes eight calls, for which its thread has to hold the interpreter. The functions and their
arguments are those of ``mujoco.h``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import llvmlite.binding
import mujoco
import numpy as np
from numba import njit, types

from sparring.games.robosumo.physics import FRAMES, MOST_FORCE

_NAMES = ("libmujoco.so*", "libmujoco*.dylib", "mujoco.dll")
_LIBRARY = next(path for name in _NAMES for path in Path(mujoco.__file__).parent.glob(name))
llvmlite.binding.load_library_permanently(str(_LIBRARY))

pointer = types.intp
mj_step = types.ExternalFunction("mj_step", types.void(pointer, pointer))
mj_rnePostConstraint = types.ExternalFunction("mj_rnePostConstraint", types.void(pointer, pointer))  # noqa: N816
mj_setState = types.ExternalFunction("mj_setState", types.void(pointer, pointer, pointer, types.intc))  # noqa: N816
mj_getState = types.ExternalFunction("mj_getState", types.void(pointer, pointer, pointer, types.intc))  # noqa: N816


class Simulator:
    """A model with data of one thread's own. ``kept``: which parts of the state a row holds (``mjtState``)."""

    def __init__(self, model: Any, kept: int) -> None:
        self.model, self.data, self.kept = model, mujoco.MjData(model), kept
        self.random = np.random.RandomState(0)  # to be seeded anew; making one takes longer than starting a match
        self._row = np.zeros(mujoco.mj_stateSize(model, kept))

    def step(self, physics: Any, forces: Any, controls: Any, first: int, last: int) -> None:
        """Advance the rows from ``first`` to ``last`` by ``FRAMES`` frames, in place.

        ``physics: float64 [B, size]``, ``forces: float32 [B, bodies, 6]``, ``controls: float64 [B, motors]``.
        """
        addresses = (self.model._address, self.data._address)
        memory = (self._row, self.data.ctrl, self.data.cfrc_ext)
        _step_rows(addresses, memory, self.kept, physics, forces, controls, first, last)


@njit(nogil=True, cache=True)
def _step_rows(addresses, memory, kept, physics, forces, controls, first, last):  # type: ignore[no-untyped-def]
    model, data = addresses
    row, control, force = memory
    for number in range(first, last):
        row[:] = physics[number]
        mj_setState(model, data, row.ctypes.data, kept)
        control[:] = controls[number]
        for _ in range(FRAMES):
            mj_step(model, data)
        mj_rnePostConstraint(model, data)
        mj_getState(model, data, row.ctypes.data, kept)
        physics[number] = row
        for body in range(forces.shape[1]):
            for part in range(forces.shape[2]):
                forces[number, body, part] = min(abs(force[body + 1, part]), MOST_FORCE)
