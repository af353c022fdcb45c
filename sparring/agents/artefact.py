"""What authors hand in: a Python file, a zip, a network or a container image.

Looks at it without running it, and unpacks it safely. What is in an image is looked at by ``sparring.sandbox.images``.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal

from sparring.agents import program_file
from sparring.agents.onnx_file import check_network_file
from sparring.agents.program_file import read_program_file
from sparring.errors import SparringError
from sparring.hashed import file_hash

MIB = 1024 * 1024
MOST_SOURCE_BYTES = 1 * MIB
MOST_ZIP_BYTES = 256 * MIB
MOST_UNPACKED_BYTES = 512 * MIB
MOST_NETWORK_BYTES = 64 * MIB
MOST_FILES = 2_000
MOST_RATIO = 200
RATIO_MATTERS_FROM = 16 * MIB

ArtefactKind = Literal[
    "agent-file", "agent-zip", "classic-zip", "program-zip", "onnx-file", "dockerfile-zip", "image-archive"
]
IMAGES = (".tar", ".tar.gz", ".tgz")
SUFFIXES = (".py", ".zip", ".onnx", *IMAGES)
DOCKERFILE = "Dockerfile"
GZIP, TAR_MAGIC, TAR_MAGIC_AT = b"\x1f\x8b", b"ustar", 257
ENTRIES: dict[str, ArtefactKind] = {
    DOCKERFILE: "dockerfile-zip",
    program_file.FILE: "program-zip",
    "agent.py": "agent-zip",
    "player.py": "classic-zip",
}
"""What lies at the top of a zip, the first of these that does, says what it is."""


@dataclass(frozen=True)
class Artefact:
    """A submission that looks right from outside."""

    path: Path
    kind: ArtefactKind
    entry: str
    """The file that it begins with once it is unpacked, ``agent.py`` for one."""
    command: tuple[str, ...] = ()
    """What starts a program in another language."""
    compile: tuple[str, ...] = ()
    """What compiles it, once; empty where nothing does."""

    @property
    def is_image(self) -> bool:
        """Whether it runs in a container of its own image, and nowhere else."""
        return self.kind in ("dockerfile-zip", "image-archive")

    @property
    def is_program(self) -> bool:
        """Whether it speaks the wire protocol itself."""
        return self.is_image or bool(self.command)

    @property
    def class_name(self) -> str:
        return "Player" if self.kind == "classic-zip" else "Agent"


def check_artefact(path: str | Path, containers: bool = True) -> Artefact:
    """Look at a submission without running any of it. Raises SparringError with a sentence about what is wrong.

    Without ``containers`` a Dockerfile in a zip means nothing.
    """
    path = Path(path)
    if not path.is_file():
        raise SparringError(f"There is no file {path}.")
    if path.suffix == ".py":
        if path.stat().st_size > MOST_SOURCE_BYTES:
            raise SparringError(
                f"{path.name} is larger than {_size(MOST_SOURCE_BYTES)}; put weights into a zip beside agent.py."
            )
        _check_source(path.read_bytes(), path.name, "Agent")
        return Artefact(path, "agent-file", "agent.py")
    if path.suffix == ".zip":
        return _check_zip(path, containers)
    if path.suffix == ".onnx":
        if path.stat().st_size > MOST_NETWORK_BYTES:
            raise SparringError(f"{path.name} is larger than {_size(MOST_NETWORK_BYTES)}; a network may not be.")
        check_network_file(path.read_bytes(), path.name)
        return Artefact(path, "onnx-file", "agent.onnx")
    if path.name.endswith(IMAGES):
        return _check_image(path)
    raise SparringError(f"{path.name} is neither a .py file nor a .zip nor an .onnx network nor the .tar of an image.")


def suffix_of(name: str) -> str:
    """How the name of a submission ends, ``.tar.gz`` for one; empty where it is none."""
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")


def unpack(artefact: Artefact, folder: Path) -> None:
    """Put the author's files into ``folder``, readable by everyone; only a program's may be executed."""
    mode = 0o755 if artefact.is_program else 0o644
    if artefact.kind in ("agent-file", "onnx-file"):
        shutil.copyfile(artefact.path, folder / artefact.entry)
        (folder / artefact.entry).chmod(0o644)
        return
    with zipfile.ZipFile(artefact.path) as archive:
        try:
            for member in archive.infolist():
                _unpack_member(archive, member, folder, mode)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise SparringError(f"{artefact.path.name} can't be unpacked: {error}. Make the zip again.") from error


def contents_digest(artefact: Artefact) -> str:
    """A hash that is equal where the contents are: packing the same files anew changes nothing."""
    if artefact.path.suffix != ".zip":
        return file_hash(artefact.path)
    with zipfile.ZipFile(artefact.path) as archive:
        members = sorted((member for member in archive.infolist() if not member.is_dir()), key=lambda it: it.filename)
        total = hashlib.sha256()
        for member in members:
            content = hashlib.sha256()
            total.update(f"{len(member.filename)} {member.filename} ".encode())
            with archive.open(member) as file:
                for block in iter(partial(file.read, MIB), b""):
                    content.update(block)
            total.update(content.digest())
    return total.hexdigest()


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, mode: int) -> None:
    target = folder / member.filename
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("xb") as sink:
        shutil.copyfileobj(source, sink, MIB)
    target.chmod(mode)


def _check_zip(path: Path, containers: bool) -> Artefact:
    if path.stat().st_size > MOST_ZIP_BYTES:
        raise SparringError(f"{path.name} is larger than {_size(MOST_ZIP_BYTES)}.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path.name, members)
            files = [member.filename for member in members if not member.is_dir()]
            kind, entry = _find_entry(path.name, [file for file in files if containers or file != DOCKERFILE])
            if archive.getinfo(entry).file_size > MOST_SOURCE_BYTES:
                raise SparringError(
                    f"{entry} is larger than {_size(MOST_SOURCE_BYTES)}; put weights into a file beside it."
                )
            source = archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise SparringError(f"{path.name} is no zip that can be read: {error}.") from error
    if kind == "dockerfile-zip":
        return Artefact(path, kind, entry)
    if kind == "program-zip":
        program = read_program_file(source)
        return Artefact(path, kind, entry, program.command, program.compile)
    artefact = Artefact(path, kind, entry)
    _check_source(source, entry, artefact.class_name)
    return artefact


def _check_image(path: Path) -> Artefact:
    """Whether it is an archive at all; what is in it is read when it is built."""
    try:
        with gzip.open(path) if _begins_with(path, GZIP) else path.open("rb") as file:
            head = file.read(TAR_MAGIC_AT + len(TAR_MAGIC))
    except (OSError, EOFError, zlib.error) as error:
        raise SparringError(f"{path.name} can't be unpacked: {error}. Save the image again.") from error
    if head[TAR_MAGIC_AT:] != TAR_MAGIC:
        raise SparringError(f"{path.name} is no archive. Write it with: docker save IMAGE --output agent.tar")
    return Artefact(path, "image-archive", "")


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _check_members(name: str, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise SparringError(f"{name} holds {len(members)} files; {MOST_FILES} are allowed.")
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > MOST_UNPACKED_BYTES:
        raise SparringError(f"{name} would unpack to {_size(unpacked)}; {_size(MOST_UNPACKED_BYTES)} are allowed.")
    if unpacked > RATIO_MATTERS_FROM and unpacked > MOST_RATIO * packed:
        raise SparringError(f"{name} would unpack to {unpacked // packed} times its size: it looks like a zip bomb.")
    seen: set[str] = set()
    for member in members:
        _check_member(name, member)
        place = member.filename.rstrip("/").casefold()
        if place in seen:
            raise SparringError(f"{name} holds '{member.filename}' twice.")
        seen.add(place)


def _check_member(name: str, member: zipfile.ZipInfo) -> None:
    raw = member.orig_filename
    if raw.startswith(("/", "\\")) or (len(raw) > 1 and raw[1] == ":"):
        raise SparringError(f"{name} holds the absolute path '{raw}'; paths must be relative.")
    if ".." in PurePosixPath(raw.replace("\\", "/")).parts:
        raise SparringError(f"{name} holds the path '{raw}', which climbs out of the folder.")
    if "\\" in raw or any(ord(letter) < 32 for letter in raw):
        raise SparringError(f"{name} holds the path {raw!r}; use letters, digits and slashes.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise SparringError(f"{name} holds '{raw}', which is a link or a device; only plain files are allowed.")
    if member.flag_bits & 1:
        raise SparringError(f"{name} is encrypted; hand in a zip without a password.")


def _find_entry(name: str, files: list[str]) -> tuple[ArtefactKind, str]:
    for entry, kind in ENTRIES.items():
        if entry in files:
            return kind, entry
    deeper = [file for file in files if PurePosixPath(file).name in ENTRIES]
    if deeper:
        raise SparringError(f"{name} holds {deeper[0]}, but it must lie at the top: zip the files, not their folder.")
    raise SparringError(
        f"{name} holds neither agent.py (a class Agent) nor player.py (a classic Player) nor sparring.toml (a program "
        "in any language) nor Dockerfile (a container image) at the top."
    )


def _check_source(source: bytes, file: str, class_name: str) -> None:
    try:
        tree = ast.parse(source, file)
    except SyntaxError as error:
        raise SparringError(f"{file} is no valid Python: {error.msg} (line {error.lineno}).") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SparringError(f"{file} is no valid Python: {error}.") from error
    if not any(_defines(statement, class_name) for statement in ast.walk(tree)):
        hint = "act(self, observation, legal_actions)" if class_name == "Agent" else "start, step and end"
        raise SparringError(f"{file} defines no class {class_name}. Write: class {class_name}: with {hint}.")


def _defines(node: ast.AST, name: str) -> bool:
    match node:
        case ast.ClassDef():
            return node.name == name
        case ast.ImportFrom():
            return any((alias.asname or alias.name) in (name, "*") for alias in node.names)
        case ast.Name(ctx=ast.Store()):
            return node.id == name
    return False


def _size(size: int) -> str:
    return f"{size / MIB:.0f} MiB"
