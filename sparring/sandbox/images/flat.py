"""Makes an image of an archive: one tree of files, its digest, and the command that it starts with."""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from collections.abc import Callable
from pathlib import Path

from sparring.errors import SparringError
from sparring.hashed import Hashed
from sparring.sandbox.images.archive import DAMAGED, MIB, open_archive
from sparring.sandbox.images.image import FILES, Image, Start
from sparring.sandbox.images.tree import Node, Tree, size_in_mib

Say = Callable[[str], None]


def flatten(archive: Path, folder: Path, most_mib: int, say: Say, command: tuple[str, ...] = ()) -> Image:
    """The image of ``archive``, written into ``folder``. ``command`` stands in the place of its own, if there is one.

    Nothing of it runs, and no engine is asked. Raises SparringError with a sentence for its author.
    """
    with open_archive(archive, most_mib * MIB) as contents:
        start = Start(command, contents.start.environment, contents.start.workdir) if command else contents.start
        tree = Tree()
        try:
            for layer in contents.layers:
                tree.add(layer)
            tree.make_plain(start.workdir)
            check_command(tree, start)
            size, digest = _write(tree, folder / FILES, most_mib)
        except DAMAGED as error:
            raise SparringError(f"A layer of the image can't be read: {error}. Save the image again.") from error
    if tree.left_out:
        say(f"Note: {tree.left_out} devices, pipes or sockets of the image are left out.\n")
    if tree.harmless:
        say(f"Note: {tree.harmless} programs of the image that change their user when they start won't.\n")
    whole = json.dumps([digest, start.command, start.environment, start.workdir])
    image = Image(folder, hashlib.sha256(whole.encode()).hexdigest(), size, start)
    image.write()
    say(f"The image has {size_in_mib(size)} and starts {' '.join(start.command)[:300]}\n")
    return image


def check_command(tree: Tree, start: Start) -> None:
    """Raise SparringError where what the image starts is not in it."""
    program = start.command[0]
    if "/" in program:
        places = [posixpath.join(start.workdir, program)]
    else:
        places = [posixpath.join("/", start.workdir, folder, program) for folder in start.path.split(":")]
    found = [node for place in places if (node := tree.resolve(place)) is not None and node.source is not None]
    if not found:
        raise SparringError(f"The image's ENTRYPOINT '{program[:200]}' is no file in it.")
    if not any(node.executable for node in found):
        raise SparringError(f"The image's ENTRYPOINT '{program[:200]}' may not be executed: chmod +x it.")


def _write(tree: Tree, path: Path, most_mib: int) -> tuple[int, str]:
    """Write all files as one archive; the bytes of all, and a digest of what they are, whenever they were made."""
    size, total = 0, hashlib.sha256()
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        for place, node in tree.walk():
            total.update(json.dumps([place, node.children is not None, node.target, node.executable]).encode())
            if node.source is None:
                archive.addfile(_header(place, node))
                continue
            size += node.source[1].size
            if size > most_mib * MIB:
                raise SparringError(f"The image has more than {most_mib} MiB, which is the most that it may have.")
            content = Hashed(tree.open(node))
            archive.addfile(_header(place, node), content)
            total.update(content.digest())
    return size, total.hexdigest()


def _header(place: str, node: Node) -> tarfile.TarInfo:
    """Everything belongs to root, may be read by everybody, and written by nobody else; what is mounted at /tmp takes
    its mode from here."""
    header = tarfile.TarInfo(place)
    if node.children is not None:
        header.type, header.mode = tarfile.DIRTYPE, 0o1777 if place == "tmp" else 0o755
    elif node.target is not None:
        header.type, header.mode, header.linkname = tarfile.SYMTYPE, 0o777, node.target
    elif node.source is not None:
        header.size, header.mode = node.source[1].size, 0o755 if node.executable else 0o644
    return header
