"""``sparring.toml``: which command starts a program in another language, and how it is compiled.

::

    command = ["./agent"]        # a file of the zip, or a program that the sandbox has: node, python, perl, ...
    compile = ["make"]           # once, without network, before the first match; may be left out

The runner inside the sandbox reads this module: only light imports here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from sparring.errors import SparringError

FILE = "sparring.toml"
MOST_BYTES = 65_536
MOST_WORDS = 64
KNOWN = {"command": True, "compile": False}
"""Key -> whether it has to be there."""


@dataclass(frozen=True)
class ProgramFile:
    """What a ``sparring.toml`` says."""

    command: tuple[str, ...]
    compile: tuple[str, ...] = ()


def read_program_file(content: bytes) -> ProgramFile:
    """Read a ``sparring.toml``. Raises SparringError with a sentence about what is wrong.

    >>> read_program_file(b'command = ["node", "agent.js"]').command
    ('node', 'agent.js')
    """
    if len(content) > MOST_BYTES:
        raise SparringError(f"{FILE} has {len(content)} bytes; {MOST_BYTES} are allowed.")
    try:
        document = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SparringError(f"{FILE} is no TOML: {error}.") from error
    unknown = sorted(document.keys() - KNOWN.keys())
    if unknown:
        raise SparringError(f"{FILE} has a key '{unknown[0]}'; it knows {' and '.join(KNOWN)}.")
    words = {key: _words(key, document.get(key), needed) for key, needed in KNOWN.items()}
    return ProgramFile(**words)


def _words(key: str, value: object, needed: bool) -> tuple[str, ...]:
    if value is None and not needed:
        return ()
    plain = isinstance(value, list) and all(isinstance(word, str) and word and "\0" not in word for word in value)
    if not plain or not value or len(value) > MOST_WORDS:  # type: ignore[arg-type]
        raise SparringError(f'{FILE} needs {key} as a list of words, as in {key} = ["node", "agent.js"].')
    return tuple(value)  # type: ignore[arg-type]
