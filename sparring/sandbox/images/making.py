"""From a submission to an image: an archive is read, a Dockerfile is built and then read in the same way."""

from __future__ import annotations

from pathlib import Path

from sparring.agents.artefact import Artefact, unpack
from sparring.agents.author_code import Log
from sparring.agents.program_file import FILE, read_program_file
from sparring.errors import SparringError
from sparring.sandbox.building import BuildFailed, Workshop
from sparring.sandbox.folders import own_folder
from sparring.sandbox.images.dockerfile import read_dockerfile
from sparring.sandbox.images.engine_build import build_archive
from sparring.sandbox.images.flat import flatten
from sparring.sandbox.images.image import Image
from sparring.sandbox.images.rules import ImageRules
from sparring.sandbox.package_index import package_index


def make_image(
    artefact: Artefact, folder: Path, workshop: Workshop | None = None, rules: ImageRules | None = None
) -> Image:
    """The image of a submission, written into ``folder``. Raises SparringError with a sentence for its author."""
    rules, prints = rules or ImageRules(index=package_index("")), Log()
    if artefact.kind == "image-archive":
        return flatten(artefact.path, folder, rules.most_mib, workshop.say if workshop else prints.add)
    try:
        return _built(artefact, folder, workshop or Workshop(folder, say=prints.add), rules)
    except BuildFailed as failure:
        raise BuildFailed(f"{failure}\n{prints.text}".strip()) from failure


def _built(artefact: Artefact, folder: Path, workshop: Workshop, rules: ImageRules) -> Image:
    with own_folder(0o700) as place:
        context, archive = Path(place, "context"), Path(place, "image.tar")
        context.mkdir()
        unpack(artefact, context)
        bases = read_dockerfile(context)
        command = _command(context)
        build_archive(context, bases, archive, workshop, rules)
        return flatten(archive, folder, rules.most_mib, workshop.say, command)


def _command(context: Path) -> tuple[str, ...]:
    """The command of a ``sparring.toml`` beside the Dockerfile, which goes before the image's own."""
    if not (context / FILE).is_file():
        return ()
    program = read_program_file((context / FILE).read_bytes())
    if program.compile:
        raise SparringError(f"{FILE} beside a Dockerfile can't say compile; let a RUN of the Dockerfile do it.")
    return program.command
