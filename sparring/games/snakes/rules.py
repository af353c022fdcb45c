"""The rules of snakes: all move at once; food makes longer, walls and bodies kill, and who outlives the others wins."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Snakes"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = True
OPTIONS = {
    "seats": (2, range(2, 5), "Snakes on the board."),
    "size": (11, range(5, 20), "Cells along each side of the board."),
    "food": (3, range(1, 11), "Pieces of food that lie on the board at a time."),
    "limit": (300, range(10, 2001), "Ticks after which the longest of those alive wins."),
}

UP, RIGHT, DOWN, LEFT = 0, 1, 2, 3
DOWNWARDS = (-1, 0, 1, 0)
RIGHTWARDS = (0, 1, 0, -1)
LENGTH = 3  # at the start, all of it in one cell
ALIVE = -1


def layout(seats, size, food, limit):
    return {
        "seats": seats,
        "state": [
            ("owner", np.int8, (size, size)),  # seat + 1, or 0 where no snake is
            ("life", np.int16, (size, size)),  # ticks until the segment is gone, unless its snake eats
            ("meal", np.int8, (size, size)),  # 1 where food lies
            ("heads", np.int8, (seats, 2)),  # row, column
            ("lengths", np.int16, (seats,)),
            ("died", np.int16, (seats,)),  # tick of the death, or ALIVE
            ("food", np.int8),
            ("limit", np.int16),
        ],
        "actions": 4,
        "observation": (2 * seats + 2, size, size),
        "dtype": np.float32,
    }


def start(state):
    size = state.owner.shape[0]
    for seat in range(state.lengths.size):
        row = 1 if seat == 0 or seat == 2 else size - 2
        column = 1 if seat == 0 or seat == 3 else size - 2
        state.heads[seat, 0] = row
        state.heads[seat, 1] = column
        state.lengths[seat] = LENGTH
        state.died[seat] = ALIVE
        state.owner[row, column] = seat + 1
        state.life[row, column] = LENGTH
    state.meal[size // 2, size // 2] = 1
    lay_food(state)


def lay_food(state):
    """Lay food on free cells, by lot, until as much lies there as should."""
    size = state.owner.shape[0]
    lying = 0
    free = 0
    for row in range(size):
        for column in range(size):
            lying += state.meal[row, column]
            free += is_free(state, row, column)
    while lying < state.food and free > 0:
        skip = draw(state.random, free)
        for row in range(size):
            for column in range(size):
                if is_free(state, row, column):
                    if skip == 0:
                        state.meal[row, column] = 1
                    skip -= 1
        lying += 1
        free -= 1


def is_free(state, row, column):
    return state.owner[row, column] == 0 and state.meal[row, column] == 0


def is_inside(state, row, column):
    return 0 <= row < state.owner.shape[0] and 0 <= column < state.owner.shape[1]


def legal(state, seat, mask):
    if state.died[seat] != ALIVE:
        mask[0] = True
        return
    for action in range(4):
        row = state.heads[seat, 0] + DOWNWARDS[action]
        column = state.heads[seat, 1] + RIGHTWARDS[action]
        mask[action] = not is_neck(state, seat, row, column)


def is_neck(state, seat, row, column):
    """Whether the segment behind the seat's head lies there."""
    if not is_inside(state, row, column) or state.owner[row, column] != seat + 1:
        return False
    return state.life[row, column] == state.lengths[seat] - 1


def play(state, action):
    for seat in range(state.lengths.size):
        if is_alive(state, seat):
            state.heads[seat, 0] += DOWNWARDS[action[seat]]
            state.heads[seat, 1] += RIGHTWARDS[action[seat]]
    eat(state)
    move_tails(state)
    alive = bury(state)
    for seat in range(state.lengths.size):
        if is_alive(state, seat):
            state.owner[state.heads[seat, 0], state.heads[seat, 1]] = seat + 1
            state.life[state.heads[seat, 0], state.heads[seat, 1]] = state.lengths[seat]
    lay_food(state)
    state.over = alive <= 1 or state.ply == state.limit - 1


def is_alive(state, seat):
    return state.died[seat] == ALIVE


def eat(state):
    """A head on food makes its snake longer by one. The food is gone, even where two heads meet on it."""
    for seat in range(state.lengths.size):
        row = state.heads[seat, 0]
        column = state.heads[seat, 1]
        if is_alive(state, seat) and is_inside(state, row, column) and state.meal[row, column] > 0:
            state.lengths[seat] += 1
            lengthen(state, seat)
    for seat in range(state.lengths.size):
        row = state.heads[seat, 0]
        column = state.heads[seat, 1]
        if is_alive(state, seat) and is_inside(state, row, column):
            state.meal[row, column] = 0


def lengthen(state, seat):
    """All segments of the seat's snake stay a tick longer."""
    size = state.owner.shape[0]
    for row in range(size):
        for column in range(size):
            state.life[row, column] += state.owner[row, column] == seat + 1


def move_tails(state):
    size = state.owner.shape[0]
    for row in range(size):
        for column in range(size):
            if state.owner[row, column] > 0:
                state.life[row, column] -= 1
                if state.life[row, column] == 0:
                    state.owner[row, column] = 0


def bury(state):
    """All that have hit something die at once, and their bodies leave the board. Returns how many snakes are left."""
    alive = 0
    for seat in range(state.lengths.size):
        if is_alive(state, seat):
            if has_hit(state, seat):
                state.died[seat] = state.ply
            else:
                alive += 1
    for seat in range(state.lengths.size):
        if state.died[seat] == state.ply:
            remove(state, seat)
    return alive


def has_hit(state, seat):
    """Whether the seat's head is in a wall, in a body, or in the head of a snake that is not shorter."""
    row = state.heads[seat, 0]
    column = state.heads[seat, 1]
    if not is_inside(state, row, column) or state.owner[row, column] > 0:
        return True
    for other in range(state.lengths.size):
        meets = state.heads[other, 0] == row and state.heads[other, 1] == column
        moved = is_alive(state, other) or state.died[other] == state.ply
        if other != seat and meets and moved and state.lengths[other] >= state.lengths[seat]:
            return True
    return False


def remove(state, seat):
    size = state.owner.shape[0]
    for row in range(size):
        for column in range(size):
            if state.owner[row, column] == seat + 1:
                state.owner[row, column] = 0
                state.life[row, column] = 0


def reward(state, rewards):
    """At the end each seat gets the share of the others that it has beaten, less the share that has beaten it."""
    if not state.over:
        return
    seats = rewards.size
    for seat in range(seats):
        balance = 0
        for other in range(seats):
            balance += beats(state, seat, other) - beats(state, other, seat)
        rewards[seat] = balance / (seats - 1)


def beats(state, seat, other):
    """Whether ``seat`` has outlived ``other``, or is longer, both being alive at the end."""
    if is_alive(state, seat) and is_alive(state, other):
        return int(state.lengths[seat] > state.lengths[other])
    if is_alive(state, seat) or is_alive(state, other):
        return int(is_alive(state, seat))
    return int(state.died[seat] > state.died[other])


def observe(state, seat, observation):
    seats = state.lengths.size
    size = state.owner.shape[0]
    for row in range(size):
        for column in range(size):
            owner = state.owner[row, column]
            if owner > 0:
                plane = 2 * ((owner - 1 - seat + seats) % seats)
                observation[plane + 1, row, column] = state.life[row, column] / state.lengths[owner - 1]
            observation[2 * seats, row, column] = state.meal[row, column]
            observation[2 * seats + 1, row, column] = 1.0 - state.ply / state.limit
    for other in range(seats):
        if is_alive(state, other):
            plane = 2 * ((other - seat + seats) % seats)
            observation[plane, state.heads[other, 0], state.heads[other, 1]] = state.lengths[other] / size
