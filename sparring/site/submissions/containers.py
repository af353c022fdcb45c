"""Which submissions are container images, and whether this arena takes any."""

from __future__ import annotations

import io
import zipfile

from django.conf import settings

from sparring.agents.artefact import DOCKERFILE, IMAGES
from sparring.sandbox.drivers import CONTAINERS, why_unavailable

ELSEWHERE = "Hand in another format, without a Dockerfile; or ask its organiser to turn the docker driver on."


def drivers() -> tuple[str, ...]:
    """The sandbox drivers of this arena that play images."""
    return tuple(name for name in settings.SANDBOX_DRIVERS if name.startswith(CONTAINERS))


def is_container(filename: str, data: bytes) -> bool:
    """Whether a file is a container image, or is built into one."""
    if filename.lower().endswith(IMAGES):
        return True
    if not filename.lower().endswith(".zip"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return DOCKERFILE in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def why_refused() -> str | None:
    """Why this arena takes no images, as a sentence for their authors; None if it does.

    It does where this machine has a driver for them, unless ``SPARRING_IMAGES`` says it of workers elsewhere.
    """
    if settings.IMAGES == "1":
        return None
    if settings.IMAGES == "0" or not drivers():
        return f"This arena plays no container images. {ELSEWHERE}"
    if all(why_unavailable(driver) is not None for driver in drivers()):
        return f"This arena has no Docker that works, so it plays no container images. {ELSEWHERE}"
    return None
