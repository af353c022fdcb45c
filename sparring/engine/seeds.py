"""Seeds: from one number to the random words of many records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def random_words(seeds: Any) -> NDArray[np.uint32]:
    """Two random words, uint32 [B, 2], for each of ``seeds: uint64 [B]``, by SplitMix64 (Steele et al., 2014)."""
    z = np.atleast_1d(np.asarray(seeds, np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    z[z == 0] = 1
    return np.stack([(z & np.uint64(0xFFFFFFFF)), z >> np.uint64(32)], axis=1).astype(np.uint32)


def spread(seed: int | Sequence[int], count: int) -> NDArray[np.uint64]:
    """``count`` independent seeds, uint64 [count], from one, or from several numbers."""
    return np.asarray(np.random.SeedSequence(seed).generate_state(count, np.uint64), np.uint64)


def seed_of(*numbers: int) -> int:
    """One seed that follows from several numbers."""
    return int(spread(numbers, 1)[0])
