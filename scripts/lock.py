"""Resolve the dependencies in pyproject.toml and write requirements.lock and requirements-dev.lock.

    make lock                           with the oldest Python that Sparring supports, so that the pins suit them all

Two files, because `make arena` has no use for the tools that tests need. The packages are resolved once, for `dev`, and
the arena's share of them is found by resolving it under the same pins.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEWER_PYTHONS = ("3.12", "3.13")
# torch's wheels differ by platform: the one with CUDA asks for these itself where pip chooses it.
COMES_WITH_TORCH = re.compile(r"nvidia-|cuda-|triton")
# `pip install --editable` builds with it; not isolated, so that the builder is pinned too.
BUILDER = "setuptools"

HEADER = """\
# Made by `make lock` from pyproject.toml; don't edit. Install with: pip install -r {name}
# For CPython 3.11 to 3.13. No hashes: torch's file differs between platforms (CPU, CUDA, macOS) under one version, and
# pip takes hashes for all packages or none. What a CUDA build of torch needs comes as its own dependency.
"""


def main() -> None:
    if sys.version_info[:2] != (3, 11):
        sys.exit("The lock is made with Python 3.11, the oldest that Sparring supports: make lock PYTHON=python3.11")
    everything = resolve(["sparring[dev]", BUILDER], constraints={})
    arena = resolve(["sparring[arena]", BUILDER], constraints=everything)
    tools = {name: version for name, version in everything.items() if name not in arena}
    write("requirements.lock", "", arena)
    write("requirements-dev.lock", "-r requirements.lock\n", tools)
    for version in NEWER_PYTHONS:
        check_wheels(version)


def resolve(requirements: list[str], constraints: dict[str, str]) -> dict[str, str]:
    """Return name -> version of all that pip would install for `requirements` into an empty environment."""
    wanted = [requirement.replace("sparring", str(ROOT)) for requirement in requirements]
    with tempfile.TemporaryDirectory() as folder:
        report, limits = Path(folder) / "report.json", Path(folder) / "constraints.txt"
        limits.write_text("".join(f"{name}=={version}\n" for name, version in constraints.items()))
        dry_run = ["install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report)]
        subprocess.run([sys.executable, "-m", "pip", *dry_run, "-c", str(limits), *wanted], cwd=folder, check=True)
        packages = [package["metadata"] for package in json.loads(report.read_text())["install"]]
    pins = {re.sub(r"[-_.]+", "-", package["name"]).lower(): package["version"] for package in packages}
    return {
        name: version.partition("+")[0]  # without the build: 2.13.0+cpu is 2.13.0
        for name, version in sorted(pins.items())
        if name != "sparring" and not COMES_WITH_TORCH.match(name)
    }


def write(name: str, include: str, pins: dict[str, str]) -> None:
    lines = "".join(f"{package}=={version}\n" for package, version in pins.items())
    (ROOT / name).write_text(HEADER.format(name=name) + include + lines)
    print(f"{name}: {len(pins)} packages")


def check_wheels(version: str) -> None:
    """Fail when a pin has no built wheel for this platform and Python `version`."""
    with tempfile.TemporaryDirectory() as folder:
        target = ["--python-version", version, "--only-binary", ":all:", "--target", folder]
        command = ["install", "--quiet", "--dry-run", *target, "-r", str(ROOT / "requirements-dev.lock")]
        subprocess.run([sys.executable, "-m", "pip", *command], check=True)
    print(f"Every pin has a wheel for Python {version}.")


if __name__ == "__main__":
    main()
