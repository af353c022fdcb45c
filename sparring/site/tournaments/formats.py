"""From what an organiser writes to a format of ``sparring.matches.tournaments``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from django.db.models import TextChoices

from sparring.errors import BadOption
from sparring.matches.tournaments import (
    Contest,
    Format,
    Gauntlet,
    RoundRobin,
    Stage,
    Stages,
    Swiss,
    double_elimination,
    single_elimination,
)
from sparring.matches.tournaments.tables import (
    Alone,
    TableFormat,
    TableGauntlet,
    TableKnockOut,
    TableRoundRobin,
    TableSwiss,
)


class Kind(TextChoices):
    ROUND_ROBIN = "round_robin", "everybody against everybody"
    SWISS = "swiss", "Swiss"
    KNOCK_OUT = "knock_out", "knock-out"
    DOUBLE = "double_knock_out", "knock-out with two lives"
    GAUNTLET = "gauntlet", "gauntlet"
    FINAL = "final", "a final in stages"


BRACKETS = (Kind.KNOCK_OUT, Kind.DOUBLE)
SETTINGS: dict[str, dict[str, tuple[Any, str]]] = {
    Kind.ROUND_ROBIN: {"cycles": (1, "how often each pair meets")},
    Kind.SWISS: {"rounds": (0, "rounds; 0: as many as a knock-out would take")},
    Kind.KNOCK_OUT: {"third_place": (False, "whether the third place is played for")},
    Kind.DOUBLE: {},
    Kind.GAUNTLET: {"challengers": (1, "how many of the first seeds meet everybody else")},
    Kind.FINAL: {"stages": ([], "such as [[16, 'swiss'], [8, 'round_robin'], [2, 'knock_out']]")},
}
"""What each kind can be told: default and sentence."""
STAGES_AT_TABLES = "such as [[16, 'swiss'], [8, 'round_robin'], [4, 'knock_out']]"
TABLE_SETTINGS: dict[str, dict[str, tuple[Any, str]]] = {
    Kind.ROUND_ROBIN: {"cycles": (1, "how often each two meet at least")},
    Kind.SWISS: {"rounds": (0, "rounds; 0: as many as halving the field would take")},
    Kind.KNOCK_OUT: {"advance": (0, "how many of a table go on; 0: half of it")},
    Kind.GAUNTLET: {"challengers": (1, "how many of the first seeds sit at every table")},
    Kind.FINAL: {"stages": ([], STAGES_AT_TABLES)},
}
"""The same for games of more than two seats."""
ALONE_SETTINGS: dict[str, dict[str, tuple[Any, str]]] = {
    Kind.ROUND_ROBIN: {"cycles": (1, "how often everybody plays new seeds")},
    Kind.FINAL: {"stages": ([], "such as [[16, 'round_robin'], [4, 'round_robin']]")},
}
"""The same for games of one seat."""
NOT_AT_TABLES = (
    "A knock-out with two lives is for games of two seats. At tables take knock_out: the best of each table go on, "
    "so one bad place need not end it."
)
NOT_ALONE = (
    "In a game of one seat nobody meets anybody. Take round_robin, in which everybody plays the same seeds, "
    "or a final in stages of it."
)


def format_of(kind: str, settings: Mapping[str, Any], entries: int, seats: int = 2) -> Contest[Any, Any]:
    """The format for so many entries of a game. Raises BadOption, with a sentence, for what can't be."""
    known = settings_of(kind, seats)
    for name, value in settings.items():
        if name not in known:
            listing = ", ".join(f"{each} ({sentence})" for each, (_, sentence) in known.items()) or "none"
            raise BadOption(f"The format {kind} has no setting '{name}'. Its settings: {listing}.")
        if not isinstance(value, type(known[name][0])) or (type(value) is int and not 0 <= value <= 100):
            raise BadOption(f"The setting {name} of {kind} can't be {value!r}; it is {known[name][1]}.")
    chosen = {name: default for name, (default, _) in known.items()} | dict(settings)
    if kind == Kind.FINAL:
        return _stages(entries, chosen, seats)
    if seats == 2:
        return _MAKERS[kind](entries, chosen)
    return Alone(entries, max(1, chosen["cycles"])) if seats == 1 else _table_format(kind, chosen, entries, seats)


def settings_of(kind: str, seats: int) -> dict[str, tuple[Any, str]]:
    """What a kind can be told in a game of so many seats. Raises BadOption where it makes no sense there."""
    known = settings_of_all(seats)
    if kind not in known:
        raise BadOption(NOT_ALONE if seats == 1 else NOT_AT_TABLES)
    return known[kind]


def settings_of_all(seats: int) -> dict[str, dict[str, tuple[Any, str]]]:
    """The kinds that make sense in a game of so many seats, with their settings."""
    return {1: ALONE_SETTINGS, 2: SETTINGS}.get(seats, TABLE_SETTINGS)


def _table_format(kind: str, chosen: Mapping[str, Any], entries: int, seats: int) -> TableFormat:
    if kind == Kind.ROUND_ROBIN:
        return TableRoundRobin(entries, seats, max(1, chosen["cycles"]))
    if kind == Kind.SWISS:
        return TableSwiss(entries, seats, chosen["rounds"])
    name = "advance" if kind == Kind.KNOCK_OUT else "challengers"
    if chosen[name] >= seats:
        raise BadOption(f"At a table of {seats} the setting {name} is at most {seats - 1}, not {chosen[name]}.")
    if kind == Kind.KNOCK_OUT:
        return TableKnockOut(entries, seats, chosen[name])
    return TableGauntlet(entries, seats, max(1, chosen[name]))


def _stages(entries: int, settings: Mapping[str, Any], seats: int) -> Contest[Any, Any]:
    stages, fewest = settings["stages"], max(2, seats)
    pairs = all(isinstance(stage, list | tuple) and len(stage) == 2 for stage in stages)
    plain = [kind for kind in _PLAIN if kind in settings_of_all(seats)]
    if not stages or not pairs or not all(type(size) is int and kind in plain for size, kind in stages):
        example = settings_of(Kind.FINAL, seats)["stages"][1]
        raise BadOption(f"The stages of a final are pairs of entries and format, {example}.")
    if any(size < fewest for size, _ in stages):
        raise BadOption(f"Each stage of a final has at least {fewest} entries.")
    sizes = [size for size, _ in stages]
    if any(after >= before for before, after in pairwise(sizes)):
        raise BadOption("Each stage of a final has fewer entries than the one before.")

    def maker(kind: str) -> Callable[[int], Contest[Any, Any]]:
        return lambda count: format_of(kind, {}, count, seats)

    return Stages(tuple(Stage(min(entries, size), maker(kind)) for size, kind in stages))


_PLAIN = (Kind.ROUND_ROBIN, Kind.SWISS, Kind.KNOCK_OUT, Kind.DOUBLE)
_MAKERS: dict[str, Callable[[int, Mapping[str, Any]], Format]] = {
    Kind.ROUND_ROBIN: lambda entries, chosen: RoundRobin(entries, max(1, chosen["cycles"])),
    Kind.SWISS: lambda entries, chosen: Swiss(entries, chosen["rounds"]),
    Kind.KNOCK_OUT: lambda entries, chosen: single_elimination(entries, chosen["third_place"]),
    Kind.DOUBLE: lambda entries, chosen: double_elimination(entries),  # noqa: ARG005
    Kind.GAUNTLET: lambda entries, chosen: Gauntlet(entries, max(1, min(entries - 1, chosen["challengers"]))),
}
