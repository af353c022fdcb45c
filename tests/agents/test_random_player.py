"""The random player."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparring.agents.random_player import random_actions


@given(arrays(np.bool_, st.tuples(st.integers(1, 30), st.integers(1, 12))), st.integers(0, 2**32))
def test_only_legal_actions_are_chosen(masks, seed):
    masks[:, seed % masks.shape[1]] = True
    actions = random_actions(masks, np.random.default_rng(seed))
    assert masks[np.arange(len(masks)), actions].all()


def test_every_legal_action_is_as_likely_as_the_other():
    masks = np.tile([True, False, True, True, False, True], (40_000, 1))
    counts = np.bincount(random_actions(masks, np.random.default_rng(1)), minlength=6)
    assert counts[[1, 4]].tolist() == [0, 0]
    assert np.abs(counts[[0, 2, 3, 5]] - 10_000).max() < 500


def test_one_seed_gives_one_sequence():
    masks = np.ones((100, 9), np.bool_)
    first, second = (random_actions(masks, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
