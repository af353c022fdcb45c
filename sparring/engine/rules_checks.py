"""Looks at a rules file before it is run: what is missing or malformed is told by file and line, and what to write."""

from __future__ import annotations

import ast
import difflib
import importlib
import inspect
import re
import traceback
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import numpy as np

from sparring.errors import RulesError

FUNCTIONS = {
    "layout": ("", "Return a dict with `state`, `actions`, `observation` and `dtype`."),
    "start": ("state", "Set up the record, which comes zeroed; `pass` will do."),
    "legal": ("state, seat, mask", "Set mask[a] = True for each legal action a."),
    "play": (
        "state, action",
        "Act for the seat to move, pass the turn on with state.seat, end with state.over = True.",
    ),
    "reward": ("state, rewards", "Write to rewards[seat] what the last play was worth; it comes zeroed."),
    "observe": ("state, seat, observation", "Write what the seat sees to observation, which comes zeroed."),
}
OPTIONAL = {
    "redeal": ("state, seat", "Draw anew what the seat doesn't know."),
    "symmetries": (
        "observation, actions, options",
        "Return a list of pairs: what observation and actions become, mirrored or turned.",
    ),
    "bearings": ("options", "Return where in an observation places, attitudes and directions stand."),
}
BATCHED = {
    "start": "states",
    "legal": "states, seats, masks",
    "play": "states, actions",
    "reward": "states, rewards",
    "observe": "states, seats, observations",
}
CONSTANTS: dict[str, tuple[type, str]] = {
    "TITLE": (str, 'TITLE = "My game", the name that people see.'),
    "VERSION": (int, "VERSION = 1, raised whenever an old record would replay differently."),
    "SEATS": (int, "SEATS = 2, the number of players."),
    "SIMULTANEOUS": (bool, "SIMULTANEOUS = False, or True if all seats act at once."),
    "PERFECT_INFORMATION": (bool, "PERFECT_INFORMATION = True, or False if something is hidden from a seat."),
    "OPTIONS": (dict, "OPTIONS = {}, or a tuple (default, allowed, sentence) for each option."),
}
LAYOUT = {
    "state": 'Write "state": [("board", np.int8, (3, 3)), …], the fields of the record.',
    "actions": 'Write "actions": 9, the number of actions, a tuple with one number for each head, or {"low", "high"}.',
    "observation": 'Write "observation": (2, 3, 3), the shape of what a seat sees.',
    "dtype": 'Write "dtype": np.int8, the type of the observation.',
}
MORE_LAYOUT = ("forfeit", "seats", "dependencies", "constants")
ENGINE_FIELDS = ("random", "seat", "ply", "over")


def import_rules(package: str) -> Any:
    """The module ``rules`` of ``package``. Raises RulesError if it can't be imported or lacks something."""
    try:
        rules = importlib.import_module(f"{package}.rules")
    except SyntaxError as error:
        file = error.filename or f"{package}/rules.py"
        raise RulesError(file, error.lineno or 1, f"This is no Python: {error.msg}.", "") from error
    except Exception as error:
        place = line_in(error, package.rpartition(".")[2])
        if place is None:
            raise
        raise RulesError(
            *place, f"{type(error).__name__}: {error}.", "It happened while importing the rules."
        ) from error
    check_rules(rules)
    return rules


def line_in(error: BaseException, folder: str) -> tuple[str, int] | None:
    """File and line of the innermost frame of ``error`` in a folder of that name."""
    frames = [
        (frame.filename, frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent.name == folder
    ]
    return frames[-1] if frames else None


@cache
def check_rules(rules: ModuleType) -> None:
    """Everything that is declared at the top of a rules file, and the functions' parameters. Raises RulesError."""
    _check_constants(rules)
    batched = getattr(rules, "BATCHED", False)
    for name, (parameters, hint) in {**FUNCTIONS, **OPTIONAL}.items():
        if name in OPTIONAL and not hasattr(rules, name):
            continue
        _check_function(rules, name, BATCHED.get(name, parameters) if batched else parameters, hint)
    for name, declared in rules.OPTIONS.items():
        _check_option(rules, name, declared)


def _check_constants(rules: ModuleType) -> None:
    for name, (kind, hint) in CONSTANTS.items():
        value: Any = getattr(rules, name, None)
        if value is None:
            refuse(rules, name, f"{name} is missing.", f"Write {hint}")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            refuse(rules, name, f"{name} is {value!r:.40}, not of type {kind.__name__}.", f"Write {hint}")
        if kind is int and getattr(rules, name) < 1:
            refuse(rules, name, f"{name} is {value}.", f"Write {hint}")


def _check_function(rules: ModuleType, name: str, parameters: str, hint: str) -> None:
    if name == "layout":
        parameters = ", ".join(rules.OPTIONS)
    signature = f"def {name}({parameters}):"
    function = getattr(rules, name, None)
    if function is None:
        refuse(rules, name, f"There is no function `{name}`.", f"Write {signature} {hint}")
    if not isinstance(function, FunctionType):
        refuse(
            rules, name, f"`{name}` is {type(function).__name__}, not a plain function.", f"Write {signature} {hint}"
        )
    found = list(inspect.signature(function).parameters.values())
    if name == "layout":
        wrong = {each.name for each in found} != set(rules.OPTIONS)
        hint = "Its arguments are the names of the options."
    else:
        plain = all(each.kind is each.POSITIONAL_OR_KEYWORD for each in found)
        wrong = not plain or len(found) != len(parameters.split(","))
    if wrong:
        refuse(rules, name, f"`{name}` takes ({', '.join(map(str, found))}).", f"Write {signature} {hint}")


def _check_option(rules: ModuleType, name: Any, declared: Any) -> None:
    example = '"rows": (6, range(3, 13), "Rows of the board.")'
    if not isinstance(name, str) or not name.isidentifier():
        refuse(rules, "OPTIONS", f"The option {name!r:.40} has no proper name.", f"Write {example}")
    if not isinstance(declared, tuple) or len(declared) != 3:
        what = f"The option '{name}' is {declared!r:.60}, not (default, allowed, sentence)."
        refuse(rules, "OPTIONS", what, f"Write {example}")
    default, allowed, sentence = declared
    if name in ENGINE_FIELDS:
        refuse(rules, "OPTIONS", f"The option '{name}' has the name of a field of the engine.", "Call it otherwise.")
    if not isinstance(sentence, str):
        refuse(rules, "OPTIONS", f"The option '{name}' has {sentence!r:.40} for a sentence.", f"Write {example}")
    if isinstance(allowed, re.Pattern):
        fits = isinstance(default, str) and allowed.fullmatch(default) is not None
    elif isinstance(allowed, (range, tuple)):
        fits = default in allowed
    else:
        what = f"What the option '{name}' may be is a {type(allowed).__name__}."
        refuse(rules, "OPTIONS", what, "Write a range, a tuple of values, or a compiled pattern.")
    if not fits:
        refuse(rules, "OPTIONS", f"The default of the option '{name}', {default!r:.40}, is not allowed.", "Allow it.")


def check_layout(rules: Any, layout: Any) -> None:
    """What ``layout`` has returned. Raises RulesError."""
    if not isinstance(layout, dict):
        refuse(rules, "layout", f"`layout` returns {type(layout).__name__}, not a dict.", FUNCTIONS["layout"][1])
    for key, hint in LAYOUT.items():
        if key not in layout:
            refuse(rules, "layout", f"`layout` says nothing of `{key}`.", hint)
    for key in layout:
        if key not in (*LAYOUT, *MORE_LAYOUT):
            near = difflib.get_close_matches(str(key), [*LAYOUT, *MORE_LAYOUT], 1)
            hint = f"Did you mean `{near[0]}`?" if near else f"It may say {', '.join((*LAYOUT, *MORE_LAYOUT))}."
            refuse(rules, "layout", f"`layout` says `{key}`, which means nothing.", hint)
    _check_fields(rules, layout["state"])
    shape = layout["observation"]
    if not isinstance(shape, (tuple, list)) or not shape or not all(_is_size(size) for size in shape):
        refuse(rules, "layout", f"The shape of the observation is {shape!r:.60}.", LAYOUT["observation"])
    actions = layout["actions"]
    heads = actions if isinstance(actions, (tuple, list)) else [actions]
    if not isinstance(actions, dict) and not (heads and all(_is_size(size) for size in heads)):
        refuse(rules, "layout", f"`actions` is {actions!r:.60}.", LAYOUT["actions"])
    if isinstance(actions, dict) and (
        set(actions) != {"low", "high"} or np.shape(actions["low"]) != np.shape(actions["high"])
    ):
        refuse(rules, "layout", "A box of actions needs `low` and `high` of the same length.", LAYOUT["actions"])
    try:
        kind = str(np.dtype(layout["dtype"]).kind)
    except TypeError:
        kind = "?"
    if kind not in "iufb":
        refuse(rules, "layout", f"`dtype` is {layout['dtype']!r:.60}, no type of numbers.", LAYOUT["dtype"])


def _check_fields(rules: Any, fields: Any) -> None:
    seen: set[str] = set(ENGINE_FIELDS)
    for field in fields if isinstance(fields, list) else [fields]:
        if not isinstance(field, tuple) or len(field) not in (2, 3) or not isinstance(field[0], str):
            refuse(rules, "layout", f"{field!r:.60} is no field of the record.", LAYOUT["state"])
        name = field[0]
        if name in ENGINE_FIELDS:
            refuse(
                rules, "layout", f"The engine adds the field `{name}` itself.", "Leave it out, or call yours otherwise."
            )
        if name in seen or not name.isidentifier():
            refuse(rules, "layout", f"The record has two fields called `{name}`, or it is no name.", LAYOUT["state"])
        seen.add(name)
        try:
            dtype = np.dtype([field])[name]
        except (TypeError, ValueError) as error:
            refuse(rules, "layout", f"The field `{name}` can't be: {error}.", LAYOUT["state"])
        if dtype.base.kind not in "iufb":
            hint = "Take np.int8, np.int32, np.float32 or the like; a word is the number of its place in a list."
            refuse(rules, "layout", f"The field `{name}` is of type {dtype.base}, no type of numbers.", hint)
        if dtype.shape and dtype.base.kind == "b" and not getattr(rules, "BATCHED", False):
            hint = f'Write ("{name}", np.int8, {dtype.shape}).'
            refuse(rules, "layout", f"The field `{name}` is an array of bool, which can't be compiled.", hint)


def _is_size(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) > 0


def refuse(rules: Any, name: str, sentence: str, hint: str) -> NoReturn:
    """Raise a RulesError at the line where ``name`` is defined in the rules, or at the first."""
    raise RulesError(file_of(rules), line_of(rules, name), sentence, hint)


def file_of(rules: Any) -> str:
    return str(getattr(rules, "__file__", None) or getattr(rules, "__name__", "rules"))


def line_of(rules: Any, name: str) -> int:
    """The line of the assignment or the function called ``name``, or 1."""
    for node in source_of(file_of(rules)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        assigned = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if assigned or getattr(node, "name", None) == name:
            return node.lineno
    return 1


def source_of(file: str) -> ast.Module:
    """The parsed file, or an empty module where it can't be read."""
    path = Path(file)
    return ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
