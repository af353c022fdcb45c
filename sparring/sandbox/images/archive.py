"""Reads an image as ``docker save`` or an OCI layout writes it, without an engine and without trusting a word of it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import platform
import posixpath
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sparring.errors import SparringError
from sparring.sandbox.images.image import Start

MIB = 1024 * 1024
MOST_DOCUMENT_BYTES = 4 * MIB
MOST_HEADER_BYTES = MIB
MOST_MEMBERS = 2_000
MOST_LAYERS = 127
MOST_WORDS, MOST_VARIABLES, MOST_TEXT_BYTES = 64, 256, 32_768
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
LONG_HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
DAMAGED = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RecursionError)
HOW = "Write it with: docker save IMAGE --output agent.tar"


class CarefulHeader(tarfile.TarInfo):
    """A header of an archive that is not read into memory where it is larger than any honest one."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in LONG_HEADERS and self.size > MOST_HEADER_BYTES:
            raise tarfile.ReadError("it has a giant header")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


@dataclass(frozen=True)
class Layer:
    """One layer, uncompressed and compared with its digest."""

    content: IO[bytes]

    def open(self) -> tarfile.TarFile:
        self.content.seek(0)
        return tarfile.open(fileobj=self.content, mode="r:", tarinfo=CarefulHeader)


@dataclass(frozen=True)
class Contents:
    """What an archive holds: layers from the lowest up, and what it starts with."""

    layers: list[Layer]
    start: Start


@contextlib.contextmanager
def open_archive(path: Path, most_bytes: int) -> Iterator[Contents]:
    """The contents of an image's archive. ``most_bytes``: of all layers together, uncompressed.

    Raises SparringError with a sentence for its author.
    """
    with contextlib.ExitStack() as stack:
        try:
            packed = stack.enter_context(path.open("rb"))
            budget = Budget(2 * most_bytes)  # layers may write over each other; what is left is counted again
            content = stack.enter_context(budget.unpacked(packed, path.name))
            outer = stack.enter_context(tarfile.open(fileobj=content, mode="r:", tarinfo=CarefulHeader))
            yield _contents(_Members(outer, path.name), budget, stack)
        except DAMAGED as error:
            raise SparringError(f"{path.name} is no image that can be read: {error}. {HOW}") from error


class Budget:
    """Bytes that may still be unpacked."""

    def __init__(self, most_bytes: int) -> None:
        self._most = self._left = most_bytes

    def unpacked(self, packed: IO[bytes], name: str) -> IO[bytes]:
        """``packed`` itself, or what it holds in a file without a name, where gzip has packed it."""
        packed.seek(0)
        magic = packed.read(4)
        packed.seek(0)
        if magic == ZSTD:
            raise SparringError(f"{name} is packed by zstd, which is not read here. {HOW}")
        if magic[:2] != GZIP:
            return packed
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever gets it
        with gzip.GzipFile(fileobj=packed) as stream:
            while block := stream.read(MIB):
                self.take(len(block), name)
                unpacked.write(block)
        unpacked.seek(0)
        return unpacked

    def take(self, size: int, name: str) -> None:
        """Count ``size`` bytes. Raises SparringError when there are too many."""
        self._left -= size
        if self._left < 0:
            raise SparringError(f"{name} would unpack to more than {self._most // MIB} MiB.")


class _Members:
    """What lies in the outer archive, by name."""

    def __init__(self, archive: tarfile.TarFile, name: str) -> None:
        self.archive, self.name = archive, name
        self._members: dict[str, tarfile.TarInfo] = {}
        for member in archive:
            if len(self._members) >= MOST_MEMBERS:
                raise SparringError(f"{name} holds more than {MOST_MEMBERS} files, which no image does.")
            if member.name.startswith("/") or ".." in member.name.split("/"):
                raise SparringError(f"{name} holds the path '{member.name[:200]}', which climbs out of it.")
            self._members[posixpath.normpath(member.name)] = member

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def file(self, name: object) -> IO[bytes]:
        """The file of that name; older archives have links between layers, which may lead to a file in here."""
        member = self._members.get(posixpath.normpath(name)) if isinstance(name, str) else None
        if member is not None and member.issym():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname))
            member = self._members.get(target)
        found = self.archive.extractfile(member) if member is not None and member.isreg() else None
        if found is None:
            raise SparringError(f"{self.name} lacks the file {str(name)[:200]} that it speaks of. {HOW}")
        return found

    def document(self, name: object) -> Any:
        content = self.file(name).read(MOST_DOCUMENT_BYTES + 1)
        if len(content) > MOST_DOCUMENT_BYTES:
            raise SparringError(f"{self.name}: {str(name)[:200]} is larger than {MOST_DOCUMENT_BYTES // MIB} MiB.")
        return json.loads(content)

    def blob(self, descriptor: object) -> str:
        """Where an OCI layout keeps what a descriptor describes."""
        digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
        if not isinstance(digest, str) or not digest.startswith("sha256:"):
            raise SparringError(f"{self.name} names a part without its sha256. {HOW}")
        return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def _contents(members: _Members, budget: Budget, stack: contextlib.ExitStack) -> Contents:
    if "manifest.json" in members:
        config_name, names = _saved(members)
    elif "index.json" in members:
        config_name, names = _layout(members)
    else:
        raise SparringError(f"{members.name} is no image: it has neither manifest.json nor index.json. {HOW}")
    config = _mapping(members.document(config_name), members.name)
    found = config.get("architecture")
    if config.get("os") != "linux" or found != MACHINE:
        raise SparringError(
            f"{members.name} is for {str(config.get('os'))[:40]}/{str(found)[:40]}; this arena runs linux/{MACHINE}."
        )
    digests = _mapping(config.get("rootfs"), members.name).get("diff_ids")
    if not isinstance(digests, list) or len(digests) != len(names) or len(names) > MOST_LAYERS:
        raise SparringError(f"{members.name} does not say which layers it has. {HOW}")
    layers = []
    for name, digest in zip(names, digests, strict=True):
        content = stack.enter_context(budget.unpacked(members.file(name), f"A layer of {members.name}"))
        content.seek(0)
        found_digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type] # it has readinto
        if f"sha256:{found_digest}" != digest:
            raise SparringError(f"A layer of {members.name} is not the one that it speaks of. {HOW}")
        layers.append(Layer(content))
    return Contents(layers, read_start(config.get("config")))


def _saved(members: _Members) -> tuple[object, list[object]]:
    """The names of the configuration and of the layers as ``docker save`` tells them."""
    manifest = members.document("manifest.json")
    if not isinstance(manifest, list) or len(manifest) != 1:
        count = len(manifest) if isinstance(manifest, list) else 0
        raise SparringError(f"{members.name} holds {count} images; hand in one. {HOW}")
    layers = _mapping(manifest[0], members.name).get("Layers")
    return manifest[0].get("Config"), layers if isinstance(layers, list) else []


def _layout(members: _Members) -> tuple[object, list[object]]:
    """The same as an OCI layout tells them; of several machines', this one's."""
    document = _mapping(members.document("index.json"), members.name)
    for _ in range(3):
        manifests = document.get("manifests")
        if not isinstance(manifests, list):
            break
        document = _mapping(members.document(members.blob(_for_this_machine(manifests, members.name))), members.name)
    layers = document.get("layers")
    if not isinstance(layers, list):
        raise SparringError(f"{members.name} is no image: its index leads to no layers. {HOW}")
    return members.blob(document.get("config")), [members.blob(layer) for layer in layers]


def _for_this_machine(manifests: list[object], name: str) -> object:
    fitting = []
    for each in manifests:
        its = _mapping(each, name).get("platform")
        if not isinstance(its, dict) or (its.get("os"), its.get("architecture")) == ("linux", MACHINE):
            fitting.append(each)
    if len(fitting) != 1:
        raise SparringError(f"{name} holds {len(fitting)} images for linux/{MACHINE}; hand in one. {HOW}")
    return fitting[0]


def _mapping(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SparringError(f"{name} is no image: a part of its description is missing. {HOW}")
    return value


def read_start(config: object) -> Start:
    """What an image starts with, by its configuration. Raises SparringError where that can't be."""
    config = config if isinstance(config, dict) else {}
    command = [*_words(config, "Entrypoint"), *_words(config, "Cmd")]
    if not command:
        raise SparringError("The image starts nothing: give it an ENTRYPOINT that speaks the wire protocol.")
    if len(command) > MOST_WORDS:
        raise SparringError(f"The image's ENTRYPOINT and CMD have {len(command)} words; {MOST_WORDS} are allowed.")
    variables = _words(config, "Env")
    if len(variables) > MOST_VARIABLES or sum(map(len, [*variables, *command])) > MOST_TEXT_BYTES:
        raise SparringError(
            f"The image's environment is too large: {MOST_VARIABLES} variables are allowed, and {MOST_TEXT_BYTES} "
            "letters with its command."
        )
    pairs = {name: value for name, found, value in (each.partition("=") for each in variables) if name and found}
    workdir = config.get("WorkingDir") or "/"
    if not isinstance(workdir, str) or "\0" in workdir or len(workdir) > 1_000:
        raise SparringError("The image's WORKDIR is no path.")
    return Start(tuple(command), tuple(sorted(pairs.items())), posixpath.normpath(posixpath.join("/", workdir)))


def _words(config: dict[str, Any], key: str) -> list[str]:
    words = config.get(key)
    words = [] if words is None else words
    if not isinstance(words, list) or not all(isinstance(word, str) and "\0" not in word for word in words):
        raise SparringError(f"The image's {key} is no list of words.")
    return words
