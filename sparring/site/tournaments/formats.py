"""From what an organiser writes to a format of ``sparring.matches.tournaments``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from django.db.models import TextChoices

from sparring.errors import BadOption
from sparring.matches.tournaments import (
    Format,
    Gauntlet,
    RoundRobin,
    Stage,
    Stages,
    Swiss,
    double_elimination,
    single_elimination,
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


def format_of(kind: str, settings: Mapping[str, Any], entries: int) -> Format:
    """The format for so many entries. Raises BadOption, with a sentence, for settings that can't be."""
    known = SETTINGS[kind]
    for name, value in settings.items():
        if name not in known:
            listing = ", ".join(f"{each} ({sentence})" for each, (_, sentence) in known.items()) or "none"
            raise BadOption(f"The format {kind} has no setting '{name}'. Its settings: {listing}.")
        if not isinstance(value, type(known[name][0])) or (type(value) is int and not 0 <= value <= 100):
            raise BadOption(f"The setting {name} of {kind} can't be {value!r}; it is {known[name][1]}.")
    chosen = {name: default for name, (default, _) in known.items()} | dict(settings)
    return _MAKERS[kind](entries, chosen)


def _stages(entries: int, settings: Mapping[str, Any]) -> Format:
    stages = settings["stages"]
    pairs = all(isinstance(stage, list | tuple) and len(stage) == 2 for stage in stages)
    if not stages or not pairs or not all(type(size) is int and size >= 2 and kind in _PLAIN for size, kind in stages):
        raise BadOption(f"The stages of a final are pairs of entries and format, {SETTINGS[Kind.FINAL]['stages'][1]}.")
    sizes = [size for size, _ in stages]
    if any(after >= before for before, after in pairwise(sizes)):
        raise BadOption("Each stage of a final has fewer entries than the one before.")

    def maker(kind: str) -> Callable[[int], Format]:
        return lambda count: format_of(kind, {}, count)

    return Stages(tuple(Stage(min(entries, size), maker(kind)) for size, kind in stages))


_PLAIN = (Kind.ROUND_ROBIN, Kind.SWISS, Kind.KNOCK_OUT, Kind.DOUBLE)
_MAKERS: dict[str, Callable[[int, Mapping[str, Any]], Format]] = {
    Kind.ROUND_ROBIN: lambda entries, chosen: RoundRobin(entries, max(1, chosen["cycles"])),
    Kind.SWISS: lambda entries, chosen: Swiss(entries, chosen["rounds"]),
    Kind.KNOCK_OUT: lambda entries, chosen: single_elimination(entries, chosen["third_place"]),
    Kind.DOUBLE: lambda entries, chosen: double_elimination(entries),  # noqa: ARG005
    Kind.GAUNTLET: lambda entries, chosen: Gauntlet(entries, max(1, min(entries - 1, chosen["challengers"]))),
    Kind.FINAL: _stages,
}
