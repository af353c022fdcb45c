"""Writes the skeleton of a game: small, playable, and sound from the first moment."""

from __future__ import annotations

import importlib.util
import keyword
import re
from importlib.resources import files
from pathlib import Path

from sparring.engine.game import game_names
from sparring.errors import SparringError

FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "rules.py": "new_game/rules.py",
    "drawing.py": "new_game/drawing.py",
    "README.md": "new_game/README.md",
    "test_rules.py.txt": "tests/test_rules.py",
}
"""Files of ``engine/skeleton`` -> where they go in the new folder."""


def new_game(name: str, folder: Path | None = None) -> Path:
    """Write the package of a game called ``name`` into ``folder/name`` (``folder``: by default the current one).

    Returns the folder of the new project. Raises SparringError, and writes nothing, for a name that can't be a
    package's, a name that is taken, or a folder that is there already.
    """
    _check_name(name)
    parent = Path() if folder is None else folder.expanduser()
    if not parent.is_dir():
        raise SparringError(f"There is no folder {parent}: create it first, or leave --folder out.")
    project = parent / name
    if project.exists():
        raise SparringError(f"{project} is there already. Choose another name, or remove it first.")
    _check_that_it_is_free(name)
    texts = {place.replace("new_game", name): _text(source, name) for source, place in FILES.items()}
    texts[f"{name}/__init__.py"] = f'"""{_title(name)}, a game for Sparring."""\n'
    try:
        for place, text in texts.items():
            path = project / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SparringError(f"Can't write {error.filename or project}: {error.strerror}.") from error
    return project


def _check_name(name: str) -> None:
    if not re.fullmatch("[a-z][a-z0-9_]{1,39}", name) or keyword.iskeyword(name):
        near = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:40]
        hint = f", e.g. {near}" if re.fullmatch("[a-z][a-z0-9_]+", near) and not keyword.iskeyword(near) else ""
        raise SparringError(
            f"'{name:.60}' can't be the name of a game: take 2 to 40 small letters, digits and _, a letter first{hint}."
        )


def _check_that_it_is_free(name: str) -> None:
    if name in game_names():
        raise SparringError(f"There is a game called {name} already. Choose another name.")
    if importlib.util.find_spec(name) is not None:
        raise SparringError(f"There is a Python package called {name} already. Choose another name.")


def _text(source: str, name: str) -> str:
    text = (files("sparring.engine.skeleton") / source).read_text(encoding="utf-8")
    return text.replace("New Game", _title(name)).replace("new_game", name).replace("new-game", name.replace("_", "-"))


def _title(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()
