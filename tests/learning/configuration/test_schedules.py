"""Settings that change while a run goes on."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from sparring.errors import BadOption
from sparring.learning.configuration import Count, Moment, Schedule, Section, Share, Weight

positive = st.floats(1e-6, 1e6)


class Told(Section):
    share: Share = Field(default=Schedule(0.5), description="A share.")
    rate: Weight = Field(default=Schedule(1e-3), description="A rate.")
    steps: Count = Field(default=Schedule(8), description="A count.")


@given(positive, positive, st.integers(1, 1000), st.integers(0, 2000))
def test_lines_begin_and_end_where_they_say_and_never_leave_the_span(
    start: float, end: float, over: int, at: int
) -> None:
    for kind in ("linear", "logarithmic"):
        schedule = Schedule({kind: {"start": start, "end": end, "over": over}})
        assert schedule.at(Moment(0)) == pytest.approx(start)
        assert schedule.at(Moment(over)) == schedule.at(Moment(over + at)) == pytest.approx(end)
        low, high = sorted((start, end))
        assert low * (1 - 1e-9) <= schedule.at(Moment(at)) <= high * (1 + 1e-9)


def test_a_line_between_logarithms_halves_in_the_middle_what_a_line_averages() -> None:
    ends = {"start": 1.0, "end": 0.01}
    assert Schedule({"logarithmic": ends}).at(Moment(done=0.5)) == pytest.approx(0.1)
    assert Schedule({"linear": ends}).at(Moment(done=0.5)) == pytest.approx(0.505)


def test_the_time_of_a_step_s_schedule_begins_at_its_threshold() -> None:
    line = {"linear": {"start": 1.0, "end": 0.0, "over": 10}}
    schedule = Schedule({"step": {0: 0.25, 100: line, 200: "t"}})
    assert [schedule.at(Moment(update)) for update in (0, 99, 100, 105, 150, 203)] == [0.25, 0.25, 1.0, 0.5, 0.0, 3.0]


def test_formulas_know_updates_and_the_share_of_the_run_that_is_over() -> None:
    assert Schedule("max(0.1, 1 - t / 100)").at(Moment(50)) == 0.5
    assert Schedule("1e-3 if done < 0.5 else 1e-4").at(Moment(done=0.75)) == 1e-4
    with pytest.raises(BadOption, match=r"speaks of steps.*knows t \(updates\) and done"):
        Schedule("steps / 2")


def test_chance_in_a_formula_repeats_with_the_seed_and_differs_by_update() -> None:
    schedule = Schedule("random()")
    drawn = [schedule.at(Moment(update, seed=seed)) for update, seed in ((1, 7), (1, 7), (2, 7), (1, 8))]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"linear": {"start": 1}}, "takes start, end"),
        ({"linear": {"start": 1, "end": 0, "ovr": 3}}, "takes start, end"),
        ({"linear": {"start": 1, "end": 0, "over": 0}}, "above 0, not 0"),
        ({"linear": {"start": 1, "end": "t"}}, "takes numbers"),
        ({"logarithmic": {"start": 1, "end": 0}}, "above 0"),
        ({"step": {10: 1}}, "first step of a schedule is at update 0"),
        ({"step": {0: 1, "often": 2}}, "whole numbers of updates"),
        ({"step": {0: 1, 1.5: 2}}, "whole numbers of updates"),
        ({"step": {}}, "is no schedule"),
        ({"sine": {"start": 1}}, "is no schedule"),
        ([0.1, 0.2], "is no schedule"),
        (True, "is no schedule"),
        (None, "is no schedule"),
        (math.nan, "is no schedule"),
        (math.inf, "is no schedule"),
        (10**400, "is no schedule"),
        ("nan", "speaks of nan"),
    ],
)
def test_what_is_no_schedule_gets_a_sentence(written: Any, sentence: str) -> None:
    with pytest.raises(BadOption, match=sentence):
        Schedule(written)


def test_schedules_are_not_nested_without_end() -> None:
    written: Any = 1
    for _ in range(2000):
        written = {"step": {0: written}}
    with pytest.raises(BadOption, match="at most 10 others"):
        Schedule(written)


@pytest.mark.parametrize(
    ("setting", "written", "sentence"),
    [
        ("share", 1.5, r"It is 1.5; it must be between 0 and 1"),
        ("share", {"linear": {"start": 0.5, "end": 1.5}}, "It is 1.5 at update 0"),
        ("share", {"linear": {"start": 0.5, "end": 1.5, "over": 80}}, "It is 1.5 at update 80"),
        ("share", {"step": {0: 0.5, 100: {"linear": {"start": 0.5, "end": -1, "over": 50}}}}, "It is -1 at update 150"),
        ("rate", "-t - 1", "must be from 0"),
        ("steps", "0", "must be from 1"),
    ],
)
def test_a_value_out_of_range_gets_its_range_before_the_run_begins(setting: str, written: Any, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Told(**{setting: written})


def test_a_formula_that_leaves_its_range_later_names_the_setting_and_the_moment() -> None:
    told = Told(share="t / 100")
    assert told.share.at(Moment(100)) == 1.0
    with pytest.raises(BadOption, match=r"The setting share is 1.5 at update 150; it must be between 0 and 1"):
        told.share.at(Moment(150))


@given(
    st.recursive(
        positive | st.sampled_from(["t", "done / 2", "1e-4"]),
        lambda inner: (
            st.dictionaries(st.integers(1, 500), inner, max_size=3).flatmap(
                lambda steps: inner.map(lambda first: {"step": {0: first, **steps}})
            )
            | st.tuples(positive, positive).map(lambda ends: {"linear": {"start": ends[0], "end": ends[1], "over": 9}})
        ),
        max_leaves=8,
    ),
    st.integers(0, 1000),
)
def test_what_was_stored_reads_back_as_the_same_schedule(written: Any, update: int) -> None:
    told = Told(rate=written)
    again = Told.model_validate_json(told.model_dump_json())
    assert again.rate.at(Moment(update, 0.5)) == told.rate.at(Moment(update, 0.5))
