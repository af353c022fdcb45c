"""Ratings from tables of three and four: their intervals hold the truth as often as they promise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sparring.ratings import fit
from sparring.ratings.bradley_terry import POINTS_A_LOGIT
from sparring.ratings.tables import expected_dispersion, table_dispersion

AGENTS, ROUNDS = 16, 150
Floats = NDArray[np.float64]


def play_rounds(
    rng: np.random.Generator, strengths: Floats, seats: int, shared: bool
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Who sat at each table, whom each came before in a round, and how often each came before each: Plackett-Luce.

    Where luck is ``shared`` by the matches of a round, as by a seed, every other match repeats it.
    """
    players = np.array([rng.permutation(AGENTS)[:seats] for _ in range(ROUNDS)])
    taken, ahead = np.zeros((ROUNDS, seats)), np.zeros((AGENTS, AGENTS))
    luck = rng.gumbel(size=(ROUNDS, seats))
    for match in range(seats):
        if not (shared and match % 2):
            luck = rng.gumbel(size=(ROUNDS, seats))
        shown = strengths[players] / POINTS_A_LOGIT + luck
        before = (shown[:, :, None] > shown[:, None, :]).astype(float)
        taken += before.sum(axis=2)
        np.add.at(ahead, (players[:, :, None], players[:, None, :]), before)
    return players, taken, ahead


@pytest.mark.parametrize(("seats", "shared"), [(3, False), (4, False), (4, True)])
def test_intervals_from_tables_hold_the_truth_about_that_often(seats: int, shared: bool) -> None:
    rng = np.random.default_rng(11)
    first, second = np.triu_indices(AGENTS, 1)
    inside = []
    for _ in range(60):
        strengths = rng.normal(0, 250, AGENTS)
        players, taken, ahead = play_rounds(rng, strengths, seats, shared)
        points, games = ahead[first, second], (ahead + ahead.T)[first, second]
        plain = fit(first, second, points, games, agents=AGENTS)
        dispersion = table_dispersion(plain.ratings, players, taken, seats)
        low, high = fit(first, second, points, games, agents=AGENTS, dispersion=dispersion).intervals().T
        truth = strengths - strengths.mean()
        inside.append(((low < truth) & (truth < high))[np.argsort(truth)])
    assert 0.93 <= np.mean(inside) <= 0.97
    assert 0.91 <= np.mean(np.array(inside)[:, [0, 1, 2, -3, -2, -1]]) <= 0.98


@pytest.mark.parametrize("seats", [2, 3, 5])
def test_between_equals_the_dispersion_is_what_theory_says(seats: int) -> None:
    rng, equals = np.random.default_rng(12), np.zeros(AGENTS)
    found = [table_dispersion(equals, *play_rounds(rng, equals, seats, shared=False)[:2], seats) for _ in range(3)]
    assert np.mean(found) == pytest.approx(expected_dispersion(seats), rel=0.12)


def test_a_few_rounds_are_not_believed_to_be_steadier_than_luck() -> None:
    players, taken = np.array([[0, 1, 2]]), np.array([[3.0, 3.0, 3.0]])
    assert table_dispersion(np.zeros(3), players, taken, 3) == pytest.approx(expected_dispersion(3), rel=0.1)
