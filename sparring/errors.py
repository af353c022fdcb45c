"""The errors that Sparring raises on purpose. Each message says what was wrong and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class SparringError(Exception):
    """Something that the user can put right; the message says how. Exit status 2, HTTP 4xx."""


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """What offers the nearest name, to be put behind a sentence; empty where none is near.

    >>> did_you_mean("conect_four", ["connect_four", "quarto"])
    " Did you mean 'connect_four'?"
    """
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""


class UnknownName(SparringError):
    """A name that nobody bears. The message offers the nearest one.

    >>> str(UnknownName("game", "conect_four", ["connect_four", "quarto"]))
    "There is no game 'conect_four'. Did you mean 'connect_four'? Known games: connect_four, quarto."
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        listing = f" Known {kind}s: {', '.join(known)}." if known else f" No {kind} is known yet."
        super().__init__(f"There is no {kind} '{name}'.{did_you_mean(name, known)}{listing}")
        self.kind, self.name, self.known = kind, name, known


class BadOption(SparringError):
    """An option that exists, with a value that it can't have."""


class RulesError(SparringError):
    """Rules that can't be run as they are written: where, why, and what to write instead.

    >>> print(RulesError("rules.py", 12, "A dict can't be compiled.", "Take an array of the record instead."))
    rules.py:12: A dict can't be compiled. Take an array of the record instead.
    """

    def __init__(self, file: str, line: int, sentence: str, hint: str) -> None:
        super().__init__(f"{file}:{line}: {sentence} {hint}".rstrip())
        self.file, self.line, self.sentence, self.hint = file, line, sentence, hint


class IllegalAction(SparringError):
    """An action that the rules do not allow in this position."""


class AgentFault(SparringError):
    """An agent broke the rules of the arena: it crashed, was late, or answered something that is no action.

    ``kind`` is one of "illegal", "crash", "time", "memory", "start".
    """

    def __init__(self, kind: str, message: str, log: str = "") -> None:
        super().__init__(message)
        self.kind, self.log = kind, log


class HostTrouble(SparringError):
    """This machine is to blame, and no player: what was being done is tried again."""


class MissingExtra(SparringError):
    """An optional dependency that this task needs is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package '{package}'. Install it with: pip install 'sparring[{extra}]'")
