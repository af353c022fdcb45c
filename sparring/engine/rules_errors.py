"""Tells an author what is wrong with rules that can't be compiled or that break while they run.

The compiler's own report is a page about its insides. What helps is the author's line and what to write there instead.
It is found in this order: the rules are run as plain Python, which shows plain mistakes; the compiler's message is
matched with what is known of it; the line that it names is searched for what it can't compile.
"""

from __future__ import annotations

import ast
import difflib
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparring.engine.rules_checks import file_of, source_of
from sparring.errors import IllegalAction, RulesError, SparringError

if TYPE_CHECKING:
    from sparring.engine.game import Game

PLIES = 40
"""How many plies are interpreted to find a plain mistake."""

NUMBERS = "Rules work on numbers and arrays: give the record a field for it in `layout`, or a local np.zeros array."
SYNTAX: list[tuple[tuple[type[ast.AST], ...], str, str]] = [
    ((ast.Dict, ast.DictComp), "a dict", "Take an array indexed by number, or if and elif."),
    ((ast.Set, ast.SetComp), "a set", "Take an array of int8 that holds 1 for what is in the set."),
    ((ast.JoinedStr, ast.FormattedValue), "text that is put together", "Texts belong into drawing.py."),
    (
        (ast.Try, ast.ExceptHandler, ast.Raise),
        "an exception",
        "Test with if before: rules have nobody who could catch anything.",
    ),
    ((ast.With, ast.AsyncWith), "a with block", "Rules read nothing but the record."),
    ((ast.Lambda, ast.FunctionDef, ast.ClassDef), "a function or class inside a function", "Put it at the top level."),
    (
        (ast.Import, ast.ImportFrom),
        "an import inside a function",
        "Import at the top of the file: NumPy, and `chance`.",
    ),
    ((ast.Yield, ast.YieldFrom, ast.GeneratorExp), "a generator", "Write the loop out, or fill an array."),
    ((ast.Global, ast.Nonlocal), "a global that is written to", "All that changes lies in the record: add a field."),
    ((ast.Match,), "a match statement", "Write if and elif."),
    ((ast.ListComp, ast.List), "a list", "Take a tuple if it never changes, else a local np.zeros array."),
]
GLOBALS = {
    "dict": ("a dict", "Make it a tuple or a NumPy array, indexed by number."),
    "list": ("a list", "Make it a tuple or a NumPy array."),
    "set": ("a set", "Make it a NumPy array of int8 that holds 1 for what is in the set."),
    "type": ("a class", "Write functions that take the record."),
    "str": ("a text", NUMBERS),
}


def telling(kernel: Callable[..., Any], game: Game) -> Callable[..., Any]:
    """``kernel``, whose failures to compile or to run are told in the author's terms."""

    def call(*arguments: Any) -> Any:
        try:
            return kernel(*arguments)
        except SparringError:
            raise
        except Exception as error:
            raise explained(error, game) from error

    return call if game.compiled else kernel


def explained(error: Exception, game: Game) -> Exception:
    """The RulesError that says what ``error`` means for the author; ``error`` itself where nothing is known."""
    if not file_of(game.rules).endswith(".py"):
        return error
    return _plain_mistake(game) or _compilers_complaint(error, game) or error


def mistake(error: BaseException, game: Game) -> RulesError | None:
    """What an exception raised by interpreted rules means, if it was raised in their folder."""
    folder = Path(file_of(game.rules)).parent
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == folder and Path(frame.filename).name != "drawing.py"
    ]
    if not frames:
        return None
    file, line = frames[-1].filename, frames[-1].lineno or 1
    said = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".")
    return RulesError(file, line, f"{said}.", _hint(error, game))


def _hint(error: BaseException, game: Game) -> str:
    text = str(error)
    if isinstance(error, AttributeError) and (match := re.search("'record' object has no attribute '(.+)'", text)):
        return f"The record has no field `{match[1]}`. {_nearest(match[1], game.state_dtype.names or ())}"
    if isinstance(error, AttributeError) and "numpy.void" in text:
        return f"The record has no such field. It has {', '.join(game.state_dtype.names or ())}."
    if isinstance(error, IndexError):
        return "Compiled rules don't look and would write into other memory: keep the index inside the array."
    if isinstance(error, OverflowError):
        return "The field is too small for the number: declare it as np.int16 or np.int32 in `layout`."
    if isinstance(error, NameError):
        return "A name is defined in the rules file itself, or imported at its top."
    if isinstance(error, ZeroDivisionError):
        return "Test the divisor before."
    if isinstance(error, ValueError) and ("could not convert" in text or "invalid literal" in text):
        return NUMBERS
    return "It happened in random play, with the rules run as plain Python."


def _nearest(name: str, fields: Any) -> str:
    near = difflib.get_close_matches(name, fields, 1, 0.5)
    return f"Did you mean `{near[0]}`?" if near else f"It has {', '.join(fields)}: add yours to `layout`."


def _plain_mistake(game: Game) -> RulesError | None:
    """Run the rules interpreted: most mistakes are mistakes in Python, too."""
    from sparring.engine.conformance.finding import Fails
    from sparring.engine.conformance.trial import interpreted, random_lines

    try:
        random_lines(interpreted(game), PLIES, seed=1)
    except (Fails, IllegalAction):
        return None
    except Exception as error:  # noqa: BLE001  whatever the author's code raises is what we came for
        return mistake(error, game)
    return None


def _compilers_complaint(error: Exception, game: Game) -> RulesError | None:
    message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    folder = Path(file_of(game.rules)).parent
    files = [path for path in sorted(folder.glob("*.py")) if path.name != "drawing.py"]
    place = _place_in(message, files)
    if "re-entrant" in message:
        return _recursion(files)
    named = _named_by_message(message)
    if place is not None:
        found = named or _in_line(*place)
        if found is not None:
            return RulesError(str(place[0]), place[1], *found)
    for file in files if place is None else []:
        for line, what, hint in _suspects(file):
            return RulesError(str(file), line, f"{what[0].upper()}{what[1:]} can't be compiled.", hint)
    if place is None:
        return None
    said = _condensed(message)
    return RulesError(str(place[0]), place[1], f"This can't be compiled: {said}.", "Write it with numbers and loops.")


def _place_in(message: str, files: list[Path]) -> tuple[Path, int] | None:
    """The innermost place in the author's files that the message names: it indents what lies deeper."""
    known = {file.resolve(): file for file in files}
    found = [
        (len(line) - len(line.lstrip()), known[path], int(number))
        for line in message.splitlines()
        for name, number in re.findall(r'(?:File "|at |from )(\S+?\.py)"?,? \(?(?:line )?(\d+)', line)
        if (path := Path(name).resolve()) in known
    ]
    if not found:
        return None
    deepest = max(indent for indent, _, _ in found)
    _, file, number = next(each for each in found if each[0] == deepest)
    return file, number


def _named_by_message(message: str) -> tuple[str, str] | None:
    """What is known about messages of the compiler."""
    if match := re.search(r"Untyped global name '(\w+)':.*?<class '(\w+)'>", message, re.DOTALL):
        what, hint = GLOBALS.get(match[2], (f"a {match[2]}", NUMBERS))
        return f"The global `{match[1]}` is {what}, which can't be compiled.", hint
    if match := re.search(r"Unknown attribute '(\w+)' of type Module\(<module '([\w.]+)'", message):
        hint = "Chance comes from sparring.games.chance: draw(state.random, n) is a number in 0..n-1."
        other = "Not all of NumPy can be compiled: write the loop out."
        name = f"{match[2]}.{match[1]}"
        return f"`{name}` can't be compiled.", hint if "random" in name else other
    if match := re.search(r"Cannot cast (?:Literal\[str\]|unicode_type)", message):
        return "A field of the record can't hold a text.", NUMBERS
    if match := re.search(r"Cannot unify (.+?) and (.+?) for '(\w+?)(?:\.\d+)?'", message):
        what = f"The variable `{match[3]}` is once {_kind(match[1])} and once {_kind(match[2])}."
        return what, "A variable has one type: take two variables, or convert with int() or float()."
    if match := re.search(r"Cannot resolve setattr: \(Record.*?\)\.(\w+) =", message, re.DOTALL):
        return f"The field `{match[1]}` can't be set to that.", "Set an array by its places: state.board[row] = 0."
    if match := re.search(
        r"Function\(<(?:built-in )?function (\w+)(?: at \w+)?>\) found for signature:\s+>>> (?!.*Record)", message
    ):
        return f"`{match[1]}` can't be compiled as it is called here.", "Write the loop out, or call it more plainly."
    return None


def _kind(numba_type: str) -> str:
    """What people call a type of the compiler."""
    names = {
        "Literal[int]": "an integer",
        "int": "an integer",
        "uint": "an integer",
        "float": "a float",
        "none": "None",
    }
    names |= {"array": "an array", "bool": "a bool", "Tuple": "a tuple", "UniTuple": "a tuple"}
    return next((name for start, name in names.items() if numba_type.startswith(start)), f"of type {numba_type[:40]}")


def _in_line(file: Path, number: int) -> tuple[str, str] | None:
    """The first thing in a line that the compiler is known to refuse."""
    for line, what, hint in _suspects(file):
        if line == number:
            return f"{what[0].upper()}{what[1:]} can't be compiled.", hint
    return None


def _suspects(file: Path) -> Iterator[tuple[int, str, str]]:
    """Line, name and hint of what can't be compiled in the functions of a file, the surest first."""
    for kinds, what, hint in SYNTAX:
        for function in _functions(file):
            for node in ast.walk(function):
                if isinstance(node, kinds) and node is not function:
                    yield getattr(node, "lineno", function.lineno), what, hint


def _functions(file: Path) -> list[ast.FunctionDef]:
    body = source_of(str(file)).body
    return [node for node in body if isinstance(node, ast.FunctionDef) and node.name != "layout"]


def _recursion(files: list[Path]) -> RulesError | None:
    """The first call of a function to itself."""
    for file in files:
        for function in _functions(file):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function.name:
                    what = f"`{function.name}` calls itself, which can't be compiled."
                    return RulesError(str(file), node.lineno, what, "Write it as a loop, with an array for a stack.")
    return None


def _condensed(message: str) -> str:
    """The one line of the compiler's message that is about the code."""
    dull = (
        "Failed in nopython",
        "There are ",
        "No implementation of function Function(<function",
        "- Of which",
        ">>>",
        "Overload",
        "With argument",
        "Rejected",
        "During",
        "File",
        "raised",
    )
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling_lines = [line for line in lines if not line.startswith(dull)]
    return (telling_lines or lines)[0].rstrip(".")[:200]
