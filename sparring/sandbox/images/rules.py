"""What an organiser allows images to be, and to be built on."""

from __future__ import annotations

from dataclasses import dataclass

from sparring.sandbox.package_index import PackageIndex


@dataclass(frozen=True)
class ImageRules:
    """Limits of images, and what a Dockerfile may ask for."""

    most_mib: int = 1024
    """Size of all files of an image."""
    bases: tuple[str, ...] | None = None
    """What a Dockerfile may build on, besides nothing at all (``scratch``); None: whatever is here."""
    may_pull: bool = False
    """Whether a base that is not here is fetched from where it comes from."""
    index: PackageIndex | None = None
    """What its steps can reach, and nothing else."""
