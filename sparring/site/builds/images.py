"""The store of images: each in a folder under its digest, for every worker to bring into its own engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from sparring.agents.artefact import Artefact
from sparring.engine import home
from sparring.sandbox.building import Workshop
from sparring.sandbox.images.image import ABOUT, Image, read_image
from sparring.sandbox.images.making import make_image
from sparring.sandbox.images.rules import ImageRules
from sparring.sandbox.package_index import package_index
from sparring.site.builds import layers


def folder() -> Path:
    """Where the images are, readable for the arena only."""
    path = home() / layers.IMAGES
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def path_of(digest: str) -> Path | None:
    """The folder of an image; None where it is gone. Notes that it is used."""
    path = folder() / Path(digest).name
    if not (path / ABOUT).is_file():
        return None
    with suppress(OSError):
        (path / layers.USED).touch()
    return path


def build(artefact: Artefact, workshop: Workshop) -> Image:
    """Make the image of a submission and keep it. Raises as ``make_image`` does."""
    return _keep(lambda place: make_image(artefact, place, workshop.within(place), rules(artefact)))


def rules(artefact: Artefact) -> ImageRules:
    """What the organiser allows. Raises SparringError where a setting is wrong."""
    bases = tuple(name.strip() for name in settings.IMAGE_BASES.split(",") if name.strip())
    index = package_index(settings.PACKAGE_INDEX, settings.PACKAGE_HOSTS) if artefact.kind == "dockerfile-zip" else None
    return ImageRules(settings.IMAGE_MIB, bases, settings.IMAGE_PULL, index)


def _keep(make: Callable[[Path], Image]) -> Image:
    """What ``make`` writes into a new folder appears under its digest, whole; an equal one that is there stays."""
    with layers.workplace(beside=folder() / "new") as place:
        image = make(place)
        target = folder() / image.digest
        try:
            place.rename(target)
        except OSError:
            if path_of(image.digest) is None:
                raise
    return read_image(target)
