"""The local registry: models in folders that are named after the hash of what is in them.

::

    models/
      objects/3f9a…/               manifest.json, model.safetensors, model.onnx; the folder is named after the hash of
                                   the manifest, which holds the hashes of the other files
      names/connect_four/house/7   the version: a line with the name of the folder
      tmp/                         what is being published just now

A model appears in one step (a rename, then a hard link), so a reader never sees half of one, and a process killed on
the way leaves nothing behind but a folder in ``tmp``.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sparring.engine import home
from sparring.errors import SparringError, UnknownName
from sparring.hashed import file_hash
from sparring.models.manifest import MANIFEST, Manifest, read_manifest
from sparring.models.reference import ModelRef, check_name, read_reference

_HASH = re.compile(r"[0-9a-f]{64}")
_STALE_SECONDS = 24 * 3600

Versions: TypeAlias = list[int]
ModelRefs: TypeAlias = list[ModelRef]


class Registry:
    """Models on this machine, by default under ``home() / "models"``."""

    def __init__(self, root: Path | str | None = None) -> None:
        self.root = Path(root) if root is not None else home() / "models"

    def publish(self, name: str, files: Path | Mapping[str, Path | bytes], manifest: Manifest) -> ModelRef:
        """Add the next version of ``name``: a folder's files, or files by name as paths or bytes.

        The manifest gets the files' hashes. Raises BadOption for a name that is none.
        """
        check_name(name)
        sources = _sources(files)
        objects = self._folder("objects")
        with self._workplace() as workplace:
            for file, source in sources.items():
                _write(workplace / file, source if isinstance(source, bytes) else source.read_bytes())
            hashes = {file: file_hash(workplace / file) for file in sorted(sources)}
            complete = manifest.model_copy(update={"files": hashes})
            _write(workplace / MANIFEST, complete.model_dump_json(indent=2).encode() + b"\n")
            digest = file_hash(workplace / MANIFEST)
            if not (objects / digest).exists():
                workplace.rename(objects / digest)
        return self._add_version(name, digest)

    def resolve(self, reference: str | ModelRef) -> Path:
        """The folder of a model, its files checked against their hashes.

        Raises UnknownName, with the nearest name, when there is no such model, and SparringError when it is damaged.
        """
        ref = self.find(reference)
        folder = self.root / "objects" / self._digest(ref)
        self._verify(ref, folder)
        return folder

    def manifest(self, reference: str | ModelRef) -> Manifest:
        """The manifest of a model. Raises like ``resolve``."""
        return read_manifest(self.resolve(reference))

    def find(self, reference: str | ModelRef) -> ModelRef:
        """The version that ``reference`` means; the latest, when it names none. Raises UnknownName."""
        name, version = read_reference(str(reference))
        versions = self._versions(name)
        if not versions:
            raise UnknownName("model", name, {ref.name for ref in self.list()})
        if version is not None and version not in versions:
            raise UnknownName("model", f"{name}@{version}", [f"{name}@{v}" for v in versions[-20:]])
        return ModelRef(name, versions[-1] if version is None else version)

    def list(self, game: str | None = None) -> ModelRefs:
        """All models, or those of one game, by name and version."""
        names = self.root / "names"
        folders = {path.parent for path in names.rglob("*") if path.name.isdigit() and path.is_file()}
        found = [folder.relative_to(names).as_posix() for folder in folders]
        refs = [ModelRef(name, version) for name in found for version in self._versions(name)]
        return sorted(ref for ref in refs if game is None or ref.game == game)

    def _versions(self, name: str) -> Versions:
        folder = self.root / "names" / name
        files = folder.iterdir() if folder.is_dir() else ()
        return sorted(int(path.name) for path in files if path.name.isdigit() and path.is_file())

    def _digest(self, ref: ModelRef) -> str:
        digest = (
            (self.root / "names" / ref.name / str(ref.version)).read_text(encoding="ascii", errors="replace").strip()
        )
        if not _HASH.fullmatch(digest):
            raise SparringError(f"The entry of {ref} in the registry is damaged. Publish the model again.")
        return digest

    def _verify(self, ref: ModelRef, folder: Path) -> None:
        if not folder.is_dir():
            raise SparringError(f"The files of {ref} are gone: {folder} is missing. Publish the model again.")
        if not (folder / MANIFEST).is_file() or file_hash(folder / MANIFEST) != folder.name:
            raise SparringError(f"{MANIFEST} of {ref} is damaged (its hash differs). Publish the model again.")
        for file, expected in read_manifest(folder).files.items():
            if not (folder / file).is_file():
                raise SparringError(f"{file} of {ref} is missing from {folder}. Publish the model again.")
            if file_hash(folder / file) != expected:
                raise SparringError(f"{file} of {ref} is damaged (its hash differs). Publish the model again.")

    def _add_version(self, name: str, digest: str) -> ModelRef:
        """Take the next free number; of two who publish at once, each gets one."""
        folder = self._folder("names") / name
        folder.mkdir(parents=True, exist_ok=True)
        with self._workplace() as workplace:
            entry = workplace / "entry"
            _write(entry, f"{digest}\n".encode())
            while True:
                version = max(self._versions(name), default=0) + 1
                try:
                    os.link(entry, folder / str(version))
                except FileExistsError:
                    continue
                return ModelRef(name, version)

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def _workplace(self) -> Iterator[Path]:
        """A folder of one's own on the registry's file system, removed at the end unless it was renamed."""
        for left_behind in self._folder("tmp").iterdir():
            with suppress(FileNotFoundError):  # its owner has just removed it
                if time.time() - left_behind.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(left_behind, ignore_errors=True)
        workplace = Path(tempfile.mkdtemp(dir=self._folder("tmp")))
        workplace.chmod(0o755)
        try:
            yield workplace
        finally:
            shutil.rmtree(workplace, ignore_errors=True)


def _sources(files: Path | Mapping[str, Path | bytes]) -> dict[str, Path | bytes]:
    if isinstance(files, Path):
        files = {path.name: path for path in sorted(files.iterdir()) if path.is_file() and path.name != MANIFEST}
    if not files:
        raise SparringError("A model without files can't be published.")
    for name in files:
        if name == MANIFEST or Path(name).name != name or name.startswith("."):
            raise SparringError(f"'{name}' can't be the name of a model's file.")
    return dict(files)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
