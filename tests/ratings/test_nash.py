"""Equilibria of matrix games: known ones are found, and nobody gains by leaving those that are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sparring.agents.exact.exploitability import tree_of
from sparring.engine import load_game
from sparring.games.matrix_game.rules import TABLES, read_table
from sparring.ratings.nash import distance, equilibria, gains, maximum_entropy, zero_sum

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
tables = shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=st.integers(-20, 20).map(float)))


def known(name):
    table = read_table(TABLES[name])
    return table[:, :, 0], table[:, :, 1]


def rounded(found):
    return sorted((each.first.round(4).tolist(), each.second.round(4).tolist()) for each in found)


@pytest.mark.parametrize(
    ("name", "policies"),
    [
        ("prisoners_dilemma", [([0, 1], [0, 1])]),
        ("matching_pennies", [([0.5, 0.5], [0.5, 0.5])]),
        ("chicken", [([0, 1], [1, 0]), ([0.5, 0.5], [0.5, 0.5]), ([1, 0], [0, 1])]),
        ("stag_hunt", [([0, 1], [0, 1]), ([2 / 3, 1 / 3], [2 / 3, 1 / 3]), ([1, 0], [1, 0])]),
        ("battle_of_the_sexes", [([0, 1], [0, 1]), ([0.6, 0.4], [0.4, 0.6]), ([1, 0], [1, 0])]),
        ("coordination", [([0, 1], [0, 1]), ([0.5, 0.5], [0.5, 0.5]), ([1, 0], [1, 0])]),
        ("rock_paper_scissors", [([1 / 3] * 3, [1 / 3] * 3)]),
        ("shapley", [([1 / 3] * 3, [1 / 3] * 3)]),
    ],
)
def test_the_equilibria_of_well_known_games_are_found(name, policies):
    expected = sorted((np.round(first, 4).tolist(), np.round(second, 4).tolist()) for first, second in policies)
    assert rounded(equilibria(*known(name))) == expected


def test_kuhn_poker_written_as_a_table_is_worth_what_the_closed_form_says():
    """Each seat has six situations and two actions in each: 64 ways to play. The value is -1/18."""
    tree = tree_of(load_game("kuhn_poker"))
    plans = list(itertools.product([0, 1], repeat=6))

    def policy(first, second):
        def chances(observations, masks):
            card, played = observations[:, 2:5].argmax(axis=1), observations[:, 5:].sum(axis=1)
            situation = np.where(played == 0, card, np.where(played == 2, 3 + card, 3 * observations[:, 6] + card))
            bet = np.where(observations[:, 0] == 1, np.array(first)[situation], np.array(second)[situation])
            return np.column_stack([1 - bet, bet])

        return chances

    payoffs = [[tree.value(policy(first, second)) for second in plans] for first in plans]
    assert zero_sum(payoffs).values[0] == pytest.approx(-1 / 18)


@settings(max_examples=40)
@given(payoffs=tables)
def test_nobody_gains_by_leaving_the_equilibrium_of_a_zero_sum_game(payoffs):
    found = zero_sum(payoffs)
    assert distance(payoffs, -payoffs, found.first, found.second) == pytest.approx(0, abs=1e-7)
    assert found.values[0] == pytest.approx(found.first @ payoffs @ found.second, abs=1e-7)


@settings(max_examples=30)
@given(payoffs=tables, more=st.integers(-9, 9), times=st.integers(1, 9))
def test_the_value_moves_with_the_payoffs_and_changes_sign_with_the_seats(payoffs, more, times):
    value = zero_sum(payoffs).values[0]
    assert zero_sum(times * payoffs + more).values[0] == pytest.approx(times * value + more, abs=1e-6)
    assert zero_sum(-payoffs.T).values[0] == pytest.approx(-value, abs=1e-7)


@settings(max_examples=12)
@given(shape=st.tuples(st.integers(1, 3), st.integers(1, 3)), seed=st.integers(0, 10**6))
def test_games_of_random_numbers_have_an_odd_number_of_equilibria(shape, seed):
    """Wilson, "Computing equilibria of n-person games" (1971): almost every game does."""
    first, second = np.random.default_rng(seed).normal(size=(2, *shape))
    found = equilibria(first, second)
    assert len(found) % 2 == 1
    for each in found:
        assert distance(first, second, each.first, each.second) == pytest.approx(0, abs=1e-7)


@settings(max_examples=20)
@given(payoffs=tables, seed=st.integers(0, 10**6))
def test_distances_are_the_gains_of_both_and_never_below_zero(payoffs, seed):
    random = np.random.default_rng(seed)
    second = random.permutation(payoffs.ravel()).reshape(payoffs.shape)
    x, y = (random.dirichlet(np.ones(size)) for size in payoffs.shape)
    each = gains(payoffs, second, x, y)
    assert min(each) >= -1e-9
    assert distance(payoffs, second, x, y) == pytest.approx(sum(each))


def test_a_game_of_indifference_has_at_least_one():
    assert equilibria([[1, 1], [1, 1]], [[2, 2], [2, 2]])
    assert equilibria([[1, 1], [0, 1]], [[0, 0], [1, 0]])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: zero_sum([1, 2]), "a table of finite numbers"),
        (lambda: zero_sum([[np.nan]]), "a table of finite numbers"),
        (lambda: equilibria(np.ones((2, 2)), np.ones((2, 3))), "of one shape"),
        (lambda: equilibria(np.ones((9, 9)), np.ones((9, 9))), "use zero_sum"),
        (lambda: distance([[1, 2]], [[1, 2]], [1], [0.5, 0.6]), "2 probabilities that sum to 1"),
    ],
)
def test_what_is_no_game_or_policy_is_told_so(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_most_mixed_equilibrium_by_hand() -> None:
    cycle = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    assert maximum_entropy(cycle).first == pytest.approx([1 / 3] * 3)
    assert maximum_entropy(np.zeros((3, 2))).second == pytest.approx([0.5, 0.5])
    assert maximum_entropy([[2, 0], [0, 1]]).first == pytest.approx([1 / 3, 2 / 3], abs=1e-5)
    assert maximum_entropy([[1, 1], [0, 2]]).first == pytest.approx([1, 0], abs=1e-5)


def test_copies_of_a_choice_share_what_it_alone_would_get() -> None:
    alone = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    places = [0, 0, 1, 2, 2, 2]
    found = maximum_entropy(alone[np.ix_(places, places)]).first
    assert found == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 9, 1 / 9, 1 / 9], abs=1e-4)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_the_most_mixed_equilibrium_is_one_and_no_other_is_more_mixed(payoffs: NDArray[np.float64]) -> None:
    found, other = maximum_entropy(payoffs), zero_sum(payoffs)
    assert distance(payoffs, -payoffs, found.first, found.second) < 1e-3
    assert found.values == pytest.approx(other.values, abs=1e-8)
    assert entropy(found.first) > entropy(other.first) - 1e-4
    assert entropy(found.second) > entropy(other.second) - 1e-4


def entropy(policy: NDArray[np.float64]) -> float:
    played = policy[policy > 0]
    return float(-(played * np.log(played)).sum())
