"""What the whole repository keeps to, whoever wrote the file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked(*patterns: str) -> list[Path]:
    """Return the files of the repository, those in git and those about to be."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def names_in(path: Path) -> set[str]:
    """Return the dotted names that a Python file imports or calls."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
        elif isinstance(node, ast.Attribute):
            names.add(ast.unparse(node))
    return names


def text_files() -> list[Path]:
    binary = {".png", ".gif", ".npz", ".zip", ".ico", ".woff2", ".safetensors", ".onnx", ".gz", ".npy"}
    return [path for path in tracked() if path.suffix not in binary]


def test_imports_run_down_the_house_only():
    linter = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_nothing_is_pickled():
    banned = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal", "torch.save", "torch.load"}
    guilty = {
        str(path.relative_to(ROOT)): found for path in tracked("sparring/*.py") if (found := names_in(path) & banned)
    }
    assert guilty == {}


def test_numpy_files_are_read_without_pickle():
    guilty = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in tracked("sparring/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False"
    ]
    assert guilty == []


def test_no_file_names_a_machine_or_a_registry_host():
    machine = re.compile(
        r"(?<![\w.:/-])/(?:work|root|home/\w+|Users)/|" + r"pythonhosted" + r"\.org|pypi" + r"\.org/simple"
    )
    guilty = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in text_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if machine.search(line)
    ]
    assert guilty == []


def test_every_room_says_what_it_is_for():
    rooms = [path for path in tracked("sparring/*/__init__.py") if path.parent.parent.name == "sparring"]
    assert len(rooms) >= 12
    silent = [str(path.relative_to(ROOT)) for path in rooms if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_file_is_a_drawer_for_strangers():
    drawers = {"utils", "util", "helpers", "common", "misc", "base"}
    assert [path for path in tracked("sparring/*.py") if path.stem in drawers] == []


def test_every_game_explains_itself_to_players():
    games = [path.parent for path in tracked("sparring/games/*/rules.py")]
    assert games
    assert [
        game.name for game in games if not (game / "README.md").is_file() or not (game / "drawing.py").is_file()
    ] == []


def test_the_lock_pins_everything_that_the_package_asks_for():
    pins = dict(
        line.split("==")
        for path in tracked("requirements*.lock")
        for line in path.read_text().splitlines()
        if "==" in line
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + [name for extra in project["optional-dependencies"].values() for name in extra]
    names = {re.split(r"[\[<>=~ ]", requirement)[0].lower() for requirement in asked} - {"sparring"}
    assert names - pins.keys() == set()
    assert pins["torch"] == "2.13.0"
    assert [name for name in pins if name.startswith(("nvidia", "cuda", "triton"))] == []


def test_the_lock_is_no_older_than_what_the_package_asks_for():
    from packaging.requirements import Requirement

    pins = dict(
        line.split("==")
        for path in tracked("requirements*.lock")
        for line in path.read_text().splitlines()
        if "==" in line
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + [name for extra in project["optional-dependencies"].values() for name in extra]
    wanted = [Requirement(text) for text in asked if not text.startswith("sparring")]
    assert [str(each) for each in wanted if not each.specifier.contains(pins[each.name.lower()])] == []


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "Makefile", ".ci/run"])
def test_the_repository_has(name):
    assert (ROOT / name).is_file()
