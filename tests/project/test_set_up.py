"""The set-up: fast when there is nothing to do, clear when it can't go on."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with what the set-up reads, and a .venv that is not yet set up."""
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/set_up.py", "requirements.lock", "requirements-dev.lock", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=clone, capture_output=True, text=True, check=False, env=no_make())


def no_make() -> dict[str, str]:
    """The environment without what a `make` that runs these tests has put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def stand_in_python(clone: Path) -> None:
    """Let .venv/bin/python note what it is asked, and answer like the Python that runs this test."""
    log = clone / "asked"
    script = f'echo "$@" >> {log}\ncase "$1" in -c) exec {sys.executable} "$@";; esac\nexit ${{CODE:-0}}'
    program(clone / ".venv" / "bin" / "python", script)
    program(clone / ".venv" / "bin" / "sparring", f'echo "sparring $@" >> {log}')


def asked(clone: Path) -> list[str]:
    path = clone / "asked"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [line for line in lines if not line.startswith("-c")]


def test_the_first_set_up_installs_the_pins_then_the_package_then_compiles_the_games(clone):
    stand_in_python(clone)
    done = make(clone, "set-up", f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    pins, package, games = asked(clone)
    assert pins.endswith(f"-r {clone}/requirements.lock")
    assert "--no-deps" in package
    assert package.endswith(f"--editable {clone}")
    assert games == "sparring warm"


def test_an_unchanged_second_set_up_does_nothing_in_under_three_seconds(clone):
    stand_in_python(clone)
    make(clone, "set-up", f"PYTHON={sys.executable}")
    asked(clone)
    start = time.perf_counter()
    assert make(clone, "set-up", f"PYTHON={sys.executable}").returncode == 0
    assert time.perf_counter() - start < 3
    assert asked(clone) == []


def test_the_tools_bring_the_arena_with_them(clone):
    stand_in_python(clone)
    make(clone, "set-up-dev", f"PYTHON={sys.executable}")
    assert asked(clone)[0].endswith(f"-r {clone}/requirements-dev.lock")
    make(clone, "set-up", f"PYTHON={sys.executable}")
    assert asked(clone) == []


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_file_is_installed_anew(clone, changed):
    stand_in_python(clone)
    make(clone, "set-up", f"PYTHON={sys.executable}")
    asked(clone)
    with (clone / changed).open("a") as file:
        file.write("# changed\n")
    make(clone, "set-up", f"PYTHON={sys.executable}")
    assert len(asked(clone)) == 3


def test_a_failed_install_is_tried_again(clone, monkeypatch):
    stand_in_python(clone)
    monkeypatch.setenv("CODE", "1")
    failed = make(clone, "set-up", f"PYTHON={sys.executable}")
    assert failed.returncode != 0
    assert "Run it again" in failed.stderr
    monkeypatch.setenv("CODE", "0")
    asked(clone)
    assert make(clone, "set-up", f"PYTHON={sys.executable}").returncode == 0
    assert len(asked(clone)) == 3


def test_a_missing_python_gets_a_sentence(clone):
    done = make(clone, "set-up", "PYTHON=python-that-is-not-there")
    assert done.returncode != 0
    assert "Install Python 3.11 or newer" in done.stdout


def test_an_old_python_gets_a_sentence(clone):
    old = clone / "old-python"
    program(
        old,
        f"exec {sys.executable} -c 'import runpy, sys; sys.version_info = (3, 9, 1); sys.argv = sys.argv[1:]\n"
        f'runpy.run_path(sys.argv[0], run_name="__main__")\' "$@"',
    )
    done = make(clone, "set-up", f"PYTHON={old}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer, this is 3.9" in done.stderr


def test_make_alone_lists_the_targets():
    listing = make(ROOT).stdout
    for target in ("arena", "test", "bench", "lock", "clean"):
        assert f"make {target} " in listing


def test_ctrl_c_reaches_the_arena_and_make_says_nothing(clone):
    stand_in_python(clone)
    make(clone, "set-up", f"PYTHON={sys.executable}")
    arena = (
        "import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "print('up in', os.environ['SPARRING_HOME'], flush=True)\nsignal.sigwait([signal.SIGINT])\nprint('stopped')"
    )
    program(clone / ".venv" / "bin" / "sparring", f'exec {sys.executable} -c "{arena}"')
    terminal = subprocess.Popen(
        ["make", "arena", f"PYTHON={sys.executable}"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=no_make(),
    )
    assert terminal.stdout.readline() == f"up in {clone}/arena-data\n"
    os.killpg(terminal.pid, signal.SIGINT)
    output, errors = terminal.communicate(timeout=20)
    assert output == "stopped\n"
    assert errors == ""
