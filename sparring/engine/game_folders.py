"""Games that lie in a folder of their own and are not installed: ``./my_game``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from sparring.errors import SparringError


def is_folder(name: str) -> bool:
    """Whether the name of a game is meant as a path: it begins with a dot or a slash, or ends with one.

    >>> is_folder("./my_game"), is_folder("my_game/"), is_folder("connect_four"), is_folder("gym:ALE/Pong-v5")
    (True, True, False, False)
    """
    return name.startswith((".", "/", "~")) or (name.endswith("/") and ":" not in name)


def package_in(path: str) -> str:
    """The importable package of the game in the folder ``path``, or in the one folder below it that has rules.py.

    Raises SparringError if there is no game, more than one, or another package of that name.
    """
    folder = _package_folder(Path(path).expanduser().resolve())
    name = folder.name
    if not name.isidentifier():
        raise SparringError(f"The folder {folder} can't be imported: call it by letters, digits and _ only.")
    parent = str(folder.parent)
    if parent not in sys.path:
        sys.path.append(parent)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec(name)
    found = Path(spec.origin).resolve().parent if spec and spec.origin else None
    if found is None and not (folder / "__init__.py").is_file():
        raise SparringError(f"{folder} has no __init__.py: an empty one will do.")
    if found != folder:
        where = f" at {found}" if found else ""
        raise SparringError(f"There is another package called '{name}'{where}: rename the folder {folder}.")
    return name


def _package_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise SparringError(f"There is no folder {folder}. `sparring games new my_game` makes one with a game in it.")
    if (folder / "rules.py").is_file():
        return folder
    below = sorted(rules.parent for rules in folder.glob("*/rules.py"))
    if not below:
        raise SparringError(
            f"There is no rules.py in {folder} or in a folder of it. `sparring games new` shows what a game needs."
        )
    if len(below) > 1:
        names = ", ".join(each.name for each in below)
        raise SparringError(f"There are several games in {folder}: {names}. Name the folder of one of them.")
    return below[0]
