"""Nash averaging over results: copies change nothing, nobody beats the mix, and few matches say little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.ratings import expected_score
from sparring.ratings.averaging import BELIEF, advantages, nash_average


def leads(seed: int, agents: int) -> np.ndarray:
    matrix = np.random.default_rng(seed).normal(size=(agents, agents))
    return matrix - matrix.T


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 3))
def test_copies_of_an_agent_share_its_weight(seed, agents, copies):
    matrix = leads(seed, agents)
    alone = nash_average(matrix)
    rows = [*range(agents), *[0] * copies]
    crowded = nash_average(matrix[np.ix_(rows, rows)])
    assert crowded.shares[0] + crowded.shares[agents:].sum() == pytest.approx(alone.shares[0], abs=1e-4)
    assert crowded.shares[1:agents] == pytest.approx(alone.shares[1:], abs=1e-4)
    assert crowded.skills[:agents] == pytest.approx(alone.skills, abs=0.5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_nobody_beats_the_mix_and_who_is_in_it_draws(seed, agents):
    found = nash_average(leads(seed, agents))
    assert found.skills.max() < 0.01
    assert np.abs(found.skills[found.shares > 1e-3]).max() < 0.5


@pytest.mark.parametrize("seed", range(3))
def test_the_equilibrium_is_the_one_of_open_spiels_regret_matching(seed):
    from open_spiel.python.algorithms import regret_matching

    matrix = leads(seed, 5)
    mixes = regret_matching.regret_matching([matrix, -matrix], iterations=20_000, gamma=1e-8)
    shares = nash_average(matrix).shares
    assert np.abs(mixes[0] - shares).max() < 0.03


def test_a_pair_that_never_met_is_as_the_ratings_say_and_one_that_met_often_as_its_matches():
    ratings = np.array([100.0, 0.0, -100.0])
    found = advantages(ratings, [0], [1], [0.0], [1000])
    assert found == pytest.approx(-found.T)
    assert found[1, 2] == pytest.approx(100 * np.log(10) / 400)
    share = BELIEF * expected_score(100) / (1000 + BELIEF)
    assert found[0, 1] == pytest.approx(np.log(share / (1 - share)))


def test_what_is_no_table_of_leads_is_refused():
    with pytest.raises(ValueError, match="square matrix"):
        nash_average([[0, 1], [1, 0]])
