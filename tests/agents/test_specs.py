"""Options in specs: numbers in a range, or a sentence."""

from __future__ import annotations

import pytest

from sparring.agents import parse_spec
from sparring.errors import BadOption


@pytest.mark.parametrize("value", ["", "-", "--5", "²", "٣", "5.0", "five", "0", "-1", "65", "9" * 5000])
def test_a_value_that_is_no_number_in_range_gets_the_range(value):
    with pytest.raises(BadOption, match=r"minimax:depth can't be '.*'; it is a number in 1\.\.64"):
        parse_spec(f"minimax:depth={value}")


def test_numbers_in_range_are_read_and_defaults_filled_in():
    assert parse_spec("minimax:depth=64").options == {"depth": 64}
    assert parse_spec("mcts").options == {"simulations": 200, "depth": 0}


def test_an_unknown_option_gets_the_nearest():
    with pytest.raises(BadOption, match="Did you mean 'simulations'"):
        parse_spec("mcts:simulation=5")
