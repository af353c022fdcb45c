"""Settings that change while a run goes on.

A schedule is written as a number, a formula in ``t`` (updates so far) and ``done`` (share of the run, 0 to 1), or::

    {linear: {start: 0.3, end: 0.1, over: 200}}         on a line, over 200 updates; without `over`, over the whole run
    {logarithmic: {start: 3.0e-3, end: 1.0e-4}}         on a line between the logarithms
    {step: {0: 0.3, 100: {linear: {...}}}}              from update 100 on the second schedule, whose t begins there
    [0.1, {linear: {...}}]                              an array of schedules, where a setting is one
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from sparring.errors import BadOption
from sparring.learning.configuration.expressions import Expression

DEEPEST = 10
"""How many schedules may be nested."""


@dataclass(frozen=True)
class Moment:
    """Where a run is: what a schedule can know."""

    update: int = 0
    """Updates (trained rollouts) so far."""
    done: float = 0.0
    """Share of the run that is over, 0 to 1; a run without limits stays at 0."""
    seed: int = 0
    """Of the run: what ``random()`` in a formula draws follows from it and the update."""


class Schedule:
    """One number for each moment of a run. ``written`` is what stands in the configuration.

    >>> Schedule({"linear": {"start": 0.3, "end": 0.1}}).at(Moment(done=0.5))
    0.2
    """

    def __init__(self, written: Any) -> None:
        self.written: Any = written.written if isinstance(written, Schedule) else written
        self._value = _compiled(self.written)

    def at(self, moment: Moment) -> float:
        """Its value at a moment. Raises BadOption when a formula has none."""
        return self._value(moment)

    @property
    def constant(self) -> float | None:
        """The number, if it never changes."""
        return float(self.written) if _is_number(self.written) else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and self.written == other.written

    def __hash__(self) -> int:
        return hash(repr(self.written))

    def __repr__(self) -> str:
        return f"Schedule({self.written!r})"


@dataclass(frozen=True)
class Within:
    """Makes a scheduled setting whose values lie in ``low..high``; checked when it is read, and at every look.

    ``share: Annotated[Schedule, Within(0, 1)] = Field(default=0.2, ...)``. Defaults are written like any other value.
    """

    low: float = -math.inf
    high: float = math.inf

    @property
    def words(self) -> str:
        """``between 0 and 1``."""
        if self.high == math.inf:
            return f"from {self.low:g}" if self.low > -math.inf else "of any size"
        return f"between {self.low:g} and {self.high:g}" if self.low > -math.inf else f"up to {self.high:g}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self._read, serialization=core_schema.plain_serializer_function_ser_schema(lambda read: read.written)
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"description": f"a number, or a schedule; {self.words}"}

    def _read(self, value: Any, info: core_schema.ValidationInfo) -> Schedule:
        try:
            schedule = _Bounded(value, self)
            for moment in _telling_moments(schedule.written):
                schedule.at(moment)
        except BadOption as error:
            raise ValueError(str(error)) from None
        schedule.name = f"The setting {info.field_name}" if info.field_name else "It"
        return schedule


Share: TypeAlias = Annotated[Schedule, Within(0, 1)]
"""A scheduled share, 0 to 1."""
Weight: TypeAlias = Annotated[Schedule, Within(0)]
"""A scheduled number from 0 upwards."""
Count: TypeAlias = Annotated[Schedule, Within(1)]
"""A scheduled number from 1 upwards; whoever uses it rounds."""


def changing(settings: Any, path: str = "") -> dict[str, Schedule]:
    """All schedules in a section, or in what lies in one, that are no constants, by their paths.

    >>> from sparring.learning.configuration import configure
    >>> sorted(changing(configure("tic_tac_toe", {"entropy_weight": "0.1 * done"})))
    ['algorithm.entropy_weight', 'algorithm.learning_rate']
    """
    if isinstance(settings, Schedule):
        return {path: settings} if settings.constant is None else {}
    if isinstance(settings, BaseModel):
        inner: dict[str, Any] = {name: getattr(settings, name) for name in type(settings).model_fields}
    elif isinstance(settings, Mapping):
        inner = {str(name): value for name, value in settings.items()}
    else:
        inner = {str(index): value for index, value in enumerate(settings)} if isinstance(settings, tuple) else {}
    found: dict[str, Schedule] = {}
    for name, value in inner.items():
        found |= changing(value, f"{path}.{name}" if path else name)
    return found


class _Bounded(Schedule):
    def __init__(self, written: Any, within: Within) -> None:
        super().__init__(written)
        self._within, self.name = within, "It"

    def at(self, moment: Moment) -> float:
        value = super().at(moment)
        if not self._within.low <= value <= self._within.high:
            when = "" if self.constant is not None else f" at update {moment.update}"
            raise BadOption(f"{self.name} is {value:g}{when}; it must be {self._within.words}.")
        return value


def _telling_moments(written: Any) -> list[Moment]:
    """Moments at which a schedule has its extremes, but for those of formulas, which only time can tell."""
    return [Moment(update, done) for update in sorted(_corners(written)) for done in (0.0, 1.0)]


def _corners(written: Any) -> set[int]:
    if isinstance(written, Mapping) and "step" in written:
        steps = [(math.ceil(float(at)), nested) for at, nested in written["step"].items()]
        return {at + corner for at, nested in steps for corner in _corners(nested)}
    line = next(iter(written.values())) if isinstance(written, Mapping) else {}
    return {0, math.ceil(float(line["over"]))} if "over" in line else {0}


def _is_number(written: Any) -> bool:
    """Whether it is written as a number; ``1e-4`` may be text."""
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        return False
    try:
        return math.isfinite(float(written))
    except (ValueError, OverflowError):
        return False


def _compiled(written: Any, depth: int = 0) -> Callable[[Moment], float]:
    if depth > DEEPEST:
        raise BadOption(f"A schedule holds at most {DEEPEST} others, one in the other.")
    if _is_number(written):
        number = float(written)
        return lambda _: number
    if isinstance(written, str):
        return _formula(written)
    if isinstance(written, Mapping) and len(written) == 1:
        kind, content = next(iter(written.items()))
        if kind in ("linear", "logarithmic") and isinstance(content, Mapping):
            return _line(kind, content)
        if kind == "step" and isinstance(content, Mapping) and content:
            return _steps(content, depth)
    raise BadOption(
        f"{written!r} is no schedule. Write a number, a formula in t and done, or one of "
        "{linear: {start, end, over}}, {logarithmic: {start, end, over}}, {step: {update: schedule}}."
    )


def _formula(text: str) -> Callable[[Moment], float]:
    expression = Expression(text)
    unknown = expression.names - {"t", "done"}
    if unknown:
        raise BadOption(f"'{text}' speaks of {min(unknown)}; a schedule knows t (updates) and done (0 to 1).")

    def value(moment: Moment) -> float:
        chance = np.random.default_rng([moment.seed, moment.update])
        return expression.value({"t": float(moment.update), "done": moment.done}, chance)

    return value


def _line(kind: str, content: Mapping[str, Any]) -> Callable[[Moment], float]:
    if not {"start", "end"} <= set(content) <= {"start", "end", "over"}:
        raise BadOption(
            f"{kind} takes start, end and, if you like, over (updates); not {', '.join(map(str, content))}."
        )
    if not all(_is_number(value) for value in content.values()):
        raise BadOption(f"{kind} takes numbers for start, end and over.")
    start, end, over = float(content["start"]), float(content["end"]), float(content.get("over", 0))
    if "over" in content and over <= 0:
        raise BadOption(f"{kind} goes over a number of updates above 0, not {over:g}.")
    if kind == "logarithmic" and min(start, end) <= 0:
        raise BadOption("logarithmic takes a start and an end above 0.")

    def value(moment: Moment) -> float:
        share = min(1.0, moment.update / over) if over else min(1.0, moment.done)
        if kind == "linear":
            return start * (1 - share) + end * share
        return math.exp(math.log(start) + (math.log(end) - math.log(start)) * share)

    return value


def _steps(content: Mapping[Any, Any], depth: int) -> Callable[[Moment], float]:
    if not all(_is_number(at) and float(at) >= 0 and float(at).is_integer() for at in content):
        raise BadOption("The steps of a schedule are whole numbers of updates: {step: {0: 0.3, 100: 0.1}}.")
    steps = sorted(
        ((float(at), _compiled(nested, depth + 1)) for at, nested in content.items()), key=lambda step: step[0]
    )
    if steps[0][0] > 0:
        raise BadOption("The first step of a schedule is at update 0.")

    def value(moment: Moment) -> float:
        threshold, nested = next(step for step in reversed(steps) if step[0] <= moment.update)
        return nested(Moment(moment.update - int(threshold), moment.done, moment.seed))

    return value
