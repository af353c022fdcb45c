"""What is left of a container image here: a tree of files without any privilege, a command and its environment.

Whatever else an author's image says, who it wants to be, which volumes, ports and health checks it has, and what to do
when something is built on it, never reaches an engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sparring.errors import SparringError

FILES, ABOUT = "files.tar", "image.json"
USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Start:
    """What an image starts with."""

    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    workdir: str = "/"

    @property
    def path(self) -> str:
        """Where its programs are looked for."""
        return dict(self.environment).get("PATH", USUAL_PATH)


@dataclass(frozen=True)
class Image:
    """An image in a folder of ours: ``files.tar`` and ``image.json``."""

    folder: Path
    digest: str
    """Of its files, its command and its environment: equal images have the same."""
    size: int
    """Bytes of its files."""
    start: Start

    @property
    def files(self) -> Path:
        return self.folder / FILES

    def write(self) -> None:
        """Write what is known of it beside its files."""
        about = {
            "digest": self.digest,
            "size": self.size,
            "command": self.start.command,
            "environment": self.start.environment,
            "workdir": self.start.workdir,
        }
        (self.folder / ABOUT).write_text(json.dumps(about))


def read_image(folder: Path) -> Image:
    """The image in a folder. Raises SparringError where there is none."""
    try:
        about = json.loads((folder / ABOUT).read_bytes())
    except (OSError, ValueError) as error:
        raise SparringError("The image that its build had made is gone; submit it again.") from error
    pairs = tuple((name, value) for name, value in about["environment"])
    return Image(folder, about["digest"], about["size"], Start(tuple(about["command"]), pairs, about["workdir"]))
