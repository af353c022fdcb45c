"""Numbers seen through symmetries, compiled."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def see(numbers, rows, places, ways, seen):
    """Write some ``rows: int64 [B]`` of ``numbers: [N, K, n]`` to ``seen: [B, K, n]``, each as it is seen in its way.

    ``ways: int64 [B]`` says in which order of ``places: int64 [G, n]``.
    """
    for row in range(ways.size):
        order, source = places[ways[row]], rows[row]
        for one in range(numbers.shape[1]):
            for place in range(order.size):
                seen[row, one, place] = numbers[source, one, order[place]]
