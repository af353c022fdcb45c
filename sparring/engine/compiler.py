"""numba's compiler for kernels, with names of compiled functions that mean the same in every process.

numba names a compiled function after the types of its arguments, but a record by a number that the process happens to
count, and an array within a record without its shape. Two options of one game, compiled and cached on disk by two
processes, may so get the same names; a third process that loads both would run the code of one on the records of the
other. Here both are named after all that they are.

Nor does numba expect two processes to compile one function for different types at the same time: both would write what
they compiled into the first file that is free, and the index may then lead to the other's code. Here every file has a
name of its own.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from numba import njit, types
from numba.core.caching import IndexDataCacheFile

kernel = njit(cache=True, nogil=True, error_model="numpy")
"""Compiles a function, or loads what another process has compiled."""


def _digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def _name_of_record(record: Any) -> tuple[str, tuple[Any, ...]]:
    return "Record", (_digest(record.name),)


def _name_of_nested_array(array: Any) -> tuple[str, tuple[Any, ...]]:
    return "NestedArray", (array.dtype, *array.shape)


def _own_data_name(file: Any, _: int) -> str:
    return f"{file._index_name.removesuffix('.nbi')}.{uuid.uuid4().hex[:12]}.nbc"


IndexDataCacheFile._data_name = _own_data_name  # type: ignore[method-assign]
types.Record.mangling_args = property(_name_of_record)  # type: ignore[assignment, method-assign]
types.NestedArray.mangling_args = property(_name_of_nested_array)  # type: ignore[assignment, method-assign]
