"""An agent that answers many matches in one call: wins if it can, else stops the opponent, else plays near the middle.

    sparring duel connect_four examples/agents/batched.py minimax:depth=2 --matches 1000

The matches of a duel are played together. An agent without memory may define `act_batch` in place of `act`: it gets all
positions in which it is to move and answers all at once, which NumPy or a network does far faster than one by one.
"""

import numpy as np

ROWS, COLUMNS = 6, 7
NEAR_THE_MIDDLE = -np.abs(np.arange(COLUMNS) - COLUMNS // 2)
DIRECTIONS = [(0, 1), (1, 0), (1, 1), (1, -1)]


class Agent:
    def act_batch(self, observations, masks):
        """observations: int8 [B, 2, 6, 7], own stones and the opponent's; masks: bool [B, 7] -> int [B]"""
        own, other = observations[:, 0], observations[:, 1]
        landing = landing_cells(own | other)
        value = NEAR_THE_MIDDLE + 100.0 * wins(own, landing) + 10.0 * wins(other, landing)
        return np.where(masks, value, -np.inf).argmax(axis=1)


def landing_cells(stones):
    """Where a stone would come to rest: [B, 6, 7] -> row number for each column, int [B, 7]; -1 if it is full."""
    return ROWS - 1 - stones.sum(axis=1)


def wins(stones, landing):
    """Which columns would complete a line of four of these stones: [B, 6, 7] and int [B, 7] -> bool [B, 7]."""
    batch = np.arange(len(stones))[:, None]
    board = np.pad(stones, ((0, 0), (3, 3), (3, 3)))  # three empty cells all around, so that no line runs off the board
    row, column = landing + 3, np.arange(COLUMNS)[None, :] + 3
    found = np.zeros(landing.shape, bool)
    for down, right in DIRECTIONS:
        line = np.stack([board[batch, row + step * down, column + step * right] for step in range(-3, 4)])
        for start in range(4):  # a line of four that holds the new stone begins up to three cells before it
            others = [line[start + step] for step in range(4) if start + step != 3]
            found |= np.all(others, axis=0)
    return found & (landing >= 0)
