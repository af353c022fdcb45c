"""The command line explains itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from sparring.cli.app import app

SPARRING = Path(sys.executable).with_name("sparring")


def commands(group=None, names=()):
    """Yield the words and the command of every command, those of groups as well."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name), command


COMMANDS = dict(commands())


def test_the_promised_commands_are_there():
    first_words = {words[0] for words in COMMANDS}
    assert first_words >= {"up", "games", "play", "duel", "replay", "train", "models", "submit", "doctor"}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_an_example_in_its_help_that_names_it(words):
    assert re.search(r"Examples?:.*sparring " + " ".join(words), COMMANDS[words].help or "", re.DOTALL)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(words):
    silent = [option.name for option in COMMANDS[words].params if not getattr(option, "help", None)]
    assert [name for name in silent if name not in ("help",)] == []


def test_help_starts_quickly_without_the_heavy_libraries():
    """A person who asks for help waits for nothing that only training needs."""
    code = "import sys, sparring.cli.app; print(sorted({'torch', 'django', 'numba', 'onnxruntime'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_an_unknown_command_exits_with_2():
    done = subprocess.run([SPARRING, "duell"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "duel" in done.stderr
