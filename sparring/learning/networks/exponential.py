"""e^x in float32, written so that a compiled loop over it is vectorised, as one over that of libm is not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOG2_E = np.float32(1 / np.log(2))
LN_2_HIGH = np.float32(0.693359375)
"""ln 2 in so few bits that its product with a small whole number is exact."""
LN_2_LOW = np.float32(np.log(2) - 0.693359375)
C2, C3, C4, C5, C6, C7 = (np.float32(1 / factorial) for factorial in (2, 6, 24, 120, 720, 5040))
ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)
LEAST, MOST = np.float32(-87), np.float32(88)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def exponential(x: Any) -> Any:
    """e^x, float32, to an ulp: 0 below -87, e^88 above 88, and no number of what is none.

    x = n ln 2 + r with a whole n, and e^r is a Taylor series: for r between -.35 and .35 its eighth power is lost in
    rounding. 2^n is n in the exponent's bits.
    """
    within = min(max(x, LEAST), MOST)
    n = np.floor(within * LOG2_E + HALF)
    r = (within - n * LN_2_HIGH) - n * LN_2_LOW
    series = ONE + r * (ONE + r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * (C6 + r * C7))))))
    power = np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    if x >= LEAST:
        return series * power
    return ZERO if x < LEAST else x


@njit(cache=True, nogil=True, error_model="numpy")
def exponentials(numbers: NDArray[np.float32]) -> NDArray[np.float32]:
    """e^x of each of float32 ``numbers [n, m]``."""
    found = np.empty_like(numbers)
    given, taken = numbers.reshape(numbers.size), found.reshape(found.size)
    for i in range(given.size):
        taken[i] = exponential(given[i])
    return found
