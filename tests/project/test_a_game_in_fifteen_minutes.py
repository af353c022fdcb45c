"""The page `A game in fifteen minutes`, followed to the letter."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "a-game-in-fifteen-minutes.md"
REPLACED = {"test_whoever_takes_the_last_stone_loses": "test_whoever_takes_the_last_stone_wins"}


def blocks() -> list[tuple[str, str]]:
    """Language and text of each block of the page."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def names_of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []


def edit(path: Path, block: str) -> None:
    """Put each definition of the block in the place of the one of that name; write a new file as it is."""
    if not path.exists():
        path.write_text(block)
        return
    for new in ast.parse(block).body:
        (name,) = names_of(new)
        lines = path.read_text().splitlines(keepends=True)
        (old,) = (node for node in ast.parse("".join(lines)).body if REPLACED.get(name, name) in names_of(node))
        lines[old.lineno - 1 : old.end_lineno] = [f"{ast.get_source_segment(block, new)}\n"]
        path.write_text("".join(lines))


def run(command: str, folder: Path) -> str:
    """Run one command line as a reader would, except that what is installed goes to a folder of the test."""
    words = shlex.split(command)
    if words[0] == "sparring":
        words = [sys.executable, "-m", "sparring.cli", *words[1:]]
    elif words[:3] == ["pip", "install", "-e"]:
        offline = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
        words = [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder / "site"), words[3]]
    else:
        assert words[:3] == ["python", "-m", "pytest"]
        words = [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", *words[3:]]
    environment = os.environ | {
        "PYTHONPATH": str(folder / "site"),
        "SPARRING_HOME": str(folder / "home"),
        "PYTHONSAFEPATH": "1",
        "COLUMNS": "160",
    }

    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_who_follows_the_page_has_a_game(tmp_path):
    printed = []
    for language, block in blocks():
        if language == "sh":
            printed += [run(command, tmp_path) for command in block.splitlines()]
            continue
        first, rest = block.split("\n", 1)
        path = tmp_path / first.strip("# <>!-")
        if language == "markdown":
            path.write_text(rest)
        else:
            assert language == "python"
            edit(path, rest)
    checks = [text for text in printed if "checks pass" in text]
    assert len(checks) == 3
    assert not any("✗" in text for text in printed)
    assert sum("3 passed" in text for text in printed) == 1
    fight = next(text for text in printed if "mcts:simulations=200" in text)
    points = {words[0]: words[1] for line in fight.splitlines() if len(words := line.split()) > 6}
    assert int(points["stone_counter.py"]) >= 20, "it loses nothing from the second seat"
    assert "Whoever takes the last stone loses" in " ".join(printed[-2].split())
