"""numba's compiler for kernels, with names of compiled functions that mean the same in every process.

numba names a compiled function after the types of its arguments, but a record by a number that the process happens to
count, and an array within a record without its shape. Two options of one game, compiled and cached on disk by two
processes, may so get the same names; a third process that loads both would run the code of one on the records of the
other. Here both are named after all that they are.
"""

from __future__ import annotations

import hashlib
from typing import Any

from numba import njit, types

kernel = njit(cache=True, nogil=True, error_model="numpy")
"""Compiles a function, or loads what another process has compiled."""


def _digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def _name_of_record(record: Any) -> tuple[str, tuple[Any, ...]]:
    return "Record", (_digest(record.name),)


def _name_of_nested_array(array: Any) -> tuple[str, tuple[Any, ...]]:
    return "NestedArray", (array.dtype, *array.shape)


types.Record.mangling_args = property(_name_of_record)  # type: ignore[assignment, method-assign]
types.NestedArray.mangling_args = property(_name_of_nested_array)  # type: ignore[assignment, method-assign]
