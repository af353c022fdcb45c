"""What a build has made of a submission before it plays. Only light imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Prepared:
    """Folders that a sandbox shows its agent read-only; both are made once and never change."""

    packages: Path | None = None
    """Python packages of the submission's own, first on the path of its imports."""
    folder: Path | None = None
    """Its files with what was compiled of them; None: the artefact is unpacked as it is."""
    image: Path | None = None
    """The folder of the image that it is or was built into."""
    plain: bool = False
    """Whether a Dockerfile in it means nothing, because it was handed in as something else."""


NOTHING = Prepared()
