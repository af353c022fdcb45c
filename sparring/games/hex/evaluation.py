"""What a position of Hex is worth before its end: who needs fewer more stones to connect.

The distance of a seat is the least number of empty cells on a path between its sides through its own stones and empty
cells, a shortest path in which stones cost nothing.
"""

import numpy as np

from sparring.games.hex.rules import neighbour

FAR_AWAY = 1000
PER_STONE = 0.12


def evaluate(state, seat):
    """Between -1 and 1, from the view of ``seat``; who is to move is half a stone ahead."""
    own = np.int64(seat)
    ahead = distance(state.board, 1 - own) - distance(state.board, own) + (0.5 if state.seat == seat else -0.5)
    return max(-0.95, min(0.95, PER_STONE * ahead))


def distance(board, seat):
    """How many more stones the seat needs to connect its sides, if the other one never answers."""
    size = board.shape[0]
    needed = np.full(size * size, FAR_AWAY, np.int64)
    queue = np.zeros(12 * size * size + 2, np.int64)
    head = tail = queue.size // 2
    for at in range(size):
        row, column = (0, at) if seat == 0 else (at, 0)
        step = cost(board, row, column, seat)
        if step < FAR_AWAY:
            needed[size * row + column] = step
            head, tail = put(queue, head, tail, size * row + column, step)
    while head < tail:
        cell = queue[head]
        head += 1
        row, column = cell // size, cell % size
        if (row if seat == 0 else column) == size - 1:
            return needed[cell]
        for direction in range(6):
            r, c = neighbour(row, column, direction)
            if 0 <= r < size and 0 <= c < size:
                step = cost(board, r, c, seat)
                if needed[cell] + step < needed[size * r + c]:
                    needed[size * r + c] = needed[cell] + step
                    head, tail = put(queue, head, tail, size * r + c, step)
    return size * size


def cost(board, row, column, seat):
    if board[row, column] == 0:
        return 1
    return 0 if board[row, column] == seat + 1 else FAR_AWAY


def put(queue, head, tail, cell, step):
    """Cells that cost nothing go first, so that the queue stays in order of distance."""
    if step == 0:
        queue[head - 1] = cell
        return head - 1, tail
    queue[tail] = cell
    return head, tail + 1
