"""Numbers seen through symmetries, compiled."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def see(numbers, places, ways, seen):
    """Write ``numbers: [N, K, n]``, in the order ``places: int64 [G, n]`` of each row's way, to ``seen: [B, K, n]``.

    ``ways: int64 [B]`` may be several times as many as there are rows: all are seen again, and again.
    """
    for row in range(ways.size):
        order, source = places[ways[row]], row % numbers.shape[0]
        for one in range(numbers.shape[1]):
            for place in range(order.size):
                seen[row, one, place] = numbers[source, one, order[place]]
