"""Base images without any registry of others: this machine's Python as an image, and a registry of our own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pip

PIP_FOLDER = "/pip"
NOT_NEEDED = re.compile(
    r".*/(test|tests|idlelib|tkinter|turtledemo|lib2to3|ensurepip|pydoc_data|(site|dist)-packages|config-[^/]*)(/.*)?"
    r"|.*\.opt-[12]\.pyc|.*/(_tkinter|_sqlite3|_curses|_?x?_?test|_gdbm|_dbm)[^/]*\.so"
)
SECONDS_TO_START = 30.0
REGISTRY = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def write_python_image(path: Path) -> str:
    """Write an archive for ``docker import`` of this machine's Python, with what it needs and pip; the program."""
    program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    library = Path(os.__file__).parent
    with tarfile.open(path, "w") as archive:
        modules = [file for file in library.glob("lib-dynload/*.so") if not NOT_NEEDED.fullmatch(str(file))]
        for file in {program, *_libraries([program, *modules])}:
            archive.add(file.resolve(), str(file))
        archive.add(library, str(library), filter=_needed)
        archive.add(Path(pip.__file__).parent, f"{PIP_FOLDER}/pip", filter=_needed)
        for name in ("tmp", "proc", "sys", "dev", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(folder)
    return str(program)


def _libraries(programs: list[Path]) -> set[Path]:
    """What the loader brings in for these, and the loader itself."""
    listing = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=True).stdout
    return {Path(name) for name in re.findall(r"(?:=> |^\t)(/\S+) \(0x", listing, re.MULTILINE)}


def _needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if NOT_NEEDED.fullmatch(f"/{member.name}") else member


@contextmanager
def registry() -> Iterator[str]:
    """A registry of images on this machine: its name in front of theirs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder, "registry.yml")
        configuration.write_text(REGISTRY.format(folder=Path(folder, "data"), port=port))
        served = subprocess.Popen(
            ["docker-registry", "serve", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_until_it_answers(served, f"http://127.0.0.1:{port}/v2/")
            yield f"127.0.0.1:{port}"
        finally:
            served.kill()
            served.wait()


def _wait_until_it_answers(served: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and served.poll() is None:
        with suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.05)
    raise RuntimeError("docker-registry does not start")
