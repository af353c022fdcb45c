"""What a sandbox shows of the host, read-only: the system's programs and libraries, the interpreter, this package."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import msgpack
import numpy as np

import sparring
from sparring.sandbox.isolation.sandbox import PACKAGE_FOLDER, PACKAGES

RUNNER = "import sys; sys.path += {paths}; from sparring.sandbox.runner import main; main()"
BUILD_STEP = "import sys; sys.path += {paths}; from sparring.sandbox.build_step import main; main()"
ZYGOTE = "import sys; sys.path += {paths}; from sparring.sandbox.zygote import main; main({control})"
OPEN_DOOR = "import sys; sys.path += {paths}; from sparring.sandbox.build_step import open_for_good; open_for_good()"
GUARD = f"{PACKAGE_FOLDER}/sparring/sandbox/isolation/guard.py"
PYTHON = (sys.executable, "-I", "-S", "-B")
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "USER": "agent",
    "LOGNAME": "agent",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_CACHE_DIR": "/tmp/numba",
    "SPARRING_HOME": "/tmp/sparring",
    "SPARRING_CACHE": "/tmp/sparring-cache",
}


@dataclass(frozen=True)
class Shown:
    """``folder`` of the host at ``place``, read-only but where it is said otherwise."""

    folder: Path
    place: Path
    writable: bool = False


def runner_command(packages: bool) -> list[str]:
    """The command that starts the runner. ``packages``: whether the submission has packages of its own."""
    paths = [PACKAGE_FOLDER, *([PACKAGES] if packages else []), *_package_folders()]
    return [*PYTHON, "-X", "faulthandler", "-c", RUNNER.format(paths=paths)]


def zygote_command(control: int) -> list[str]:
    """The command that starts the process that forks runners. ``control``: its socket to the arena."""
    paths = [PACKAGE_FOLDER, *_package_folders()]
    return [*PYTHON, "-X", "faulthandler", "-c", ZYGOTE.format(paths=paths, control=control)]


def build_command() -> list[str]:
    """The command that starts a step of a build."""
    return [*PYTHON, "-c", BUILD_STEP.format(paths=[PACKAGE_FOLDER, *_package_folders()])]


def door_command() -> list[str]:
    """The command that leads whoever shares its network to the proxy of a build."""
    return [*PYTHON, "-c", OPEN_DOOR.format(paths=[PACKAGE_FOLDER, *_package_folders()])]


def system_folders() -> list[Shown]:
    """Folders of the system that are no links."""
    names = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
    return [Shown(Path(name), Path(name)) for name in names if Path(name).is_dir() and not Path(name).is_symlink()]


def system_links() -> dict[str, str]:
    """Links at the top of the system: place -> target."""
    names = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
    return {name: str(Path(name).readlink()) for name in names if Path(name).is_symlink()}


def system_files() -> list[Shown]:
    """What programs need of /etc, as far as it is there."""
    names = ("/etc/ld.so.cache", "/etc/alternatives")
    return [Shown(Path(name), Path(name)) for name in names if Path(name).exists()]


def interpreter_folders() -> list[Shown]:
    """The interpreter, the packages that the runner needs, and this package, wherever they are."""
    resolved = Path(sys.executable).resolve().parents[1]
    folders = {Path(prefix) for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)}
    folders |= {resolved, *(Path(str(package.__file__)).parents[1] for package in (np, msgpack))}
    found = []
    for folder in sorted(folders):
        covered = any(other != folder and folder.is_relative_to(other) for other in folders)
        if not covered and not folder.is_relative_to("/usr"):
            found.append(Shown(folder, folder))
    return [*found, Shown(Path(str(sparring.__file__)).parent, Path(PACKAGE_FOLDER, "sparring"))]


def _package_folders() -> list[str]:
    """Where installed packages are. The runner is told, because looking for them as Python does takes it long."""
    needed = [str(Path(str(package.__file__)).parents[1]) for package in (np, msgpack)]
    found = [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return list(dict.fromkeys([*found, *needed]))
