"""How our guard gets into a container whose files are an author's: with an interpreter and libraries of its own.

They are shown read-only below a folder whose name nobody can know beforehand, and its own loader starts it, so that
nothing of the image is read before its author's program begins.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from sparring.errors import SparringError
from sparring.sandbox.images.image import USUAL_PATH, Image
from sparring.sandbox.isolation.host_view import Shown
from sparring.sandbox.limits import Limits, rlimits

HERE = Path(__file__).resolve().parent
SCRIPTS = (HERE.parent / "guard.py", HERE / "launch.py")
LIST_NEEDED = """
import contextlib, ctypes, json, os, resource, signal, sys
lines = open("/proc/self/maps").read().splitlines()
libraries = sorted({line.split(None, 5)[5] for line in lines if ".so" in line and "/" in line})
print(json.dumps({"libraries": libraries, "modules": [folder for folder in sys.path if os.path.isdir(folder)]}))
"""
ELF_64, INTERPRETER = 2, 3
GUARD_ENVIRONMENT = {"LC_ALL": "C"}
"""Any other locale would be read from the image."""


@dataclass(frozen=True)
class OwnPython:
    """An interpreter that can be shown elsewhere: the files that it needs."""

    program: Path
    loader: Path
    libraries: tuple[Path, ...]
    folders: tuple[Path, ...]
    """Its modules, and folders of libraries; none lies in another."""


class ImageView:
    """What one container of an image is shown of ours, and the commands that use it."""

    def __init__(self) -> None:
        self.below = Path(f"/sparring-{secrets.token_hex(8)}")
        self._python = own_python()

    @property
    def pipes(self) -> str:
        """Where the named pipes are."""
        return str(self.below / "pipes")

    def shown(self) -> list[Shown]:
        files = [self._python.program, self._python.loader]
        files = [file for file in files if not any(file.is_relative_to(folder) for folder in self._python.folders)]
        ours = [Shown(script, self.below / script.name) for script in SCRIPTS]
        return [*(Shown(path, self._at(path)) for path in (*self._python.folders, *files)), *ours]

    def command(self, image: Image, limits: Limits) -> list[str]:
        """The guard, which starts the program of ``image``."""
        order = asdict(image.start) | {"rlimits": rlimits(limits), "environment": _environment(image)}
        guard = self._script("guard.py", "--pipes", self.pipes)
        return [*guard, *self._script("launch.py", json.dumps(order))]

    def _script(self, name: str, *arguments: str) -> list[str]:
        libraries = ":".join(str(self._at(path)) for path in self._python.libraries)
        loader = [str(self._at(self._python.loader)), "--library-path", libraries]
        return [*loader, str(self._at(self._python.program)), "-I", "-S", "-B", str(self.below / name), *arguments]

    def _at(self, path: Path) -> Path:
        return self.below / path.relative_to("/")


@lru_cache(maxsize=1)
def own_python() -> OwnPython:
    """This interpreter. Raises SparringError where it can't be shown elsewhere."""
    program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    loader = Path(_loader_of(program)).resolve()
    listing = [str(program), "-I", "-S", "-B", "-c", LIST_NEEDED]
    done = subprocess.run(listing, capture_output=True, check=False, env={"PATH": os.environ.get("PATH", "")})
    if done.returncode:
        raise SparringError(f"{program} does not start by itself, so images can't be played here.")
    needed = json.loads(done.stdout)
    libraries = sorted({Path(name).resolve().parent for name in needed["libraries"]})
    wanted = {*libraries, *(Path(name).resolve() for name in needed["modules"])}
    folders = [path for path in sorted(wanted) if not any(path != one and path.is_relative_to(one) for one in wanted)]
    return OwnPython(program, loader, tuple(libraries), tuple(folders))


def _loader_of(program: Path) -> str:
    """The loader that an ELF program names."""
    content = program.read_bytes()
    if content[:4] != b"\x7fELF" or content[4] != ELF_64:
        raise SparringError(f"{program} is no 64-bit program, so images can't be played here.")
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for number in range(count):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", content, table + number * size)
        if kind == INTERPRETER:
            return content[offset : offset + length].rstrip(b"\0").decode()
    raise SparringError(f"{program} names no loader, so images can't be played here.")


def _environment(image: Image) -> dict[str, str]:
    """What the program of an image gets: what the image says, and nothing of this machine's."""
    return {"PATH": USUAL_PATH, "HOME": "/tmp", "TMPDIR": "/tmp", **dict(image.start.environment)}
