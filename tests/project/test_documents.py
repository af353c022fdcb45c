"""What is written for people is true: links lead somewhere, commands exist, numbers were measured."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from sparring.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "sparring").glob("games/*/README.md")),
]


def shell_blocks(page: Path) -> list[list[str]]:
    """Return the words of each command line in the page's shell blocks, without its comment."""
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", page.read_text(), re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        headings = (
            re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE) if file.suffix == ".md" and file.is_file() else []
        )
        if not file.exists() or (anchor and anchor not in {slug(heading) for heading in headings}):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_exists_with_its_options(page):
    for words in shell_blocks(page):
        if words[0].rpartition("/")[2] != "sparring":
            continue
        command = typer.main.get_command(app)
        rest = words[1:]
        while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands or getattr(command, "invoke_without_command", False), words
            command = command.commands.get(rest.pop(0), command)
        known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {
            "--help",
            "-h",
        }
        unknown = [word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
        assert unknown == [], words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_shown_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {words[1] for words in shell_blocks(page) if words[0] == "make" and len(words) > 1 and "=" not in words[1]}
    assert shown <= targets


def test_the_benchmark_page_says_what_the_last_full_run_measured(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import report

    page = report.PAGE.read_text()
    shown = page.partition(report.BEGIN)[2].partition(report.END)[0]
    if report.LATEST.exists():
        assert shown == report.markdown(json.loads(report.LATEST.read_text()))
    else:
        assert shown == "Not yet measured on a quiet machine.\n"


def test_the_strength_page_says_what_was_proved(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import strength_report
    from strength import tables

    page = strength_report.PAGE.read_text()
    shown = page.partition(strength_report.BEGIN)[2].partition(strength_report.END)[0]
    if strength_report.LATEST.exists():
        assert shown == strength_report.markdown(json.loads(strength_report.LATEST.read_text()), tables())
    else:
        assert shown == "Not yet measured.\n"


def test_the_changes_name_the_version_or_what_is_unreleased():
    import sparring

    changes = (ROOT / "CHANGELOG.md").read_text()
    assert "## Unreleased" in changes or f"## {sparring.__version__}" in changes


def test_the_version_is_the_same_everywhere():
    import tomllib

    import sparring

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == sparring.__version__
    done = subprocess.run(
        [Path(sys.executable).with_name("sparring"), "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"sparring {sparring.__version__}"
