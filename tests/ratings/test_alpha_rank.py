"""Alpha-rank: the chain by hand, and the reference implementation of its authors."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparring.ratings.alpha_rank import alpha_rank, alpha_rank_of_profiles, stationary


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> Any:
    """OpenSpiel's alpha-rank; its drawings need a package that it does not ask for."""
    monkeypatch.setitem(sys.modules, "open_spiel.python.egt.alpharank_visualizer", ModuleType("alpharank_visualizer"))
    from open_spiel.python.egt import alpharank

    return alpharank


def test_two_strategies_by_hand() -> None:
    up = (1 - np.exp(-1)) / (1 - np.exp(-3))
    down = (1 - np.exp(1)) / (1 - np.exp(3))
    found = alpha_rank([[0, 1], [0, 0]], alpha=1.0, population=3)
    assert found == pytest.approx([up / (up + down), down / (up + down)])
    assert alpha_rank([[5]]).tolist() == [1]


def test_a_chain_s_stationary_distribution_by_hand() -> None:
    assert stationary([[0.5, 0.5], [0.25, 0.75]]) == pytest.approx([1 / 3, 2 / 3])
    assert stationary([[0, 1e-90], [2e-90, 0]]) == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize("alpha", [0.1, 1.0, 3.0])
def test_symmetric_games_are_ranked_as_by_the_reference(reference: Any, alpha: float) -> None:
    chance = np.random.default_rng(4)
    for size in (2, 3, 6):
        payoffs = chance.normal(size=(size, size))
        *_, expected, _, _ = reference.compute([payoffs], m=10, alpha=alpha)
        assert alpha_rank(payoffs, alpha, population=10) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("alpha", [0.1, 1.0])
def test_profiles_are_ranked_as_by_the_reference(reference: Any, alpha: float) -> None:
    chance = np.random.default_rng(5)
    for shape in ((2, 2), (2, 3), (4, 3)):
        first, second = chance.normal(size=shape), chance.normal(size=shape)
        *_, expected, _, _ = reference.compute([first, second], m=8, alpha=alpha)
        found = alpha_rank_of_profiles(first, second, alpha, population=8)
        assert found.ravel() == pytest.approx(expected, abs=1e-7)


def test_who_beats_all_others_has_it_all_and_a_cycle_shares() -> None:
    assert alpha_rank([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]], alpha=100) == pytest.approx([1, 0, 0])
    cycle_and_loser = [[0, -1, 1, 1], [1, 0, -1, 1], [-1, 1, 0, 1], [-1, -1, -1, 0]]
    assert alpha_rank(cycle_and_loser, alpha=100) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


@given(arrays(np.float64, (4, 4), elements=st.floats(-1, 1)), st.floats(0.01, 1000))
def test_ranks_are_a_distribution_and_only_differences_matter(payoffs: Any, alpha: float) -> None:
    ranks = alpha_rank(payoffs, alpha)
    assert ranks.sum() == pytest.approx(1)
    assert (ranks >= 0).all()
    order = np.array([2, 0, 3, 1])
    assert alpha_rank(payoffs[np.ix_(order, order)], alpha) == pytest.approx(ranks[order], abs=1e-6)


def test_tables_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        alpha_rank([[1, 2]])
    with pytest.raises(ValueError, match="Both seats"):
        alpha_rank_of_profiles([[1, 2]], [[1], [2]])
