"""The language of formulas: arithmetic as Python has it, and nothing that could do harm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.errors import BadOption
from sparring.learning.configuration.expressions import DEEPEST, LONGEST, Expression

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))

FORMS = [
    *("({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} // {})", "({} % {})", "(-{} + {})", "abs({} - {})"),
    *("min({}, {})", "max({}, {})", "({} < {})", "({} >= {})", "({} if {} > 0 else 1.5)"),
]


@st.composite
def formulas(draw: st.DrawFn, depth: int = 4) -> str:
    """A formula in t and done, as Python would read it, too."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["t", "done"]) | numbers.map(lambda number: f"({number})"))
    left, right = draw(formulas(depth - 1)), draw(formulas(depth - 1))
    form = draw(st.sampled_from(FORMS))
    return form.format(left, right)


@given(formulas(), numbers, st.floats(0, 1))
def test_a_formula_is_worth_what_python_says(formula: str, t: float, done: float) -> None:
    if len(formula) > LONGEST:
        return
    try:
        expected = float(
            eval(formula, {"__builtins__": {}, "min": min, "max": max, "abs": abs}, {"t": t, "done": done})
        )
    except ArithmeticError:
        expected = math.nan
    expression = Expression(formula)
    if math.isfinite(expected):
        assert expression.value({"t": t, "done": done}) == pytest.approx(expected)
    else:
        with pytest.raises(BadOption):
            expression.value({"t": t, "done": done})


@given(st.text(max_size=60) | st.text("t()+-*/.,_[]{}'\"19e :=lambdifxor", max_size=60))
def test_any_text_is_a_number_or_gets_a_sentence(text: str) -> None:
    try:
        value = Expression(text).value({"t": 3.0, "done": 0.5})
    except BadOption:
        return
    assert math.isfinite(value)


@pytest.mark.parametrize(
    "text",
    [
        "t.__class__", "().__class__", "__import__('os')", "open('x')", "(lambda: 1)()", "[t for t in (1,)]", "'a' * 9",
        "f'{t}'", "t[0]", "(t := 2)", "t @ t", "t | 1", "~t", "t is t", "t in (1, 2)", "{1: 2}", "1j", "None", "...",
        "min(*t)", "round(t, ndigits=1)", "exp.__call__(1)", "random(3)", "min(t)", "sin()", "", "1; 2", "t = 3",
    ],
)  # fmt: skip
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(BadOption):
        Expression(text).value({"t": 1.0})


@pytest.mark.parametrize(
    "text",
    ["9 ** 9 ** 9", "9.0 ** 9999", "exp(1000)", "1 / 0", "t % 0", "log(0)", "sqrt(-1)", "(-8) ** 0.5", "1e300 * 1e10"],
)
def test_what_has_no_value_gets_a_sentence_at_once(text: str) -> None:
    with pytest.raises(BadOption, match=r"no value here|not a finite number"):
        Expression(text).value({"t": 1.0})


@pytest.mark.parametrize(
    "text", ["-" * (LONGEST - 1) + "1", "t" + ".a" * 200, "(" * 150 + "t" + ")" * 150, "not " * 100 + "t"]
)
def test_depth_has_an_end(text: str) -> None:
    assert len(text) <= LONGEST
    try:
        Expression(text).value({"t": 1.0})
    except BadOption:
        return
    assert text.startswith("(")  # brackets alone nest nothing


def test_a_formula_of_the_greatest_depth_has_a_value() -> None:
    assert Expression("-" * (DEEPEST - 1) + "t").value({"t": 1.0}) == (-1.0) ** (DEEPEST - 1)


def test_chance_follows_from_the_generator_alone() -> None:
    draws = [Expression("random() + normal()").value({}, np.random.default_rng(7)) for _ in range(2)]
    assert draws[0] == draws[1] != Expression("random() + normal()").value({}, np.random.default_rng(8))


def test_a_name_with_dots_is_a_metric_and_an_unknown_one_gets_the_known_ones() -> None:
    assert Expression("probe.share > 0.9").value({"probe/share": 0.95}) == 1.0
    with pytest.raises(BadOption, match=r"speaks of probe/share.*Known: loss/value"):
        Expression("probe.share > 0.9").value({"loss/value": 1.0})


def test_rounding_takes_digits_and_if_else_looks_at_one_side_only() -> None:
    assert Expression("round(2.345, 1) + round(2.6)").value({}) == pytest.approx(5.3)
    assert Expression("1 / t if t != 0 else 7").value({"t": 0.0}) == 7.0
    assert Expression("1 < t <= 3 and not done").value({"t": 3.0, "done": 0.0}) == 1.0
