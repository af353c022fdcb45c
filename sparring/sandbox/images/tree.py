"""The files of an image: its layers laid over each other, without anything that could give somebody a privilege.

Neither devices, pipes nor sockets stay, nor set-user-id bits, owners, capabilities of files or other attributes. Links
stay what they are and are never followed on this machine.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from sparring.errors import SparringError
from sparring.sandbox.images.archive import MIB, Layer

GONE, GONE_ALL = ".wh.", ".wh..wh..opq"
"""How a layer says that a file, or all that was in a folder, is not there any more."""
SYSTEM = ("proc", "sys", "dev", "tmp")
"""What a container has of its own; whatever an image has there is hidden."""
PLAIN = (*SYSTEM, "etc")
MOST_FILES, MOST_DEPTH, MOST_LINKS, MOST_NAME_BYTES = 100_000, 64, 40, 4_000
PRIVILEGES = 0o6000
LOADED_FIRST = "/etc/ld.so.preload"


@dataclass
class Node:
    """A folder (``children``), a link (``target``), or a file (``source``)."""

    children: dict[str, Node] | None = None
    target: str | None = None
    source: tuple[int, tarfile.TarInfo] | None = None
    """The layer, and the member in it."""
    executable: bool = False


@dataclass
class Tree:
    """All files of an image."""

    root: Node = field(default_factory=lambda: Node(children={}))
    left_out: int = 0
    """Devices, pipes and sockets."""
    harmless: int = 0
    """Files that had a set-user-id or set-group-id bit."""
    members: int = 0
    _archives: list[tarfile.TarFile] = field(default_factory=list)

    def add(self, layer: Layer) -> None:
        """Lay one more layer over what is there. Raises SparringError for paths that no honest layer has."""
        archive = layer.open()
        index = len(self._archives)
        self._archives.append(archive)
        found = []
        for member in archive:
            self.members += 1
            if self.members > MOST_FILES:
                raise SparringError(f"The image holds more than {MOST_FILES} files.")
            path = _path_of(member.name)
            if path:
                found.append((path, member))
        for path, _ in found:  # what goes, goes from below this layer, wherever in it that is said
            if path[-1] == GONE_ALL:
                self._remove(path[:-1], only_below=True)
            elif path[-1].startswith(GONE):
                self._remove((*path[:-1], path[-1].removeprefix(GONE)))
        placed: dict[tuple[str, ...], tarfile.TarInfo] = {}
        for path, member in found:
            if not path[-1].startswith(GONE):
                self._place(index, path, member, placed)

    def open(self, node: Node) -> IO[bytes]:
        """The content of a file."""
        assert node.source is not None
        layer, member = node.source
        content = self._archives[layer].extractfile(member)
        assert content is not None
        return content

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Every path with what is there, in order, folders before what is in them."""
        waiting = [("", self.root)]
        while waiting:
            place, folder = waiting.pop()
            for name in sorted(folder.children or {}, reverse=True):
                child = (folder.children or {})[name]
                waiting.append((posixpath.join(place, name), child))
            if place:
                yield place, folder

    def resolve(self, path: str) -> Node | None:
        """What a program in the image would find at an absolute path, its links followed."""
        rest = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        trail, links = [self.root], 0
        while rest:
            part = rest.pop()
            here = trail[-1]
            if part == "..":
                trail = trail[:-1] or [self.root]
                continue
            child = (here.children or {}).get(part)
            if child is None:
                return None
            if child.target is None:
                trail.append(child)
                continue
            links += 1
            if links > MOST_LINKS or not child.target:
                return None
            trail = [self.root] if child.target.startswith("/") else trail
            rest += [name for name in reversed(child.target.split("/")) if name not in ("", ".")]
        return trail[-1]

    def make_plain(self, workdir: str) -> None:
        """Give it the folders that every container has, and a working directory. Raises SparringError."""
        assert self.root.children is not None
        for name in PLAIN:
            found = self.root.children.get(name)
            if name in SYSTEM or found is None:
                self.root.children[name] = Node(children={})
            elif found.children is None:
                raise SparringError(f"The image's /{name} is no folder, and has to be one.")
        if self.resolve(LOADED_FIRST) is not None:
            raise SparringError(f"The image has {LOADED_FIRST}, which is not allowed here.")
        if self.resolve(workdir) is None:
            self._folder_at(tuple(part for part in workdir.split("/") if part))
        found = self.resolve(workdir)
        if found is None or found.children is None:
            raise SparringError(f"The image's WORKDIR {workdir} is no folder in it.")

    def _remove(self, path: tuple[str, ...], only_below: bool = False) -> None:
        here = self.root
        for part in path[:-1]:
            child = (here.children or {}).get(part)
            if child is None:
                return
            here = child
        if only_below:
            gone = (here.children or {}).get(path[-1]) if path else self.root
            if gone is not None and gone.children is not None:
                gone.children = {}
        elif here.children is not None:
            here.children.pop(path[-1], None)

    def _folder_at(self, path: tuple[str, ...]) -> Node:
        """The folder at ``path``, made where it is missing. Raises SparringError where a link or file is in the way."""
        here = self.root
        for depth, part in enumerate(path):
            assert here.children is not None
            here = here.children.setdefault(part, Node(children={}))
            if here.children is None:
                way = "/".join(path[: depth + 1])
                raise SparringError(f"A layer of the image puts files below /{way}, which is no folder but a link.")
        return here

    def _place(
        self,
        index: int,
        path: tuple[str, ...],
        member: tarfile.TarInfo,
        placed: dict[tuple[str, ...], tarfile.TarInfo],
    ) -> None:
        siblings = self._folder_at(path[:-1]).children
        assert siblings is not None
        there = siblings.get(path[-1])
        if member.isdir():
            if there is None or there.children is None:
                siblings[path[-1]] = Node(children={})
            return
        if member.islnk():
            member = self._linked(path, member, placed)
        if member.issym():
            siblings[path[-1]] = Node(target=member.linkname)
        elif member.isreg():
            self.harmless += bool(member.mode & PRIVILEGES)
            siblings[path[-1]] = Node(source=(index, member), executable=bool(member.mode & 0o111))
            placed[path] = member
        else:
            siblings.pop(path[-1], None)
            self.left_out += 1

    @staticmethod
    def _linked(
        path: tuple[str, ...], member: tarfile.TarInfo, placed: dict[tuple[str, ...], tarfile.TarInfo]
    ) -> tarfile.TarInfo:
        """The file of the same layer that a hard link is another name of."""
        found = placed.get(_path_of(member.linkname))
        if found is None:
            raise SparringError(f"The image's /{'/'.join(path)} is a hard link to a file that its layer does not have.")
        return found


def _path_of(name: str) -> tuple[str, ...]:
    """The parts of a path in a layer. Raises SparringError for one that climbs or that nobody could read."""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise SparringError(f"A layer of the image holds the path '{name[:200]}', which climbs out of it.")
    if len(parts) > MOST_DEPTH or len(name.encode(errors="surrogateescape")) > MOST_NAME_BYTES or "\0" in name:
        raise SparringError(f"A layer of the image holds a path that is too long: '{name[:200]}'.")
    return parts


def size_in_mib(size: int) -> str:
    """A size for people."""
    return f"{size / MIB:.1f} MiB"
