"""The rules of matrix games: both seats choose at once, a table says what that pays; played over several rounds."""

import re

import numpy as np

from sparring.games.chance import draw

TITLE = "Matrix game"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = False

TABLES = {
    "prisoners_dilemma": "3,3 0,5; 5,0 1,1",
    "matching_pennies": "1 -1; -1 1",
    "chicken": "3,3 1,4; 4,1 0,0",
    "stag_hunt": "4,4 0,3; 3,0 2,2",
    "battle_of_the_sexes": "3,2 0,0; 0,0 2,3",
    "coordination": "1,1 0,0; 0,0 1,1",
    "rock_paper_scissors": "0 -1 1; 1 0 -1; -1 1 0",
    "shapley": "1,0 0,0 0,1; 0,1 1,0 0,0; 0,0 0,1 1,0",
}
MOST_CHOICES = 16
NUMBER = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,3})?")

OPTIONS = {
    "game": ("prisoners_dilemma", tuple(TABLES), "A well-known table."),
    "table": ("", re.compile(r"(?s).{0,8000}"), "A table of your own, such as `3,3 0,5; 5,0 1,1`."),
    "repetitions": (10, range(1, 1001), "Rounds of a match."),
    "recall": (3, range(1, 11), "Rounds that a seat remembers."),
}
NOTHING = -1


def layout(game, table, repetitions, recall):
    payoffs = read_table(table or TABLES[game])
    rows, columns, _ = payoffs.shape
    return {
        "state": [
            ("payoffs", np.float64, payoffs.shape),
            ("choices", np.int8, (repetitions, 2)),
            ("scores", np.float64, (2,)),
            ("known", np.int8),
            ("recall", np.int8),
        ],
        "constants": {"payoffs": payoffs, "known": NOTHING if table else list(TABLES).index(game)},
        "actions": max(rows, columns),
        "observation": (recall, rows * columns + 2),
        "dtype": np.int8,
        "forfeit": float(repetitions * max(abs(payoffs).max(), 1)),
    }


def read_table(text):
    """Payoffs float64 [rows, columns, 2] from a text: rows end with a semicolon, cells with a space.

    A cell holds what the first and the second seat get, or one number: what the first wins from the second.
    """
    rows = [row.split() for row in text.split(";")]
    if not 1 <= len(rows) <= MOST_CHOICES or not 1 <= len(rows[0]) <= MOST_CHOICES:
        raise ValueError(f"A table has 1 to {MOST_CHOICES} rows, and as many columns at most.")
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"Row {number + 1} of the table has {len(row)} cells, and the first has {len(rows[0])}.")
    return np.array([[read_cell(cell) for cell in row] for row in rows])


def read_cell(cell):
    numbers = cell.split(",")
    if len(numbers) > 2 or not all(NUMBER.fullmatch(number) for number in numbers):
        raise ValueError(f"'{cell[:40]}' is no cell of a table: write 3,5 for what both get, or 3 for what one wins.")
    first = float(numbers[0])
    return [first, float(numbers[1]) if len(numbers) == 2 else 0.0 - first]


def start(state):
    state.choices[:] = NOTHING


def legal(state, seat, mask):
    mask[: state.payoffs.shape[seat]] = True


def play(state, action):
    for seat in range(2):
        state.choices[state.ply, seat] = action[seat]
        state.scores[seat] += state.payoffs[action[0], action[1], seat]
    state.over = state.ply == state.choices.shape[0] - 1


def reward(state, rewards):
    row, column = state.choices[state.ply - 1]
    for seat in range(2):
        rewards[seat] = state.payoffs[row, column, seat]


def observe(state, seat, observation):
    """The last rounds, the latest in the last row: which choices were made, one's own first, or that none was yet.

    The last column is 1 for who chooses columns: what is good for one seat may be bad for the other.
    """
    recall = observation.shape[0]
    none = observation.shape[1] - 2
    theirs = state.payoffs.shape[1 - seat]
    for row in range(recall):
        round = state.ply - recall + row
        if round < 0:
            observation[row, none] = 1
        else:
            observation[row, theirs * state.choices[round, seat] + state.choices[round, 1 - seat]] = 1
        observation[row, none + 1] = seat


def redeal(state, seat):
    """Rounds that nobody remembers may have been any."""
    state.scores[:] = 0.0
    for round in range(state.ply):
        for either in range(2):
            if round < state.ply - state.recall:
                state.choices[round, either] = draw(state.random, state.payoffs.shape[either])
        for either in range(2):
            state.scores[either] += state.payoffs[state.choices[round, 0], state.choices[round, 1], either]
