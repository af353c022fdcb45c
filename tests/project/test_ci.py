"""Continuous integration installs what is missing, and nothing else, before it tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder to be all of PATH, with little in it; apt-get and make write down how they are called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or "")
    for name, script in {
        "apt-get": 'echo "apt-get $@" >> "$CALLS"',
        "make": 'echo "make $@ CI=$CI" >> "$CALLS"',
        "sudo": 'echo "as root" >> "$CALLS"; exec "$@"',
        "python3": "exit 0",
        "id": "echo 0",
    }.items():
        program(programs / name, script)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    return tmp_path


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run_ci(machine: Path) -> list[str]:
    calls = machine / "calls"
    environment = {"PATH": str(machine / "bin"), "CALLS": str(calls), "HOME": os.environ.get("HOME", "/")}
    subprocess.run([machine / "bin" / "bash", machine / ".ci" / "run"], env=environment, check=True)
    return calls.read_text().splitlines()


def test_a_bare_machine_gets_its_packages_then_the_tests(machine):
    update, install, tests = run_ci(machine)
    assert update.startswith("apt-get update")
    assert {"bubblewrap", "chromium", "tmux", "gcc", "docker.io", "runsc"} <= set(install.split())
    assert tests == "make test CI=true"


def test_a_machine_that_has_everything_installs_nothing(machine):
    for name in ("bwrap", "chromium", "tmux", "gcc", "node", "dockerd", "docker-registry", "runsc"):
        program(machine / "bin" / name, "exit 0")
    if not Path("/usr/lib/postgresql").exists():
        pytest.skip("PostgreSQL is not installed")
    assert run_ci(machine) == ["make test CI=true"]


def test_a_python_without_its_installer_gets_the_debian_package(machine):
    program(machine / "bin" / "python3", "exit 1")
    assert "python3-venv" in run_ci(machine)[1].split()


def test_who_is_not_root_asks_sudo(machine):
    program(machine / "bin" / "id", "echo 1000")
    calls = run_ci(machine)
    assert calls.count("as root") == 2
    assert calls[-1] == "make test CI=true"
