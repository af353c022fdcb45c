"""Images in the engine of this machine: brought in when somebody plays, and only so many of them kept."""

from __future__ import annotations

import contextlib

from sparring.errors import SparringError
from sparring.sandbox.images.image import Image
from sparring.sandbox.isolation.docker.engine import Engine

NAME = "sparring-agent"
MOST_KEPT = 16
SECONDS_TO_IMPORT = 300.0


def loaded(engine: Engine, image: Image) -> str:
    """The engine's name of an image, which is there now. Raises SparringError."""
    name = f"{NAME}:{image.digest[:32]}"
    if not engine.run("image", "ls", "--quiet", name):
        if not image.files.is_file():
            raise SparringError("The image that its build had made is gone; submit it again.")
        make_room(engine, MOST_KEPT - 1)
        engine.run("import", str(image.files), name, seconds=SECONDS_TO_IMPORT)
    return name


def make_room(engine: Engine, most: int) -> None:
    """Remove the images that came in first, until there are at most ``most``; those that play stay."""
    names = engine.run("image", "ls", NAME, "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    if len(names) <= most:
        return
    # The engine's own list counts whole seconds.
    moments = engine.run("image", "inspect", "--format", "{{.Metadata.LastTagTime.UnixNano}}", *names).split()
    came = dict(zip(names, map(int, moments), strict=True))
    for name in sorted(names, key=lambda name: came[name])[: len(names) - most]:
        with contextlib.suppress(SparringError):
            engine.run("image", "rm", name)
